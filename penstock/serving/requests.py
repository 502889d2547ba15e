"""Bodies of requests and answers, JSON and CSV."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NoReturn

from penstock.errors import PenstockError

if TYPE_CHECKING:
    from penstock.serving.predictor import Prediction
    from penstock.training.artefact import ModelColumn

_TRUTH = {"true": True, "1": True, "false": False, "0": False}
Instances = Sequence[Mapping[str, Any]]


class InvalidRequest(PenstockError, ValueError):
    """A request's body is not what the model takes."""


class UnsupportedContentType(PenstockError):
    """A request's body is of a type that the model does not read."""


class TooManyRows(InvalidRequest):
    """A request carries more rows than the endpoint takes at once."""


@dataclass(frozen=True)
class Body:
    """What a request says.

    Attributes
    ----------
    rows
        What is to be predicted.
    explain
        What it has under ``explain``; None where it has nothing.
    is_csv
        Whether the answer is CSV.
    """

    rows: Instances
    explain: Any = None
    is_csv: bool = False


def read_request(
    content_type: str, body: bytes, columns: Sequence[ModelColumn], *, max_rows: int
) -> Instances:
    """Return the rows of a request: see :func:`read_body`.

    Examples
    --------
    >>> read_request("application/json", b'{"instances": [{"a": 1}]}', [], max_rows=10)
    [{'a': 1}]
    """
    return read_body(content_type, body, columns, max_rows=max_rows).rows


def read_body(content_type: str, body: bytes, columns: Sequence[ModelColumn], *, max_rows: int) -> Body:
    """Return what a request says.

    Parameters
    ----------
    content_type
        ``application/json`` or ``text/csv``; of the parameters after ``;`` only ``explain`` is looked at.
    body
        JSON ``{"instances": [{column: value}, …], "explain": true}``, or CSV in the model's column order,
        a header being optional.
    columns
        What the model takes.
    max_rows
        More rows are refused.

    Raises
    ------
    InvalidRequest, TooManyRows, UnsupportedContentType
        The body cannot be read.

    Examples
    --------
    >>> read_body("application/json", b'{"instances": [{"a": 1}], "explain": true}', [], max_rows=10)
    Body(rows=[{'a': 1}], explain=True, is_csv=False)
    """
    kind, _, parameters = content_type.partition(";")
    kind = kind.strip().lower()
    if kind not in ("application/json", "text/csv"):
        raise UnsupportedContentType(
            "The model does not read this type of content.",
            found=kind or "none",
            expected="application/json or text/csv",
        )
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidRequest("The request is not UTF-8.", found=str(error)) from error
    found = _json(text) if kind == "application/json" else _csv_body(text, columns, parameters)
    _refuse_number(len(found.rows), max_rows)
    return found


def _refuse_number(rows: int, max_rows: int) -> None:
    """Refuse no rows, and too many."""
    if not rows:
        raise InvalidRequest("The request has no rows.", expected="at least one")
    if rows > max_rows:
        raise TooManyRows(
            "The request has too many rows.",
            found=str(rows),
            expected=f"at most {max_rows}",
            action="Send several requests, or use a batch transform job.",
        )


def json_answer(
    predictions: Sequence[Prediction],
    model: Mapping[str, str],
    *,
    features: Sequence[Any] | None = None,
    explanations: Sequence[Any] | None = None,
) -> bytes:
    """Write an answer as JSON.

    Parameters
    ----------
    features
        What was added to each row.
    explanations
        Why each row was answered so.
    """
    answers = [prediction.document() for prediction in predictions]
    told = {"features": features, "explanations": explanations}
    added = {name: list(one) for name, one in told.items() if one is not None}
    return json.dumps({"predictions": answers, "model": dict(model), **added}, separators=(",", ":")).encode()


def csv_answer(predictions: Sequence[Prediction]) -> bytes:
    """Write one answer a line: the score, or the class where there are several."""
    several = any(prediction.scores is not None for prediction in predictions)
    return "".join(f"{one.label if several else one.score!r}\n" for one in predictions).encode()


def _json(text: str) -> Body:
    """Read a JSON request."""
    try:
        document = json.loads(text, parse_constant=_no_constant)
    except ValueError as error:
        raise InvalidRequest("The request is not JSON.", found=str(error)) from error
    rows = document.get("instances") if isinstance(document, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InvalidRequest(
            "The request has no list of instances.",
            found=text[:100],
            expected='{"instances": [{"column": value, …}, …]}',
        )
    return Body(rows, explain=document.get("explain"))


def _no_constant(name: str) -> NoReturn:
    """Refuse NaN and infinity, which JSON does not have."""
    raise ValueError(f"{name} is not JSON; use null")


def _csv_body(text: str, columns: Sequence[ModelColumn], parameters: str) -> Body:
    """Read a CSV request; one that asks for explanations shall be told that it cannot have them."""
    if text.lstrip().startswith("{"):
        raise InvalidRequest(
            "The request is JSON and says that it is CSV.", found=text[:100], expected="application/json"
        )
    asked = any(one.strip().lower() == "explain=true" for one in parameters.split(";"))
    return Body(_csv(text, columns), explain=asked, is_csv=True)


def _csv(text: str, columns: Sequence[ModelColumn]) -> list[dict[str, Any]]:
    """Read the rows of a CSV request."""
    lines = [line for line in csv.reader(text.splitlines()) if line]
    names = [column.name for column in columns]
    if lines and lines[0] == names:
        lines = lines[1:]
    for number, line in enumerate(lines):
        if len(line) != len(columns):
            raise InvalidRequest(
                "A line does not have the model's columns.",
                found=f"{len(line)} cells",
                expected=", ".join(names),
                where=f"row {number}",
            )
    return [
        {column.name: read_cell(cell, column, number) for cell, column in zip(line, columns, strict=True)}
        for number, line in enumerate(lines)
    ]


def read_cell(text: str, column: ModelColumn, number: int) -> float | str | bool | None:
    """Read one cell of CSV by its column's type; empty is null.

    Raises
    ------
    InvalidRequest
        It holds a value of another type.
    """
    if text == "":
        return None
    if column.type == "string":
        return text
    try:
        return _TRUTH[text.strip().lower()] if column.type == "boolean" else float(text)
    except (ValueError, KeyError) as error:
        raise InvalidRequest(
            f"Column {column.name!r} holds a value of another type.",
            found=repr(text)[:100],
            expected=column.type,
            where=f"row {number}",
        ) from error
