"""Reference data of enrichments: one row a key, or an error that names the key."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (k0, v0)

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import InvalidSpec
from penstock.quality.transformation import Enrich
from penstock.quality.types import sql_type
from penstock.specs import Column, Contract
from penstock.tables import literal, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def references_needed(contract: Contract) -> tuple[str, ...]:
    """Return the datasets whose current snapshot the contract's enrichments read, each once.

    Examples
    --------
    >>> contract = Contract(
    ...     dataset="payments", owner="finance", steward="finance-data", purpose="forecasting",
    ...     legal_basis="contract", classification="internal",
    ...     columns=[{"name": "customer", "type": "string"}],
    ...     rules=[{"enrich": "join", "dataset": "customers", "on": {"customer": "id"},
    ...             "take": [{"column": "region"}]}])
    >>> references_needed(contract)
    ('customers',)
    """
    rules = [rule for rule in contract.rules if isinstance(rule, Enrich)]
    return tuple(dict.fromkeys(dataset for rule in rules for dataset in rule.needs()))


def load_reference(
    connection: DuckDBPyConnection,
    rule: Enrich,
    step: int,
    columns: Mapping[str, Column],
    references: Mapping[str, Sequence[Path]],
) -> None:
    """Make the table ``reference_<step>``: ``k0, …`` (keys), ``since``, ``v0, …`` (taken) and ``matched``.

    Raises
    ------
    InvalidSpec
        There are no such data, they lack a column, have values of another type or several rows of a key.
    """
    import duckdb

    moment = rule.moment()
    keys = [
        f"TRY_CAST({quoted(there)} AS {sql_type(columns[here].type)}) AS k{number}"
        for number, (here, there) in enumerate(rule.on.items())
    ]
    since = (
        [f"TRY_CAST({quoted(moment[1])} AS {sql_type(columns[moment[0]].type)}) AS since"] if moment else []
    )
    taken = [
        f"CAST({quoted(take.column)} AS {sql_type(take.type)}) AS v{number}"
        for number, take in enumerate(rule.take)
    ]
    places = [f"k{number}" for number in range(len(keys))] + ["since"] * len(since)
    known = " AND ".join(f"{place} IS NOT NULL" for place in places)
    order = "".join(f", {quoted(name)} AS o{number}" for number, name in enumerate(rule.order_by))
    asked = (
        f"SELECT {', '.join([*keys, *since, *taken])}, TRUE AS matched{order} FROM {_rows(rule, references)}"
    )
    try:
        connection.execute(
            f"CREATE OR REPLACE TABLE reference_{step} AS "
            f"SELECT * FROM ({asked}) WHERE {known}{_first(rule, places)}"
        )
    except duckdb.Error as error:
        raise _unusable(rule, str(error).splitlines()[0]) from error
    _one_row_a_key(connection, rule, f"reference_{step}", places)


def _rows(rule: Enrich, references: Mapping[str, Sequence[Path]]) -> str:
    """Return what reads a rule's reference rows."""
    for dataset in rule.needs():
        files = references.get(dataset)
        if not files:
            raise InvalidSpec(
                f"The rule enrich {rule.name} has no reference data.",
                expected=f"the current snapshot of {dataset}",
                action=f"Onboard a file of {dataset} first.",
            )
        return f"read_parquet([{', '.join(literal(str(file)) for file in files)}], union_by_name=true)"
    return rule.inline()


def _first(rule: Enrich, places: list[str]) -> str:
    """Return the clause that keeps the first row of each key, where that was asked for."""
    if rule.duplicates == "error":
        return ""
    order = [f"o{number}" for number in range(len(rule.order_by))]
    order += [f"v{number}" for number in range(len(rule.take))]
    return f" QUALIFY row_number() OVER (PARTITION BY {', '.join(places)} ORDER BY {', '.join(order)}) = 1"


def _one_row_a_key(connection: DuckDBPyConnection, rule: Enrich, table: str, places: list[str]) -> None:
    """Make sure that no key has several rows."""
    keys = ", ".join(places)
    twice = connection.execute(
        f"SELECT {keys}, count(*) FROM {table} GROUP BY {keys} HAVING count(*) > 1 ORDER BY {keys} LIMIT 1"
    ).fetchall()
    for *key, rows in twice:
        raise _unusable(rule, f"{rows:,} rows of the key {', '.join(map(str, key))}")


def _unusable(rule: Enrich, what: str) -> InvalidSpec:
    """Make the error of reference data that a rule cannot use."""
    return InvalidSpec(
        f"The rule enrich {rule.name} cannot use its reference data.",
        found=what,
        expected=f"one row a key, with the columns {', '.join([*rule.on.values(), *_taken(rule)])}",
        where=next(iter(rule.needs()), "the contract"),
        action="Correct the reference data, or say duplicates: first with an order_by.",
    )


def _taken(rule: Enrich) -> list[str]:
    """Return the reference columns that a rule takes."""
    return [take.column for take in rule.take]
