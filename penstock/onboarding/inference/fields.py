"""The fields of JSON records, flattened."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.errors import UnreadableFile
from penstock.tables import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_DEEPEST = 6
_WIDEST = 100
"""Objects with more fields hold them as data, such as one for each day; they stay JSON text."""
_LONGEST_LINE = 100_000_000


@dataclass(frozen=True)
class Field:
    """A column as a file has it."""

    name: str
    path: str = ""
    """Where a JSON record has it; empty for the name itself."""
    native: str = ""
    """Its type, where the format has types."""


def fields_of(connection: DuckDBPyConnection, lines: Path) -> tuple[Field, ...]:
    """Return the fields of all records of a file of JSON lines.

    Objects are flattened, lists stay JSON text.

    Raises
    ------
    UnreadableFile
        There is no record.
    """
    records = (
        f"SELECT try_cast(line AS JSON) AS line FROM read_csv({literal(str(lines))}, "
        f"columns = {{'line': 'VARCHAR'}}, "
        f"auto_detect = false, compression = 'none', header = false, delim = '', quote = '', escape = '', "
        f"max_line_size = {_LONGEST_LINE}, null_padding = true)"
    )
    query = f"SELECT json_group_structure(line)::VARCHAR FROM ({records}) WHERE json_type(line) = 'OBJECT'"
    structure = connection.execute(query).fetchall()[0][0]
    found = json.loads(structure) if structure else None
    if not isinstance(found, dict) or not found:
        raise UnreadableFile(
            "The file has no JSON records.",
            found="no object",
            expected="objects with fields",
            where=lines.name,
            action="Export one object for each row.",
        )
    return tuple(_flattened(found, ()))


def lists_of(document: Any) -> Iterator[str]:
    """Yield the paths of lists of objects, the highest first."""
    level: list[tuple[str, Any]] = [("$", document)]
    for _ in range(_DEEPEST):
        below: list[tuple[str, Any]] = []
        for path, value in level:
            for name, inner in value.items() if isinstance(value, dict) else ():
                place = path + _step(name)
                if isinstance(inner, list) and inner and all(isinstance(one, dict) for one in inner):
                    yield place
                below.append((place, inner))
        level = below


def _flattened(structure: Mapping[str, Any], above: tuple[str, ...]) -> Iterator[Field]:
    """Yield the fields of an object and of the objects in it."""
    for name, inner in structure.items():
        steps = (*above, name)
        if isinstance(inner, dict) and 0 < len(inner) <= _WIDEST and len(steps) < _DEEPEST:
            yield from _flattened(inner, steps)
        else:
            path = "$" + "".join(map(_step, steps))
            simple = len(steps) == 1 and re.fullmatch(r"[A-Za-z_]\w{0,127}", name, re.ASCII)
            yield Field("_".join(steps), path="" if simple else path)


def _step(name: str) -> str:
    """Return a step of a path."""
    if re.fullmatch(r"""[^.\[\]"'\s]+""", name):
        return f".{name}"
    return f"['{name}']" if '"' in name else f'["{name}"]'
