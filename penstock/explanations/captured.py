"""Captured requests as the model saw them: rows with what the container added, and what was answered."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.errors import PenstockError
from penstock.monitoring.capture import Reading, Window
from penstock.monitoring.capture import moment as read_moment
from penstock.serving.requests import read_request

if TYPE_CHECKING:
    from penstock.training.artefact import ModelColumn

_ANY = 10**9


@dataclass(frozen=True)
class CapturedRequest:
    """One request with its answer.

    Attributes
    ----------
    identifiers
        Its inference id, if it had one, and the event id that SageMaker gave it; the first is told.
    version
        The version that answered; None where the answer does not say.
    rows
        As the model took them.
    answers
        Score and label of each row, or what of it the answer says; empty where answers are not captured.
    explanations
        Why each row was answered so, if the answer says.
    """

    identifiers: tuple[str, ...]
    at: str
    version: int | None
    rows: Sequence[Mapping[str, Any]]
    answers: Sequence[Mapping[str, Any]] = ()
    explanations: Sequence[Mapping[str, Any]] | None = None


def read_captures(
    folder: Path, columns: Sequence[ModelColumn], *, window: Window, reading: Reading
) -> Iterator[CapturedRequest]:
    """Yield the requests of every ``*.jsonl`` below a folder; a line that cannot be read is counted.

    Parameters
    ----------
    columns
        What the model takes.
    window
        Lines of other times are skipped.
    """
    for path in sorted(folder.rglob("*.jsonl")):
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if not line.strip():
                    continue
                reading.lines += 1
                try:
                    document = json.loads(line)
                    inside = window.holds(read_moment(document.get("eventMetadata", {}).get("inferenceTime")))
                    if inside:
                        yield read_capture_line(document, columns)
                    else:
                        reading.outside += 1
                except (PenstockError, ValueError, KeyError, TypeError, AttributeError) as error:
                    reading.refuse(f"{path.name}:{number}", error)


def read_capture_line(document: Mapping[str, Any], columns: Sequence[ModelColumn]) -> CapturedRequest:
    """Read one line of data capture.

    Raises
    ------
    PenstockError, ValueError, KeyError, TypeError, AttributeError
        It is not what the container was sent and has answered.
    """
    told, data = document["eventMetadata"], document["captureData"]
    sent, answer = data["endpointInput"], _answer(data.get("endpointOutput") or {})
    kind = "text/csv" if sent.get("encoding") == "CSV" else _content_type(sent)
    rows = read_request(kind, _text(sent).encode(), columns, max_rows=_ANY)
    predictions = answer.get("predictions") or ()
    if predictions and len(predictions) != len(rows):
        raise ValueError(f"{len(rows)} rows, {len(predictions)} answers")
    version = str((answer.get("model") or {}).get("version") or "")
    return CapturedRequest(
        identifiers=tuple(str(told[name]) for name in ("inferenceId", "eventId") if told.get(name)),
        at=str(told["inferenceTime"]),
        version=int(version) if version.isdigit() else None,
        rows=[_complete(row, added, columns) for row, added in _with_added(rows, answer)],
        answers=predictions,
        explanations=answer.get("explanations"),
    )


def _with_added(
    rows: Sequence[Mapping[str, Any]], answer: Mapping[str, Any]
) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """Yield each row with the features that the container added to it."""
    added = answer.get("features")
    for place, row in enumerate(rows):
        yield row, added[place]["values"] if added else {}


def _complete(
    row: Mapping[str, Any], added: Mapping[str, Any], columns: Sequence[ModelColumn]
) -> dict[str, Any]:
    """Return a row as the model took it."""
    known = {**added, **row}
    if missing := [column.name for column in columns if column.name not in known]:
        raise ValueError(f"a row lacks {', '.join(missing)}")
    return {column.name: known[column.name] for column in columns}


def _content_type(part: Mapping[str, Any]) -> str:
    """Return what the body is, told or guessed."""
    kind = str(part.get("observedContentType") or "").partition(";")[0].strip().lower()
    return kind if kind in ("application/json", "text/csv") else "application/json"


def _answer(part: Mapping[str, Any]) -> dict[str, Any]:
    """Return an answer; of CSV a score or a label a line."""
    if not part:
        return {}
    if part.get("encoding") == "CSV" or "csv" in str(part.get("observedContentType", "")):
        return {"predictions": [_csv_prediction(line) for line in _text(part).split("\n") if line]}
    document = json.loads(_text(part))
    if not isinstance(document, dict):
        raise TypeError("an answer is no mapping")
    return document


def _csv_prediction(line: str) -> dict[str, Any]:
    try:
        return {"score": float(line)}
    except ValueError:
        return {"label": line}


def _text(part: Mapping[str, Any]) -> str:
    """Return a body as text."""
    data = part["data"]
    if part.get("encoding") == "BASE64":
        try:
            return base64.b64decode(data, validate=True).decode("utf-8")
        except binascii.Error as error:
            raise ValueError(f"not base64: {error}") from error
    return data if isinstance(data, str) else json.dumps(data)
