"""What one tool says and the other cannot: told, never silently lost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Unsaid:
    """Something that could not be taken over as it is.

    Parameters
    ----------
    what
        Such as ``feature view 'history'``.
    why
        What stands against it, and what was done instead.
    lost
        Whether it is left out altogether; else it is there, with a difference.

    Examples
    --------
    >>> print(Unsaid("feature view 'history'", "it has two entities", lost=True))
    left out: feature view 'history': it has two entities
    """

    what: str
    why: str
    lost: bool = False

    def __str__(self) -> str:
        """Return it in words, on one line whatever a stranger's names hold."""
        return " ".join(f"{'left out' if self.lost else 'differs'}: {self.what}: {self.why}".split())
