"""Checking a table where it lies, however large: one SELECT for Athena or Spark that counts what breaks."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, t0)

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from penstock.errors import InvalidSpec
from penstock.quality.asking import asked_of_file, broken_count, missing_count
from penstock.quality.compilation import compile_checks, compile_contract
from penstock.quality.conditions import ASKED, Cell, Condition
from penstock.quality.context import Context
from penstock.quality.dialects import Dialect, NotPortable, translated
from penstock.quality.outcome import Outcome
from penstock.quality.types import cells_of, conditions_of, sql_type, value_of
from penstock.specs import Contract
from penstock.specs.columns import curated_columns
from penstock.tables import quoted

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

Written = Literal["typed", "text"]
_SETTINGS = {"spark.sql.session.timeZone": "UTC", "spark.sql.legacy.timeParserPolicy": "CORRECTED"}
"""Moments are those of UTC, and what is no time is nothing rather than an error."""
_TABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*){0,2}")


@dataclass(frozen=True)
class ValidationQuery:
    """A query that answers a contract's checks on a whole table.

    Parameters
    ----------
    sql
        It yields one row: ``rows_seen``, and by the place of a condition ``broken_0`` and ``missing_0``
        (rows), or ``passed_0`` (whether the table passes, of conditions on a whole table).
    conditions
        What is asked.
    left_out
        By place, why a condition cannot be put to this engine; the query does not have it.
    """

    sql: str
    conditions: tuple[Condition, ...]
    left_out: Mapping[int, str]

    def outcomes(self, answer: Mapping[str, Any]) -> list[Outcome]:
        """Read the query's row.

        Parameters
        ----------
        answer
            The row's values by column; numbers and truth values may be texts, as Athena returns them.

        Returns
        -------
        list of Outcome
            One a condition that was asked, in their order.
        """
        found = []
        for place, condition in enumerate(self.conditions):
            if place in self.left_out:
                continue
            if condition.scope == "file":
                passed = str(answer[f"passed_{place}"]).lower() == "true"
                found.append(Outcome(condition, rows=1, broken=int(not passed)))
                continue
            rows, broken, missing = (
                int(answer[name]) for name in ("rows_seen", f"broken_{place}", f"missing_{place}")
            )
            found.append(Outcome(condition, rows=rows, broken=broken, missing=missing))
        return found


def validation_query(
    contract: Contract,
    table: str,
    dialect: Dialect,
    *,
    written: Written = "typed",
    context: Context | None = None,
) -> ValidationQuery:
    """Write the query that puts a contract's checks to a table of the Glue catalogue, or of Spark.

    Parameters
    ----------
    contract
        Declares columns and checks.
    table
        Its name, with its database: ``lake.payments``.
    dialect
        ``athena`` (engine version 3) or ``spark`` (3.4 and newer; the session needs UTC as
        ``spark.sql.session.timeZone`` and ``CORRECTED`` as ``spark.sql.legacy.timeParserPolicy``).
    written
        ``typed`` for curated data, whose columns have their types; ``text`` for landed data, all of them
        texts.
    context
        What checks need beside the rows. Reference data of other engines are not reachable.

    Raises
    ------
    InvalidSpec
        The table's name is none, or a check does not fit its column.

    Notes
    -----
    The rows of such a table have no order, so what compares a row with the one before is left out, as is
    what the engine cannot compute exactly; ``left_out`` tells.

    Examples
    --------
    >>> contract = Contract(
    ...     dataset="payments", owner="finance", steward="finance-data", purpose="forecasting",
    ...     legal_basis="contract", classification="internal",
    ...     columns=[{"name": "amount", "type": "decimal"}],
    ...     rules=[{"check": "between", "column": "amount", "minimum": 0}])
    >>> print(validation_query(contract, "lake.payments", "athena").sql[:52])
    WITH asked AS (SELECT CAST(NULL AS BIGINT) AS "row",
    """
    if not _TABLE.fullmatch(table):
        raise InvalidSpec("This is no table.", found=table, expected="a name such as lake.payments")
    cells, conditions = _conditions(contract, written, context or Context())
    source = _source(contract, cells, table, written)
    asked, left_out = [], dict[int, str]()
    for place, condition in enumerate(conditions):
        try:
            asked += [
                f"{translated(sql, dialect)} AS {name}_{place}" for name, sql in _answers(condition, cells)
            ]
        except NotPortable as reason:
            left_out[place] = str(reason)
    chosen = ", ".join(["COUNT(*) AS rows_seen", *asked])
    sql = f"WITH {ASKED} AS ({translated(source, dialect)}) SELECT {chosen} FROM {ASKED}"
    return ValidationQuery(sql, tuple(conditions), left_out)


def spark_validate(
    session: SparkSession, contract: Contract, table: str, *, written: Written = "typed"
) -> list[Outcome]:
    """Put a contract's checks to a table or view of a Spark session, as in a Glue job.

    Parameters
    ----------
    session
        Its time zone is UTC, and its parser of times strict, while the query runs.
    contract, table, written
        As :func:`validation_query` takes them.

    Returns
    -------
    list of Outcome
        One a condition that Spark can answer.

    See Also
    --------
    validation_query
        Tells which conditions are left out, and why.
    """
    query = validation_query(contract, table, "spark", written=written)
    before = {name: session.conf.get(name, None) for name in _SETTINGS}
    try:
        for name, value in _SETTINGS.items():
            session.conf.set(name, value)
        [row] = session.sql(query.sql).collect()
    finally:
        for name, old in before.items():
            session.conf.unset(name) if old is None else session.conf.set(name, old)
    return query.outcomes(row.asDict())


def _conditions(
    contract: Contract, written: Written, context: Context
) -> tuple[dict[str, Cell], list[Condition]]:
    """Return the cells of the table, and what is asked of them."""
    known = cells_of(contract)
    if written == "text":
        cells = {column.name: known[column.name] for column in contract.columns}
        return cells, compile_contract(contract, context)
    places = {name: place for place, name in enumerate(known)}
    cells = {
        column.name: Cell(
            column, f"c{places[column.name]}", f"t{places[column.name]}", f"t{places[column.name]}"
        )
        for column in curated_columns(contract)
    }
    demanded = [
        condition
        for cell in cells.values()
        for condition in conditions_of(cell, contract)
        if condition.check == "not_null"
    ]
    return cells, demanded + compile_checks(contract, cells, context)


def _source(contract: Contract, cells: Mapping[str, Cell], table: str, written: Written) -> str:
    """Return the query of the table's rows, as conditions speak of them."""
    columns = []
    for name, cell in cells.items():
        if written == "text":
            value = value_of(cell.column, quoted(name), contract.format)
            columns.append(f"{quoted(name)} AS {cell.text}, {value} AS {cell.typed}")
        else:
            text = quoted(name) if cell.column.type == "string" else f"CAST({quoted(name)} AS VARCHAR)"
            is_whole = cell.column.type == "integer"
            value = quoted(name) if is_whole else f"CAST({quoted(name)} AS {sql_type(cell.column.type)})"
            columns.append(f"{text} AS {cell.text}, {value} AS {cell.typed}")
    place = ".".join(map(quoted, table.split(".")))
    return f'SELECT CAST(NULL AS BIGINT) AS "row", {", ".join(columns)} FROM {place}'


def _answers(condition: Condition, cells: Mapping[str, Cell]) -> Iterator[tuple[str, str]]:
    """Yield what is computed for a condition, by name."""
    if condition.skipped:
        raise NotPortable(condition.skipped)
    if absent := [name for name in condition.columns if name not in cells]:
        raise NotPortable(f"the table has no {', '.join(absent)}")
    if condition.scope == "file":
        yield "passed", asked_of_file(condition)[0]
        return
    yield "missing", missing_count(condition)
    if condition.repeats:
        yield "broken", _repetitions(condition.repeats)
    elif condition.offenders:
        yield "broken", _offenders(condition.offenders)
    else:
        yield "broken", broken_count(condition)


def _repetitions(values: tuple[str, ...]) -> str:
    """Return SQL of how many rows repeat earlier ones: those with values, less the different ones."""
    known = " AND ".join(f"{value} IS NOT NULL" for value in values)
    whole = values[0] if len(values) == 1 else f"({', '.join(values)})"
    return f"coalesce(count_if({known}), 0) - count(DISTINCT CASE WHEN {known} THEN {whole} END)"


def _offenders(query: str) -> str:
    """Return SQL of how many rows a query yields, if it does not ask which row comes first."""
    if len(re.findall(r"\brow\b", query)) > 1:
        raise NotPortable("the rows of a table have no order")
    return f"(SELECT count(*) FROM ({query}) AS offenders)"
