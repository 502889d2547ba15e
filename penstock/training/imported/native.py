"""What every format offers once its file is open."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.training.imported.frame import Frame


@dataclass(frozen=True)
class Told:
    """What a file says of itself.

    Attributes
    ----------
    columns
        Names of what the model takes, in its order; empty where the file knows none.
    width
        How many columns it takes, if the file says so.
    classes
        What its outputs stand for, in their order; empty where the file does not say.
    made_with
        Versions of the libraries that wrote it.
    warnings
        What may make its answers differ from those of where it was made.
    """

    columns: tuple[str, ...] = ()
    width: int | None = None
    classes: tuple[str, ...] = ()
    made_with: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


class Native(Protocol):
    """An open model of some format."""

    told: Told

    def answers(self, frame: Frame, columns: tuple[str, ...]) -> NDArray[Any]:
        """Return what the model says of each row: a number, or one an output; clusters by number."""
