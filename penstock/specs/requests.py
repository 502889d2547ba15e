"""What people may ask of the platform."""

from __future__ import annotations

from typing import Any, Self

from pydantic import Field, ValidationError

from penstock.errors import InvalidSpec
from penstock.specs.base import Name, Spec
from penstock.specs.model import Candidate


class _Request(Spec):
    """A request by a person."""

    use_case: Name
    reason: str = Field(default="asked for", min_length=1, max_length=1_000)

    @classmethod
    def parse(cls, payload: Any) -> Self:
        """Validate a payload.

        Raises
        ------
        InvalidSpec
            With one line a mistake.
        """
        try:
            return cls.model_validate(payload)
        except ValidationError as error:
            found = "; ".join(
                f"{'.'.join(map(str, entry['loc']))}: {entry['msg']}" for entry in error.errors()
            )
            raise InvalidSpec("The request is wrong.", found=found) from error


class TrainingOverrides(Spec):
    """How one training differs from what the use case declares."""

    candidates: tuple[Candidate, ...] = ()
    train_rows: int | None = Field(default=None, ge=1)


class TrainingRequest(_Request):
    """Train a use case now."""

    overrides: TrainingOverrides = TrainingOverrides()


class DeploymentRequest(_Request):
    """Bring a version to its endpoint, perhaps with other settings.

    Examples
    --------
    >>> DeploymentRequest.parse({"use_case": "demo", "version": 2}).reason
    'asked for'
    """

    version: int = Field(ge=1)
    environment: dict[str, str] = Field(default={})
