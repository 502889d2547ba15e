"""What a start of the local cloud reports while it works."""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Progress:
    """One step forward.

    Attributes
    ----------
    stage
        ``server``, ``runtime``, ``layer``, ``asset``, ``stack`` or ``ready``.
    name
        What is worked on, such as a stack's name.
    done, total
        How far it is; for a stack the completed and all resources.
    detail
        A few words, such as the last resource's type and status.
    """

    stage: str
    name: str
    done: int
    total: int
    detail: str = ""


Report = Callable[[Progress], None]


def silent(_: Progress) -> None:
    """Report nothing."""
