"""What people may ask of the platform."""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import AwareDatetime, Field, ValidationError, model_validator

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


class ExplanationRequest(_Request):
    """Explain predictions and store the explanations in the lake.

    Examples
    --------
    >>> ExplanationRequest.parse({"use_case": "demo", "since": "2026-03-01T00:00:00Z", "share": 0.1}).share
    0.1
    """

    version: int | None = Field(default=None, ge=1)
    """The champion, unless said; of single requests the version that answered them."""
    since: AwareDatetime | None = None
    """Captured requests from then on; without it, those of the last window of monitoring."""
    until: AwareDatetime | None = None
    inference_ids: tuple[str, ...] = Field(default=(), max_length=1_000)
    """These requests alone."""
    rows: str = Field(default="", pattern=r"^$|^[a-z0-9]+://.+$")
    """Address of Parquet or CSV files with rows, in place of captured requests."""
    share: float = Field(default=1.0, gt=0.0, le=1.0)
    seed: int = 7
    method: Literal["auto", "exact", "enumeration", "permutation", "kernel"] = "auto"
    counterfactual: bool = False
    top: int = Field(default=5, ge=1, le=100)

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.rows and (self.since or self.until or self.inference_ids):
            raise ValueError(
                "give 'rows', or captured requests ('since', 'until', 'inference_ids'), not both"
            )
        if self.since and self.until and self.since >= self.until:
            raise ValueError("'since' must be before 'until'")
        return self
