"""Reading data capture: what callers sent, and what the model answered."""

from __future__ import annotations

import base64
import binascii
import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

Row = dict[str, Any]
_EXAMPLES = 10


@dataclass(frozen=True)
class Window:
    """Half-open span of time; an open end is None."""

    start: datetime | None = None
    end: datetime | None = None

    def holds(self, moment: datetime | None) -> bool:
        """Say whether a moment is inside; an unknown moment is."""
        if moment is None:
            return True
        return (self.start is None or moment >= self.start) and (self.end is None or moment < self.end)


@dataclass
class Reading:
    """What was met while captures were read."""

    lines: int = 0
    outside: int = 0
    corrupt: int = 0
    corrupt_examples: list[str] = field(default_factory=list)

    def refuse(self, where: str, error: Exception) -> None:
        """Count a line that cannot be read, and keep the first few reasons."""
        self.corrupt += 1
        if len(self.corrupt_examples) < _EXAMPLES:
            told = " ".join(str(error).split())
            self.corrupt_examples.append(f"{where}: {type(error).__name__}: {told}"[:300])


@dataclass
class Captured(Reading):
    """Rows and scores of a window, and what could not be read."""

    rows: list[Row] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)


def read_capture(
    folder: Path, *, columns: Mapping[str, str], window: Window, version: str | None = None
) -> Captured:
    """Read every ``*.jsonl`` below a folder.

    Parameters
    ----------
    folder
        Data capture at any depth.
    columns
        The model's input columns with their inferred types, in the order in which CSV has them.
    window
        Lines of other times are skipped.
    version
        Scores of other versions (they name theirs) are not of this model; their rows still
        are traffic.
    """
    captured = Captured()
    for path in sorted(folder.rglob("*.jsonl")):
        with path.open("rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    _take(
                        captured,
                        line,
                        f"{path.name}:{number}",
                        columns=columns,
                        window=window,
                        version=version,
                    )
    return captured


def moment(text: str | None) -> datetime | None:
    """Read a time in ISO 8601, with Z or an offset."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")) if text else None


def _take(
    captured: Captured,
    line: bytes,
    where: str,
    *,
    columns: Mapping[str, str],
    window: Window,
    version: str | None,
) -> None:
    """Add one line to what was captured; a broken line is counted, never fatal."""
    captured.lines += 1
    try:
        document = json.loads(line)
        if not window.holds(moment(document.get("eventMetadata", {}).get("inferenceTime"))):
            captured.outside += 1
            return
        data = document["captureData"]
        rows = list(_rows(data["endpointInput"], columns))
        scores = list(_scores(data["endpointOutput"], version)) if "endpointOutput" in data else []
    except (ValueError, KeyError, TypeError, AttributeError, binascii.Error) as error:
        captured.refuse(where, error)
        return
    captured.rows.extend(rows)
    captured.scores.extend(scores)


def _rows(part: dict[str, Any], columns: Mapping[str, str]) -> Iterator[Row]:
    """Return the rows of a request."""
    text = _text(part)
    if not _is_json(part, text):
        yield from _csv_rows(text, columns)
        return
    for row in json.loads(text)["instances"]:
        if not isinstance(row, dict):
            raise TypeError(f"an instance is a {type(row).__name__}, not a mapping")
        yield row


def _csv_rows(text: str, columns: Mapping[str, str]) -> Iterator[Row]:
    """Return the rows of a CSV request; a header is recognised, an empty cell is null."""
    for cells in csv.reader(text.splitlines()):
        if cells == list(columns) or not cells:
            continue
        if len(cells) != len(columns):
            raise ValueError(f"{len(cells)} cells, {len(columns)} columns")
        yield {name: _cell(cell, columns[name]) for name, cell in zip(columns, cells, strict=True)}


def _cell(text: str, kind: str) -> float | str | None:
    """Read a CSV cell: empty is null, a number is a number unless the column holds words."""
    if text == "" or kind == "String":
        return text or None
    try:
        return float(text)
    except ValueError:
        return text


def _scores(part: dict[str, Any], version: str | None) -> Iterator[float]:
    """Return the scores of an answer."""
    text = _text(part)
    if not _is_json(part, text):
        yield from (float(line) for line in text.split() if line)
        return
    document = json.loads(text)
    if not isinstance(document, dict):
        raise TypeError("an answer is no mapping")
    said = document.get("model", {}).get("version")
    if version is None or said is None or str(said) == version:
        yield from (float(entry["score"]) for entry in document["predictions"])


def _text(part: dict[str, Any]) -> str:
    """Return a request's or an answer's body as text."""
    data = part["data"]
    if part.get("encoding") == "BASE64":
        return base64.b64decode(data, validate=True).decode("utf-8")
    return data if isinstance(data, str) else json.dumps(data)


def _is_json(part: dict[str, Any], text: str) -> bool:
    """Say whether a body is JSON rather than CSV."""
    if part.get("encoding") in ("JSON", "CSV"):
        return bool(part["encoding"] == "JSON")
    kind = str(part.get("observedContentType", ""))
    return "json" in kind or ("csv" not in kind and text.lstrip().startswith("{"))
