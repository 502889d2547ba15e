"""The columns that are profiled, and what is said of files that do not have them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from penstock.errors import SchemaMismatch, UnreadableFile
from penstock.specs.base import ColumnType

if TYPE_CHECKING:
    from penstock.catalog.profiles.vectors import Numbers, Words
    from penstock.specs.contract import Column

_NAMED = 50


@dataclass(frozen=True)
class Subject:
    """A column to profile."""

    name: str
    type: ColumnType
    shown: bool = True

    @classmethod
    def of(cls, column: Column) -> Subject:
        """Take a column of a contract; values of personal ones stay hidden."""
        shown = column.sensitivity == "none" and column.protect != "hash"
        return cls(column.name, "string" if column.protect == "hash" else column.type, shown)


class Source(Protocol):
    """A file with columns."""

    @property
    def path(self) -> Path:
        """Where it is."""
        ...

    @property
    def rows(self) -> int:
        """Number of rows."""
        ...

    @property
    def columns(self) -> list[tuple[str, ColumnType]]:
        """Names and types of the columns."""
        ...

    def pieces(self, subjects: Sequence[Subject]) -> Iterator[Mapping[str, Callable[[], Numbers | Words]]]:
        """Yield columns, so many rows at a time; each is converted when it is asked for."""
        ...


def subjects_of(sources: Sequence[Source]) -> list[Subject]:
    """Return the columns of files that have the same ones, in the order of the first."""
    found = dict(_columns(sources[0]))
    for source in sources[1:]:
        columns = dict(_columns(source))
        if columns.keys() != found.keys():
            raise SchemaMismatch(
                "The files have different columns.",
                found=_list(columns.keys() ^ found.keys()),
                expected=f"the columns of {sources[0].path.name}",
                where=str(source.path),
            )
        found = {name: _common(kind, columns[name], name, source) for name, kind in found.items()}
    return [Subject(name, kind) for name, kind in found.items()]


def check_columns(sources: Sequence[Source], subjects: Sequence[Subject]) -> None:
    """Make sure that each file has each column once."""
    for source in sources:
        names = {name for name, _ in _columns(source)}
        if missing := {subject.name for subject in subjects} - names:
            raise SchemaMismatch(
                "The file lacks columns.", found=_list(names), expected=_list(missing), where=str(source.path)
            )


def _columns(source: Source) -> list[tuple[str, ColumnType]]:
    """Return the columns of a file, each of which must be there once."""
    columns = source.columns
    names = [name for name, _ in columns]
    if len(set(names)) < len(names):
        twice = {name for name in names if names.count(name) > 1}
        raise SchemaMismatch("The file names a column twice.", found=_list(twice), where=str(source.path))
    return columns


def _common(one: ColumnType, other: ColumnType, name: str, source: Source) -> ColumnType:
    """Return the type of a column that two files have."""
    if one == other:
        return one
    if {one, other} == {"integer", "decimal"}:
        return "decimal"
    raise SchemaMismatch(
        "A column has different types in different files.",
        found=other,
        expected=one,
        where=f"column {name} of {source.path}",
        action="Give the columns with their types, or correct the file.",
    )


def _list(names: set[str]) -> str:
    """Return names in order, not too many."""
    return ", ".join(sorted(names)[:_NAMED])


def unreadable(path: Path, error: Exception) -> UnreadableFile:
    """Return the error of a file that is not Parquet."""
    return UnreadableFile(
        "The file is no Parquet file.",
        found=str(error).split("\n", 1)[0],
        where=str(path),
        action="Give a Parquet, CSV or JSON file, named so.",
    )


def mistyped(path: Path, subject: Subject, stored: str, error: Exception) -> SchemaMismatch:
    """Return the error of values that are not of their column's type."""
    return SchemaMismatch(
        "A column's values are not of its type.",
        found=f"{stored}: {str(error).split(chr(10), 1)[0]}",
        expected=subject.type,
        where=f"column {subject.name} of {path}",
    )
