"""Applying the rules that change data: standardise, then augment, then enrich, in one statement."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, t0)

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import InvalidSpec
from penstock.quality.conditions import Cell, Condition, found
from penstock.quality.references import load_reference
from penstock.quality.transformation import Augment, Enrich, Standardise
from penstock.quality.types import cells_of, sql_type, typed, value_of
from penstock.specs import Column, Contract, Rule
from penstock.specs.rule import Kind, in_order

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PREPARED = "prepared"


@dataclass(frozen=True)
class Change:
    """What a rule did to the rows.

    Parameters
    ----------
    kind, rule
        The rule's kind and name.
    columns
        The columns that it changed or made.
    rows
        Rows with another text than before (standardise), with a value in a new column (augment), with a
        match in the reference data (enrich), with a protected value (comply).
    """

    kind: Kind
    rule: str
    columns: tuple[str, ...]
    rows: int


@dataclass(frozen=True)
class Transformed:
    """Rows after the rules, and what these did.

    Parameters
    ----------
    rows
        The query of all rows; they are those of the query before, in their order.
    changes
        One a rule.
    conditions
        What the rules demand in turn: that keys are in reference data.
    """

    rows: str
    changes: tuple[Change, ...] = ()
    conditions: tuple[Condition, ...] = ()


@dataclass
class _Plan:
    """Nested queries under construction: each step adds columns to those of the step before."""

    contract: Contract
    query: str
    columns: dict[str, Column]
    """All columns, declared and made."""
    texts: dict[str, str] = field(default_factory=dict)
    """By column, the name of its newest text in the query."""
    values: dict[str, str] = field(default_factory=dict)
    """By column, its typed value in the query."""
    flags: list[str] = field(default_factory=list)
    """By rule, SQL of whether it did something to a row."""
    rules: list[Rule] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)

    def add(self, columns: Mapping[str, str]) -> None:
        """Add a step that computes columns, given by name."""
        added = "".join(f", {expression} AS {name}" for name, expression in columns.items())
        self.query = f"SELECT *{added} FROM ({self.query})"

    def cells(self) -> dict[str, Cell]:
        """Return the cells as the newest step has them."""
        return {name: Cell(self.columns[name], self.texts[name], self.values[name]) for name in self.values}


def transform(
    connection: DuckDBPyConnection,
    contract: Contract,
    rows: str,
    references: Mapping[str, Sequence[Path]] | None = None,
) -> Transformed:
    """Apply a contract's rules of the kinds standardise, augment and enrich to rows of texts and values.

    Parameters
    ----------
    connection
        The engine that holds the rows.
    contract
        Its rules are applied by kind, then as written.
    rows
        A query with the columns ``row``, ``c0, c1, …`` and ``t0, t1, …``, as :func:`~penstock.quality.source`
        makes it.
    references
        Parquet files of each dataset that an enrichment refers to.

    Returns
    -------
    Transformed
        The given rows themselves when there is nothing to do; otherwise those of a new table ``prepared``,
        with standardised texts, their values and, after them, text and value of the columns made (``c7,
        t7``).

    Raises
    ------
    InvalidSpec
        A rule cannot be computed, or reference data are missing or have several rows of a key.

    Examples
    --------
    >>> import duckdb
    >>> from penstock.quality import source
    >>> contract = Contract(
    ...     dataset="payments", owner="finance", steward="finance-data", purpose="forecasting",
    ...     legal_basis="contract", classification="internal", columns=[{"name": "id", "type": "string"}],
    ...     rules=[{"standardise": "trim", "column": "id"}])
    >>> connection = duckdb.connect()
    >>> _ = connection.execute("CREATE TABLE arrived AS SELECT * FROM (VALUES (' a '), ('b')) AS t(c0)")
    >>> after = transform(connection, contract, source(contract, "arrived"))
    >>> connection.execute(f"SELECT c0 FROM ({after.rows})").fetchall(), after.changes[0].rows
    ([('a',), ('b',)], 1)
    """
    import duckdb

    rules = [one for one in in_order(contract.rules) if isinstance(one, Standardise | Augment | Enrich)]
    if not rules:
        return Transformed(rows)
    plan = _plan(connection, contract, rows, rules, references or {})
    try:
        connection.execute(_statement(plan))
    except duckdb.Error as error:
        raise _blame(connection, contract, rows, rules, error) from error
    return Transformed(f"SELECT * FROM {PREPARED}", tuple(_changes(connection, plan)), tuple(plan.conditions))


def _plan(
    connection: DuckDBPyConnection,
    contract: Contract,
    rows: str,
    rules: Sequence[Rule],
    references: Mapping[str, Sequence[Path]],
) -> _Plan:
    """Nest the rules' expressions."""
    known = cells_of(contract)
    texts = {column.name: known[column.name].text for column in contract.columns}
    values = {column.name: known[column.name].typed for column in contract.columns}
    plan = _Plan(contract, rows, {name: cell.column for name, cell in known.items()}, texts, values)
    for rule in rules:
        if isinstance(rule, Standardise):
            _standardise(plan, rule)
    _type(plan, [rule for rule in rules if isinstance(rule, Standardise)])
    for rule in rules:
        if isinstance(rule, Augment):
            _augment(plan, rule)
        elif isinstance(rule, Enrich):
            load_reference(connection, rule, len(plan.rules), plan.columns, references)
            _enrich(plan, rule)
    return plan


def _type(plan: _Plan, rules: Sequence[Standardise]) -> None:
    """Add the values of the texts that rules have changed."""
    values = {}
    for place, column in enumerate(plan.contract.columns):
        applied = [rule for rule in rules if column.name in rule.reads()]
        if not applied:
            continue
        text = plan.texts[column.name]
        values[f"v{place}"] = value_of(column, text, plan.contract.format)
        if any(rule.plain for rule in applied):
            values[f"v{place}"] = f"coalesce({typed(text, column.type)}, {values[f'v{place}']})"
        plan.values[column.name] = f"v{place}"
    if values:
        plan.add(values)


def _standardise(plan: _Plan, rule: Standardise) -> None:
    """Add a step with the new texts of a rule's columns."""
    step = len(plan.rules)
    before = {name: plan.texts[name] for name in rule.reads()}
    after = {name: f"s{step}_{place}" for place, name in enumerate(rule.reads())}
    plan.add({after[name]: rule.expression(before[name]) for name in before})
    plan.texts |= after
    plan.rules.append(rule)
    plan.flags.append(" OR ".join(f"{after[name]} IS DISTINCT FROM {before[name]}" for name in before))


def _augment(plan: _Plan, rule: Augment) -> None:
    """Add a step with a new column."""
    places = {name: place for place, name in enumerate(plan.columns)}
    text, value = f"c{places[rule.column]}", f"t{places[rule.column]}"
    kind = plan.columns[rule.column].type
    plan.add({value: f"CAST({rule.expression(plan.cells())} AS {sql_type(kind)})"})
    plan.add({text: f"CAST({value} AS VARCHAR)"})
    plan.texts[rule.column], plan.values[rule.column] = text, value
    plan.rules.append(rule)
    plan.flags.append(f"{value} IS NOT NULL")


def _enrich(plan: _Plan, rule: Enrich) -> None:
    """Add a join with the reference table that was loaded for the rule."""
    step = len(plan.rules)
    places = {name: place for place, name in enumerate(plan.columns)}
    moment = rule.moment()
    tests = [f"l.{plan.values[name]} = r.k{number}" for number, name in enumerate(rule.on)]
    tests += [f"l.{plan.values[moment[0]]} >= r.since"] if moment else []
    taken = [
        f"r.v{number} AS t{places[name]}, CAST(r.v{number} AS VARCHAR) AS c{places[name]}"
        for number, name in enumerate(rule.makes())
    ]
    plan.query = (
        f"SELECT l.*, r.matched AS m{step}, {', '.join(taken)} FROM ({plan.query}) AS l "
        f"{'ASOF ' if moment else ''}LEFT JOIN reference_{step} AS r ON {' AND '.join(tests)}"
    )
    _demand(plan, rule, step)
    plan.texts |= {name: f"c{places[name]}" for name in rule.makes()}
    plan.values |= {name: f"t{places[name]}" for name in rule.makes()}
    plan.rules.append(rule)
    plan.flags.append(f"m{step}")


def _demand(plan: _Plan, rule: Enrich, step: int) -> None:
    """Add the condition that a row's key is in the reference data."""
    if rule.missing == "keep":
        return
    cells = cells_of(plan.contract)
    unknown = " OR ".join(f"{cells[name].typed} IS NULL" for name in rule.reads())
    plan.conditions.append(
        Condition(
            check=rule.name,
            columns=rule.reads(),
            passes=f"(coalesce(m{step}, FALSE) OR {unknown})",
            reason=found(cells, rule.reads(), f"a key of {next(iter(rule.needs()), 'the reference rows')}"),
            severity=rule.missing,
        )
    )


def _statement(plan: _Plan) -> str:
    """Return the statement that makes the table: joins may move rows, so these are put in order again."""
    places = enumerate(plan.texts)
    cells = [f"{plan.texts[name]} AS c{place}, {plan.values[name]} AS t{place}" for place, name in places]
    matched = [f"m{step}" for step, rule in enumerate(plan.rules) if isinstance(rule, Enrich)]
    flags = [f"coalesce({flag}, FALSE) AS d{step}" for step, flag in enumerate(plan.flags)]
    order = " ORDER BY row" if matched else ""
    chosen = ", ".join(["row", *cells, *matched, *flags])
    return f"CREATE OR REPLACE TABLE {PREPARED} AS SELECT {chosen} FROM ({plan.query}){order}"


def _changes(connection: DuckDBPyConnection, plan: _Plan) -> Iterator[Change]:
    """Count the rows that each rule did something to."""
    counts = ", ".join(f"count(*) FILTER (d{step})" for step in range(len(plan.rules)))
    [numbers] = connection.execute(f"SELECT {counts} FROM {PREPARED}").fetchall()
    for rule, rows in zip(plan.rules, numbers, strict=True):
        yield Change(rule.kind, rule.name, rule.makes() or rule.reads(), rows)


def _blame(
    connection: DuckDBPyConnection, contract: Contract, rows: str, rules: Sequence[Rule], error: Exception
) -> Exception:
    """Find the first rule that cannot be computed; the error itself if it is none of them."""
    import duckdb

    for number, rule in enumerate(rules):
        if isinstance(rule, Enrich):
            break
        plan = _plan(connection, contract, rows, rules[: number + 1], {})
        try:
            connection.execute(f"SELECT count(COLUMNS(*)) FROM ({plan.query})").fetchall()
        except duckdb.Error as cause:
            return InvalidSpec(
                f"The rule {rule.kind} {rule.name} on {', '.join(rule.makes() or rule.reads())} "
                "cannot be computed.",
                found=str(cause).splitlines()[0],
                action="Correct the rule in the dataset's contract.",
            )
    return error
