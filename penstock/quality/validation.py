"""Validation: a contract's checks, put to typed data in one scan."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (t0)

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.quality import asking
from penstock.quality.compilation import compile_typed
from penstock.quality.conditions import Condition
from penstock.quality.context import Context
from penstock.quality.examples import Shown, show
from penstock.quality.outcome import Outcome
from penstock.quality.results import Validation, result_of
from penstock.quality.typed import Narrow, TypedRows, typed_rows
from penstock.specs import Contract
from penstock.tables import engine, literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_DENSE, _MOST_BITS = 16, 1 << 30
"""Whole numbers are counted in a bitmap that has at most so many bits a row, and so many in all."""
_NOTHING = Context()


def validate(
    contract: Contract,
    data: Path | Sequence[Path] | str,
    *,
    context: Context = _NOTHING,
    connection: DuckDBPyConnection | None = None,
    memory_limit: str = "1500MB",
) -> Validation:
    """Put a contract's checks to typed data.

    Parameters
    ----------
    contract
        Its columns' declarations and its rules of the kind check are asked.
    data
        Parquet files, in order; with a connection, also the name of a table.
    context
        History, profile, reference data and time; a check without its part is skipped, and says so.
    connection
        An engine of the caller's. By default one of its own is opened, which can read the given files alone.
    memory_limit
        What an engine of its own may hold in memory before it spills.

    Returns
    -------
    Validation
        One result a condition, in the order of columns, then rules.

    Raises
    ------
    UnreadableFile
        A file is no Parquet file.
    InvalidSpec
        A rule cannot be checked.

    Notes
    -----
    All counts come from one scan of the columns that checks look at. Only what is broken is looked at again,
    for its first twenty rows; repetitions, order and foreign keys each need a scan of their own columns.

    Examples
    --------
    >>> import duckdb
    >>> contract = Contract(
    ...     dataset="payments", owner="finance", steward="finance-data", purpose="forecasting",
    ...     legal_basis="contract", classification="internal",
    ...     columns=[{"name": "id", "type": "string", "key": True}, {"name": "amount", "type": "decimal"}],
    ...     rules=[{"check": "between", "column": "amount", "minimum": 0}])
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = duckdb.sql("SELECT * FROM (VALUES ('a', 1.5), ('b', -2.0)) AS t(id, amount)").write_parquet(
    ...     str(folder / "may.parquet"))
    >>> found = validate(contract, folder / "may.parquet")
    >>> found.passed, [(result.check, result.broken) for result in found.failed]
    (False, [('between', 1)])
    >>> found.failed[0].examples[0].reason
    "column amount: found '-2.0', expected at least 0"
    """
    if connection is not None:
        return _validate(connection, contract, data, context)
    with (
        tempfile.TemporaryDirectory(prefix="penstock-validate-") as folder,
        engine(beside=Path(folder), memory_limit=memory_limit) as (own, _),
    ):
        own.execute("SET preserve_insertion_order = FALSE; SET enable_external_file_cache = FALSE")
        _close(own, [*_files(data), *(file for one in context.references.values() for file in _files(one))])
        return _validate(own, contract, data, context)


def _files(data: Path | Sequence[Path] | str) -> list[Path]:
    """Return the files of data, none if they are a table."""
    if isinstance(data, str):
        return []
    return [data] if isinstance(data, Path) else list(data)


def _close(connection: DuckDBPyConnection, files: Sequence[Path]) -> None:
    """Keep an engine from everything but the files that it was given."""
    paths = ", ".join(literal(str(file)) for file in files)
    connection.execute(f"SET allowed_paths = [{paths}]; SET enable_external_access = FALSE")
    connection.execute("SET lock_configuration = TRUE")


def _validate(
    connection: DuckDBPyConnection, contract: Contract, data: Path | Sequence[Path] | str, context: Context
) -> Validation:
    """Ask, look again at what is broken, and put the results together."""
    import duckdb

    started = time.monotonic()
    rows = typed_rows(connection, contract, data)
    known = context if context.columns is not None else replace(context, columns=rows.names)
    conditions = compile_typed(contract, rows.cells, known)
    narrow = Narrow(connection, rows)
    try:
        outcomes = _Asked(narrow, conditions, rows).outcomes()
    except duckdb.Error as error:
        raise asking.blame(narrow, conditions, error) from error
    return Validation(
        dataset=contract.dataset,
        rows=outcomes[0].rows if outcomes else 0,
        columns=rows.names,
        seconds=round(time.monotonic() - started, 3),
        validated_at=known.now,
        row_counts=known.row_counts,
        results=tuple(map(result_of, outcomes)),
    )


class _Asked:
    """Conditions on their way to outcomes."""

    def __init__(self, connection: asking.Engine, conditions: Sequence[Condition], rows: TypedRows) -> None:
        self._connection, self._conditions = connection, conditions
        self._whole = {cell.typed for cell in rows.cells.values() if cell.column.type == "integer"}
        self._apart: dict[int, str] = {}

    def outcomes(self) -> list[Outcome]:
        """Return one outcome a condition."""
        asked = {place: one for place, one in enumerate(self._conditions) if not one.skipped}
        distinct = self._bitmaps(asked.values())
        found = asking.answers(
            self._connection,
            ["count(*)", *(part for one in asked.values() for part in self._parts(one, distinct))],
        )
        counted = {place: self._outcome(place, one, found, distinct) for place, one in asked.items()}
        return self._with_examples(counted, found["count(*)"])

    def _parts(self, condition: Condition, distinct: Mapping[tuple[str, ...], str]) -> list[str]:
        """Return the aggregates that a condition needs."""
        parts = [asking.missing_count(condition)]
        if condition.scope == "file":
            return parts + asking.asked_of_file(condition)
        if condition.repeats in distinct:
            return [*parts, _known(condition), distinct[condition.repeats]]
        return parts if condition.offenders else [*parts, asking.broken_count(condition)]

    def _outcome(
        self,
        place: int,
        condition: Condition,
        found: Mapping[str, Any],
        distinct: Mapping[tuple[str, ...], str],
    ) -> Outcome:
        """Turn aggregates into an outcome, still without examples."""
        rows, missing = found["count(*)"], found[asking.missing_count(condition)]
        if condition.scope == "file":
            passes, observed = (found[part] for part in asking.asked_of_file(condition))
            return Outcome(condition, rows, 0 if passes else 1, missing=missing, observed=observed)
        if condition.repeats in distinct and found[_known(condition)] == found[distinct[condition.repeats]]:
            return Outcome(condition, rows, 0, missing=missing)
        if condition.offenders:
            broken, repeated = self._set_apart(place, condition)
            details = {"repeated_values": repeated} if condition.repeats else {}
            return Outcome(condition, rows, broken, missing=missing, details=details)
        return Outcome(condition, rows, found[asking.broken_count(condition)], missing=missing)

    def _set_apart(self, place: int, condition: Condition) -> tuple[int, int]:
        """Find the rows that break what a row alone cannot tell; count them, and repeated values."""
        self._apart[place] = table = asking.set_apart(self._connection, place, condition)
        query = f"SELECT count(*), count(*) FILTER (WHERE occurrence = 2) FROM {table}"
        [[broken, repeated]] = self._connection.execute(query).fetchall()
        return broken, repeated

    def _with_examples(self, counted: Mapping[int, Outcome], rows: int) -> list[Outcome]:
        """Add what people are shown to what is broken, and those that were skipped."""
        broken = {place: one for place, one in counted.items() if one.broken}
        of_rows = {place: one for place, one in broken.items() if one.condition.scope == "row"}
        shown = show(self._connection, of_rows, self._apart)
        files = [place for place in broken if place not in of_rows]
        words = asking.reasons(self._connection, [broken[place].condition for place in files])
        shown |= {place: Shown(((None, word),), ({},)) for place, word in zip(files, words, strict=True)}
        return [
            _shown(counted[place], shown.get(place)) if place in counted else Outcome(one, rows, 0)
            for place, one in enumerate(self._conditions)
        ]

    def _bitmaps(self, asked: Iterable[Condition]) -> dict[tuple[str, ...], str]:
        """Return exact counts of distinct values of whole numbers that must not repeat and lie dense.

        A bitmap is ten times faster than a hash table. The ends are looked up first.
        """
        wanted = [one.repeats for one in asked if len(one.repeats) == 1 and one.repeats[0] in self._whole]
        if not wanted:
            return {}
        ends = [f"{end}({values[0]})" for values in wanted for end in ("min", "max")]
        found = asking.answers(self._connection, ["count(*)", *ends])
        most = min(_MOST_BITS, _DENSE * found["count(*)"] + 1)
        spans = {values: (found[f"min({values[0]})"], found[f"max({values[0]})"]) for values in wanted}
        return {
            values: f"bit_count(bitstring_agg({values[0]}, {low}, {high}))"
            for values, (low, high) in spans.items()
            if low is not None and high - low < most
        }


def _shown(outcome: Outcome, shown: Shown | None) -> Outcome:
    return replace(outcome, examples=shown.examples, values=shown.values) if shown else outcome


def _known(condition: Condition) -> str:
    """Return the aggregate of how many rows have all values that must not repeat."""
    return f"coalesce(count_if({' AND '.join(f'{value} IS NOT NULL' for value in condition.repeats)}), 0)"
