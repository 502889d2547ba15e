"""List operations: the filters, orders and pages that all of them share."""

import base64
import binascii
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from local_cloud.sagemaker.errors import ValidationException
from local_cloud.sagemaker.kinds import Kind

Json = dict[str, Any]
Filter = Callable[[Json, Any], bool]
_PAGE = 100


def seconds(moment: Any) -> float:
    """Return a timestamp of the wire, number or ISO text, as epoch seconds."""
    if isinstance(moment, str):
        return datetime.fromisoformat(moment).timestamp()
    return float(moment)


def select(kind: Kind, records: Iterable[Json], request: Json) -> list[Json]:
    """Filter and order records as a List request asks.

    Examples
    --------
    >>> from local_cloud.sagemaker.kinds import MODEL
    >>> rows = [{"ModelName": "b", "CreationTime": 1}, {"ModelName": "a", "CreationTime": 2}]
    >>> [row["ModelName"] for row in select(MODEL, rows, {"SortBy": "Name", "SortOrder": "Ascending"})]
    ['a', 'b']
    """
    filters = [(_filters(kind)[key], wanted) for key, wanted in request.items() if key in _filters(kind)]
    kept = [record for record in records if all(test(record, wanted) for test, wanted in filters)]
    kept.sort(key=lambda record: _order(kind, record, request.get("SortBy", "CreationTime")))
    if request.get("SortOrder", "Descending") == "Descending":
        kept.reverse()
    return kept


def page(records: list[Json], request: Json) -> tuple[list[Json], Json]:
    """Return one page of records, and the answer's NextToken if there are more."""
    start = _offset(request.get("NextToken"))
    size = request.get("MaxResults", _PAGE)
    rest = {"NextToken": _token(start + size)} if start + size < len(records) else {}
    return records[start : start + size], rest


def _filters(kind: Kind) -> dict[str, Filter]:
    """Return the filters by the request member that asks for them."""
    return {
        "NameContains": lambda record, wanted: wanted.lower() in str(record[kind.name_key]).lower(),
        "ModelPackageGroupName": lambda record, wanted: (
            record.get("ModelPackageGroupName") == wanted.rsplit("/", 1)[-1]
        ),
        "ModelApprovalStatus": lambda record, wanted: record.get("ModelApprovalStatus") == wanted,
        "StatusEquals": lambda record, wanted: record.get(kind.status_key) == wanted,
        "CreationTimeAfter": lambda record, wanted: record["CreationTime"] > seconds(wanted),
        "CreationTimeBefore": lambda record, wanted: record["CreationTime"] < seconds(wanted),
        "CreatedAfter": lambda record, wanted: record["CreationTime"] > seconds(wanted),
        "CreatedBefore": lambda record, wanted: record["CreationTime"] < seconds(wanted),
        "LastModifiedTimeAfter": lambda record, wanted: _modified(record) > seconds(wanted),
        "LastModifiedTimeBefore": lambda record, wanted: _modified(record) < seconds(wanted),
        "ExperimentName": lambda record, wanted: record.get("ExperimentName") == wanted,
    }


def _modified(record: Json) -> float:
    """Return when a record was last changed."""
    return float(record.get("LastModifiedTime") or record["CreationTime"])


def _order(kind: Kind, record: Json, by: str) -> tuple[Any, ...]:
    """Return the sort key of a record; ties keep the order of creation."""
    if by == "Name":
        return (record[kind.name_key],)
    if by == "Status":
        return (record.get(kind.status_key, ""), record["CreationTime"])
    return (record["CreationTime"], record.get("ModelPackageVersion", 0))


def _token(offset: int) -> str:
    """Return an opaque token for an offset."""
    return base64.urlsafe_b64encode(f"offset:{offset}".encode()).decode()


def _offset(token: str | None) -> int:
    """Return the offset that a token stands for."""
    if token is None:
        return 0
    try:
        return int(base64.urlsafe_b64decode(token.encode()).decode().removeprefix("offset:"))
    except (binascii.Error, ValueError) as error:
        raise ValidationException("Invalid pagination token.") from error
