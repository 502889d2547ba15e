"""Formats and zones of dates and times."""

from __future__ import annotations

import re
from datetime import datetime

_SAMPLE = datetime(2025, 11, 23, 14, 5, 6, 789_000)
_ISO_LOOKALIKE = re.compile(r"%Y-%[dj].*|%Y-%y.*")


def checked_format(written: str) -> str:
    """Return a strptime format that the engine understands and that cannot be taken for ISO 8601.

    Raises
    ------
    ValueError
        It does not know the format, or the format is ISO with day and month exchanged.

    Examples
    --------
    >>> checked_format("%d.%m.%Y")
    '%d.%m.%Y'
    >>> checked_format("%Y-%d-%m")
    Traceback (most recent call last):
    ...
    ValueError: '%Y-%d-%m' cannot be told from ISO 8601: 2025-02-03 would be two days
    """
    import duckdb

    if _ISO_LOOKALIKE.fullmatch(written):
        raise ValueError(f"{written!r} cannot be told from ISO 8601: 2025-02-03 would be two days")
    try:
        with duckdb.connect(":memory:") as connection:
            query = "SELECT try_strptime(strftime($1::TIMESTAMP, $2), $2)"
            [(back,)] = connection.execute(query, [_SAMPLE, written]).fetchall()
    except duckdb.Error as error:
        raise ValueError(f"{written!r} is no date format: {str(error).splitlines()[0]}") from error
    if back is None or back.year != _SAMPLE.year:
        raise ValueError(f"{written!r} does not tell a whole date")
    return written


def checked_zone(name: str) -> str:
    """Return the name of a time zone that the IANA database has.

    Examples
    --------
    >>> checked_zone("Europe/Berlin")
    'Europe/Berlin'
    """
    import duckdb

    with duckdb.connect(":memory:") as connection:
        known = connection.execute("SELECT 1 FROM pg_timezone_names() WHERE name = $1", [name]).fetchall()
    if not known:
        raise ValueError(f"{name!r} is no time zone, such as Europe/Berlin")
    return name
