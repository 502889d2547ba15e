"""The ways of writing dates and times that people use, as strptime patterns."""

from __future__ import annotations

import re
from collections.abc import Sequence

DATES = (
    "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%y",
    "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%d %b %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%d %B %Y",
    "%B %d, %Y",
)  # fmt: skip
_TIMES = (
    " %H:%M:%S",
    " %H:%M",
    "T%H:%M:%S",
    " %H:%M:%S.%f",
    " %I:%M %p",
    " %I:%M:%S %p",
    ", %H:%M",
    ", %H:%M:%S",
)
TIMESTAMPS = (
    *(date + time for date in (*DATES[:10], "%d %b %Y", "%b %d, %Y", "%d-%b-%Y") for time in _TIMES),
    "%Y-%m-%d %I:%M:%S %p",
    "%d/%b/%Y:%H:%M:%S %z",
    "%a, %d %b %Y %H:%M:%S %z",
)
_NAMED = re.compile(r"(?i)(date|datum|fecha|data|dato|day|tag|jour|dt|birth|dob|on)(_|$)|^(date|dt)")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_COMPACT = re.compile(r"(19|20)\d\d(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])")


def may_be_compact(name: str, texts: Sequence[str]) -> bool:
    """Tell whether a column may hold dates such as 20240131: its name must say so.

    Examples
    --------
    >>> may_be_compact("order_date", ["20240131"]), may_be_compact("order_id", ["20240131"])
    (True, False)
    """
    return _NAMED.search(name) is not None and all(_COMPACT.fullmatch(text) for text in texts)


def has_its_year(written: str, texts: Sequence[str]) -> bool:
    """Tell whether years have as many digits as a pattern says: ``%Y`` would take 24 for the year 24.

    Examples
    --------
    >>> has_its_year("%d.%m.%Y", ["01.02.24"]), has_its_year("%d.%m.%y", ["01.02.24"])
    (False, True)
    """
    if "%y" not in written.lower():
        return True
    return all((_YEAR.search(text) is not None) == ("%Y" in written) for text in texts)


def ambiguous_with(fitting: Sequence[str]) -> str:
    """Return the pattern that differs from the first in the order of day and month alone, if one does.

    Examples
    --------
    >>> ambiguous_with(["%d/%m/%Y", "%m/%d/%Y"])
    '%m/%d/%Y'
    """
    if not fitting or not fitting[0]:
        return ""
    turned = fitting[0].replace("%d", "%_").replace("%m", "%d").replace("%_", "%m")
    return turned if turned in fitting else ""
