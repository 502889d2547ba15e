"""Rows of two sets of files compared, out of core: by key where there is one, else as a multiset."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from penstock.catalog.differences import RowChange, RowChanges
from penstock.tables import literal, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "FLOAT", "DOUBLE", "DECIMAL", "U")
_SHOWN = 100
_MASK = "***"
_COLUMNS_TOGETHER = 500
Change = Literal["added", "removed", "changed"]


def compare_rows(
    connection: DuckDBPyConnection,
    before: Sequence[Path],
    after: Sequence[Path],
    *,
    keys: Sequence[str] = (),
    masked: Collection[str] = (),
    sample: int = 20,
) -> RowChanges:
    """Compare the rows of two sets of Parquet files, in the columns that both have.

    Parameters
    ----------
    connection
        On a database on disk, so that what does not fit into memory is spilled.
    keys
        Columns that identify a row; where one of them is not in both sides, whole rows are compared.
    masked
        Columns whose values are not shown.
    sample
        How many examples of each kind of change are shown.

    Examples
    --------
    >>> import duckdb, tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> for name, rows in (("a", "(1, 'x'), (2, 'y')"), ("b", "(2, 'z'), (3, 'w')")):
    ...     _ = duckdb.execute(f"COPY (FROM (VALUES {rows}) v(id, v)) TO '{folder / name}' (FORMAT parquet)")
    >>> found = compare_rows(duckdb.connect(), [folder / "a"], [folder / "b"], keys=["id"])
    >>> found.added, found.removed, found.changed, found.columns
    (1, 1, 1, {'v': 1})
    """
    if not before and not after:
        return RowChanges(by="key" if keys else "row", keys=tuple(keys))
    columns = _align(connection, before, after)
    usable = tuple(keys) if keys and set(keys) <= set(columns) else ()
    rest = tuple(name for name in columns if name not in usable)
    comparison = _Comparison(connection, usable, rest, frozenset(masked), sample)
    return comparison.by_key() if usable else comparison.by_row()


def _align(connection: DuckDBPyConnection, before: Sequence[Path], after: Sequence[Path]) -> tuple[str, ...]:
    """Make a view of each side with the common columns in common types; return their names."""
    sides = [_source(files) for files in (before, after)]
    types = [_types(connection, source) for source in sides]
    common = [name for name in (types[0] or types[1]) if name in (types[1] or types[0])]
    for view, source, own, other in zip("ba", sides, types, reversed(types), strict=True):
        shown = ", ".join(_cast(name, (own or other)[name], (other or own)[name]) for name in common)
        empty = sides[1] if view == "b" else sides[0]
        rows = f"FROM {source}" if source else f"FROM {empty} LIMIT 0"
        connection.execute(f"CREATE OR REPLACE VIEW side_{view} AS SELECT {shown or '1 AS nothing'} {rows}")
    return tuple(common)


def _source(files: Sequence[Path]) -> str:
    listed = ", ".join(literal(str(file)) for file in files)
    return f"read_parquet([{listed}], union_by_name = true, hive_partitioning = false)" if files else ""


def _types(connection: DuckDBPyConnection, source: str) -> dict[str, str]:
    """Return the types of columns, by name."""
    if not source:
        return {}
    return {row[0]: row[1] for row in connection.execute(f"DESCRIBE SELECT * FROM {source}").fetchall()}


def _cast(name: str, own: str, other: str) -> str:
    """Return a column in the type in which both sides can be compared."""
    if own == other:
        return quoted(name)
    kind = "DOUBLE" if own.startswith(_NUMBERS) and other.startswith(_NUMBERS) else "VARCHAR"
    return f"{quoted(name)}::{kind} AS {quoted(name)}"


@dataclass(frozen=True)
class _Comparison:
    """Two views, ``side_b`` (before) and ``side_a`` (after), being compared."""

    connection: DuckDBPyConnection
    keys: tuple[str, ...]
    rest: tuple[str, ...]
    masked: frozenset[str]
    sample: int

    def by_key(self) -> RowChanges:
        """Compare by key: rows of one key on a side are one group."""
        key, digest = _listed(self.keys), _hash(self.rest)
        for side in "ba":
            self._run(
                f"CREATE OR REPLACE TABLE group_{side} AS "
                f'SELECT {key}, count(*) AS "#n", sum({digest}) AS "#h" FROM side_{side} GROUP BY {key}'
            )
        self._run(
            f"CREATE OR REPLACE TABLE verdict AS SELECT {self._either()}, "
            """CASE WHEN b."#n" IS NULL THEN 'added' WHEN a."#n" IS NULL THEN 'removed' """
            """WHEN a."#n" <> b."#n" OR a."#h" <> b."#h" THEN 'changed' ELSE 'same' END AS "#change", """
            'coalesce(a."#n", 1) = 1 AND coalesce(b."#n", 1) = 1 AS "#once" '
            f"FROM group_b b FULL JOIN group_a a ON {_same_key(self.keys, 'b', 'a')}"
        )
        rows = self._run(
            'SELECT "#change", count(*), count(*) FILTER (NOT "#once") FROM verdict GROUP BY "#change"'
        )
        counts = {change: number for change, number, _ in rows}
        return RowChanges(
            by="key",
            keys=self.keys,
            **counts,
            repeated_keys=sum(several for *_, several in rows),
            columns=self._changed_columns() if counts.get("changed") else {},
            sample=tuple(self._examples(counts)),
        )

    def by_row(self) -> RowChanges:
        """Compare as multisets: a row is told by 128 bits of hash, and counted."""
        digests = f"""{_hash(self.rest)} AS "#h", {_hash(self.rest, salt="again")} AS "#g\""""
        for side in "ba":
            self._run(
                f"CREATE OR REPLACE TABLE group_{side} AS "
                f'SELECT "#h", "#g", count(*) AS "#n" FROM (SELECT {digests} FROM side_{side}) '
                'GROUP BY "#h", "#g"'
            )
        self._run(
            "CREATE OR REPLACE TABLE verdict AS "
            'SELECT "#h", "#g", coalesce(a."#n", 0) - coalesce(b."#n", 0) AS more, '
            'least(coalesce(a."#n", 0), coalesce(b."#n", 0)) AS same '
            'FROM group_b b FULL JOIN group_a a USING ("#h", "#g")'
        )
        [(added, removed, same)] = self._run(
            "SELECT coalesce(sum(greatest(more, 0)), 0)::BIGINT, "
            "coalesce(sum(greatest(-more, 0)), 0)::BIGINT, coalesce(sum(same), 0)::BIGINT FROM verdict"
        )
        examples = [
            RowChange(change=change, **{side: row})
            for change, side, view, sign in (("added", "after", "a", ">"), ("removed", "before", "b", "<"))
            for row in self._rows_with(digests, view, sign)
        ]
        return RowChanges(by="row", added=added, removed=removed, same=same, sample=tuple(examples))

    def _rows_with(self, digests: str, view: str, sign: str) -> list[dict[str, str | None]]:
        """Return rows of a side that are there more often than on the other."""
        self._run(
            f'CREATE OR REPLACE TABLE chosen AS SELECT "#h", "#g" FROM verdict WHERE more {sign} 0 '
            f'ORDER BY "#h", "#g" LIMIT {self.sample}'
        )
        found = self._run(
            f"SELECT {self._shown(self.rest, 's')} FROM (SELECT *, {digests} FROM side_{view}) s "
            f'SEMI JOIN chosen ON s."#h" = chosen."#h" AND s."#g" = chosen."#g" LIMIT {self.sample}'
        )
        return [dict(zip(self.rest, row, strict=True)) for row in found]

    def _changed_columns(self) -> dict[str, int]:
        """Count the keys that changed, by column; of keys that stand once on each side."""
        counts: dict[str, int] = {}
        for first in range(0, len(self.rest), _COLUMNS_TOGETHER):
            names = self.rest[first : first + _COLUMNS_TOGETHER]
            asked = ", ".join(
                f"count(*) FILTER (b.{quoted(name)} IS DISTINCT FROM a.{quoted(name)})" for name in names
            )
            [row] = self._run(f"SELECT {asked} {self._joined('changed')}")
            counts |= {name: number for name, number in zip(names, row, strict=True) if number}
        return counts

    def _examples(self, counts: dict[str, int]) -> Iterable[RowChange]:
        every, changes = (*self.keys, *self.rest), ("added", "removed", "changed")
        sides: dict[str, tuple[str, ...]] = {"added": ("a",), "removed": ("b",), "changed": ("b", "a")}
        for change in (one for one in changes if counts.get(one)):
            shown = ", ".join(self._shown(every, side) for side in sides[change])
            order = _listed(self.keys, "v")
            found = self._run(f"SELECT {shown} {self._joined(change)} ORDER BY {order} LIMIT {self.sample}")
            for row in found:
                halves = [dict(zip(every, row[at : at + len(every)], strict=True))
                          for at in range(0, len(row), len(every))]  # fmt: skip
                told = dict(zip(sides[change], halves, strict=True))
                yield RowChange(change=change, before=told.get("b"), after=told.get("a"))

    def _joined(self, change: str) -> str:
        """Return the rows of the keys with a change, that stand once, as ``b`` and ``a``."""
        sides = {"added": "a", "removed": "b", "changed": "ba"}[change]
        joins = " ".join(f"JOIN side_{side} {side} ON {_same_key(self.keys, 'v', side)}" for side in sides)
        only_once = 'AND "#once"' if change == "changed" else ""
        return f'FROM (FROM verdict WHERE "#change" = {literal(change)} {only_once}) v {joins}'

    def _either(self) -> str:
        """Return the key of whichever side has it."""
        return ", ".join(
            f'CASE WHEN b."#n" IS NULL THEN a.{quoted(key)} ELSE b.{quoted(key)} END AS {quoted(key)}'
            for key in self.keys
        )

    def _shown(self, names: Iterable[str], side: str) -> str:
        """Return columns as texts, cut, masked where they must not be seen."""
        return ", ".join(
            f"CASE WHEN {value} IS NOT NULL THEN {literal(_MASK)} END"
            if name in self.masked
            else f"left({value}::VARCHAR, {_SHOWN})"
            for name in names
            for value in [f"{side}.{quoted(name)}"]
        )

    def _run(self, query: str) -> list[tuple[Any, ...]]:
        return self.connection.execute(query).fetchall()


def _listed(names: Iterable[str], side: str = "") -> str:
    return ", ".join(f"{side}.{quoted(name)}" if side else quoted(name) for name in names)


def _hash(names: Sequence[str], salt: str = "") -> str:
    """Return the hash of some columns; of none it is a constant."""
    return f"hash({', '.join([literal(salt), *map(quoted, names)])})"


def _same_key(keys: Iterable[str], one: str, other: str) -> str:
    return " AND ".join(f"{one}.{quoted(key)} IS NOT DISTINCT FROM {other}.{quoted(key)}" for key in keys)
