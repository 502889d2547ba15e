"""Records as PutRecord takes and GetRecord answers them: every value is text."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from penstock.errors import SchemaMismatch
from penstock.features.interop.sagemaker.groups import FeatureGroup
from penstock.features.offline.layout import EVENT_TIMESTAMP
from penstock.specs.base import ColumnType

Record = list[dict[str, str]]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SECOND = 1_000_000
_MILLISECOND = 1_000
_INT64 = 2**63
_LONGEST = 358_400
_BOOLEANS = {"0": False, "1": True, "false": False, "true": True}
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_WHOLE = re.compile(r"[+-]?\d{1,19}")


def to_record(group: FeatureGroup, row: Mapping[str, Any]) -> Record:
    """Write a row as the ``Record`` of PutRecord.

    Parameters
    ----------
    row
        Column to value: the identifier, ``event_timestamp``, and any of the features. Null is left out, as
        SageMaker has no other way to say it.

    Raises
    ------
    SchemaMismatch
        A column is unknown, a value is not of its type, or the identifier or the event time is missing.

    Examples
    --------
    >>> group = FeatureGroup(name="demo", key="customer", types={"payments": "integer", "late": "boolean"})
    >>> row = {"customer": "a", "event_timestamp": datetime(2025, 1, 31, tzinfo=UTC), "payments": 3}
    >>> [one["ValueAsString"] for one in to_record(group, {**row, "late": True})]
    ['a', '1738281600', '3', '1']
    """
    if unknown := sorted(set(row) - set(group.columns)):
        _refuse(group, "The row has columns that the group does not have.", ", ".join(unknown),
                ", ".join(group.columns))  # fmt: skip
    for needed in (group.key, EVENT_TIMESTAMP):
        if row.get(needed) is None:
            _refuse(group, f"The row has no {needed!r}.", "null", "a value in every record")
    return [
        {"FeatureName": _their_name(group, name), "ValueAsString": _write(group, name, kind, row[name])}
        for name, kind in group.columns.items()
        if row.get(name) is not None
    ]


def from_record(group: FeatureGroup, record: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Read the ``Record`` of GetRecord, BatchGetRecord or PutRecord as a row.

    Returns
    -------
    dict
        The identifier, ``event_timestamp`` and every feature; null for those that the record lacks. Times
        are in UTC.

    Raises
    ------
    SchemaMismatch
        As :func:`to_record`, and where a feature is there twice or is a list.

    Examples
    --------
    >>> group = FeatureGroup(name="demo", key="customer", types={"payments": "integer"})
    >>> record = [{"FeatureName": "customer", "ValueAsString": "a"},
    ...           {"FeatureName": "event_timestamp", "ValueAsString": "1738281600.5"}]
    >>> from_record(group, record)["event_timestamp"]
    datetime.datetime(2025, 1, 31, 0, 0, 0, 500000, tzinfo=datetime.timezone.utc)
    """
    names = {_their_name(group, name): name for name in group.columns}
    row: dict[str, Any] = dict.fromkeys(group.columns)
    given = [str(one.get("FeatureName")) for one in record]
    _check_given(group, record, given, names)
    for one in record:
        name = names[str(one["FeatureName"])]
        row[name] = _read(group, name, one["ValueAsString"])
    for needed in (group.key, EVENT_TIMESTAMP):
        if row[needed] is None:
            _refuse(
                group, f"The record has no {needed!r}.", ", ".join(given) or "nothing", "it in every record"
            )
    return row


def _check_given(
    group: FeatureGroup, record: Iterable[Mapping[str, Any]], given: list[str], names: Mapping[str, str]
) -> None:
    """Refuse features that are unknown, there twice, or lists."""
    if unknown := sorted(set(given) - set(names)):
        _refuse(group, "The record has features that the group does not have.", ", ".join(unknown),
                ", ".join(names))  # fmt: skip
    if twice := sorted({name for name in given if given.count(name) > 1}):
        _refuse(group, "The record has features twice.", ", ".join(twice), "each once")
    if lists := [str(one["FeatureName"]) for one in record if not isinstance(one.get("ValueAsString"), str)]:
        _refuse(group, "Features have no value as text.", ", ".join(lists), "ValueAsString")


def _their_name(group: FeatureGroup, name: str) -> str:
    return group.event_time if name == EVENT_TIMESTAMP else name


def _write(group: FeatureGroup, name: str, kind: ColumnType, value: Any) -> str:
    """Write a value as text, or refuse it."""
    try:
        if name == EVENT_TIMESTAMP:
            text = _event_time(group, value)
        else:
            text = _WRITERS[kind](value)
    except (TypeError, ValueError, OverflowError) as error:
        message = f"The value of {name!r} is no {kind}: {error}"
        raise _mismatch(group, message, type(value).__name__, kind) from error
    if len(text) > _LONGEST:
        _refuse(group, f"The value of {name!r} is too long.", f"{len(text):,} characters", f"{_LONGEST:,}")
    return text


def _event_time(group: FeatureGroup, value: Any) -> str:
    """Write the event time as the group has it."""
    moment = _utc(value)
    microseconds = (moment - _EPOCH) // _MICROSECOND
    if group.event_time_type == "Fractional":
        exact = Decimal(microseconds).scaleb(-6).normalize()
        return f"{exact:f}"
    if microseconds % _MILLISECOND:
        raise ValueError("SageMaker keeps milliseconds of a String event time; make it Fractional")
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{microseconds % _SECOND // _MILLISECOND:03d}Z"


def _utc(value: Any) -> datetime:
    """Return a moment in UTC; without a time zone it is UTC already."""
    if not isinstance(value, datetime):
        raise TypeError("a timestamp is needed")
    return value.astimezone(UTC) if value.tzinfo else value.replace(tzinfo=UTC)


def _integer(value: Any) -> str:
    if isinstance(value, bool):
        raise TypeError("it is a boolean")
    number = operator.index(value)
    if not -_INT64 <= number < _INT64:
        raise OverflowError("it does not fit into 64 bits")
    return str(number)


def _decimal(value: Any) -> str:
    if isinstance(value, (bool, str, bytes)):
        raise TypeError("it is no number")
    number = float(value)
    if not math.isfinite(number):
        raise ValueError("SageMaker takes no NaN and no infinity; say null")
    return repr(number)


def _boolean(value: Any) -> str:
    if not isinstance(value, bool):
        raise TypeError("true or false is needed")
    return str(int(value))


def _date(value: Any) -> str:
    if not isinstance(value, date) or isinstance(value, datetime):
        raise TypeError("a date is needed")
    return value.isoformat()


def _string(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("text is needed")
    return value


def _timestamp(value: Any) -> str:
    return _utc(value).isoformat(timespec="microseconds").replace("+00:00", "Z")


_WRITERS: Mapping[ColumnType, Callable[[Any], str]] = {
    "integer": _integer,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": _date,
    "string": _string,
    "timestamp": _timestamp,
}


def _read(group: FeatureGroup, name: str, text: str) -> Any:
    """Read a value from text, or refuse it; the text itself is not told, as it may be personal."""
    kind = group.columns[name]
    try:
        if name == EVENT_TIMESTAMP and group.event_time_type == "Fractional":
            return _EPOCH + timedelta(microseconds=round(Decimal(text).scaleb(6)))
        return _READERS[kind](text)
    except (ValueError, KeyError, OverflowError, InvalidOperation):
        message = f"The text of {name!r} is no {kind}."
        raise _mismatch(group, message, f"{len(text)} characters", kind) from None


def _read_integer(text: str) -> int:
    if not _WHOLE.fullmatch(text) or not -_INT64 <= int(text) < _INT64:
        raise ValueError
    return int(text)


def _read_date(text: str) -> date:
    if not _DAY.fullmatch(text):
        raise ValueError
    return date.fromisoformat(text)


_READERS: Mapping[ColumnType, Callable[[str], Any]] = {
    "integer": _read_integer,
    "decimal": float,
    "boolean": lambda text: _BOOLEANS[text.lower()],
    "date": _read_date,
    "string": str,
    "timestamp": lambda text: _utc(datetime.fromisoformat(text)),
}


def _mismatch(group: FeatureGroup, message: str, found: str, expected: str) -> SchemaMismatch:
    return SchemaMismatch(
        message, found=found, expected=expected, where=f"feature group {group.name}",
        action="Compare the rows with the group's feature definitions.",
    )  # fmt: skip


def _refuse(group: FeatureGroup, message: str, found: str, expected: str) -> None:
    raise _mismatch(group, message, found, expected)
