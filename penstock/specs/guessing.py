"""What was probably meant by a name that is not known."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_MOST_LISTED = 20


def meant(word: str, known: Iterable[str]) -> str:
    """Return the end of a sentence that names the nearest known word, or all of them if they are few.

    Examples
    --------
    >>> meant("amout", ["amount", "day"])
    '; did you mean amount?'
    >>> meant("x", ["amount", "day"])
    '; there are: amount, day'
    """
    names = sorted(known)
    near = difflib.get_close_matches(word, names, n=1, cutoff=0.6)
    if near:
        return f"; did you mean {near[0]}?"
    return f"; there are: {', '.join(names)}" if names and len(names) <= _MOST_LISTED else ""
