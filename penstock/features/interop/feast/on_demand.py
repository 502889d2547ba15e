"""On-demand features as Feast's on-demand views: SQL that DuckDB runs on the frame that Feast hands over."""

# ruff: noqa: S608 - names enter SQL only through penstock.tables.sql, expressions as they were understood

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from penstock.features.interop.rows import SQL_TYPES
from penstock.quality.expressions import parse_expression
from penstock.specs import UseCase
from penstock.specs.base import ColumnType
from penstock.specs.columns import curated_columns
from penstock.specs.feature_sets import feature_types
from penstock.specs.features import OnDemandFeature
from penstock.tables import quoted


@dataclass(frozen=True)
class Computation:
    """How an on-demand feature is computed from what a request and the views bring.

    Parameters
    ----------
    features
        View to those of its features that are read.
    request
        Columns of the request and their types; None for one that nothing tells the type of.
    sql
        A query of the table ``inputs``.
    """

    features: Mapping[str, tuple[str, ...]]
    request: Mapping[str, ColumnType | None]
    sql: str


def computation(use_case: UseCase, wanted: OnDemandFeature) -> Computation:
    """Return how an on-demand feature is computed, with the ones before it that it uses."""
    steps = list(_steps(use_case, wanted))
    made = {step.name for step in steps}
    read = [name for step in steps for name in parse_expression(step.expression).columns if name not in made]
    asked = list(dict.fromkeys(read))
    views = {feature.name: view.name for view in use_case.features for feature in view.features}
    features: dict[str, list[str]] = {}
    for name in asked:
        if name in views:
            features.setdefault(views[name], []).append(name)
    columns = _columns(use_case)
    request = {name: columns.get(name) for name in asked if name not in views}
    types = {**_feature_types(use_case), **{name: kind or "string" for name, kind in request.items()}}
    return Computation(
        features={view: tuple(names) for view, names in features.items()},
        request=request,
        sql=_sql(steps, {name: types[name] for name in asked}),
    )


def _steps(use_case: UseCase, wanted: OnDemandFeature) -> Iterator[OnDemandFeature]:
    """Yield a feature after those that it needs, each once."""
    needed = {wanted.name}
    chosen = []
    before = use_case.on_demand[: use_case.on_demand.index(wanted) + 1]
    for one in reversed(before):
        if one.name in needed:
            needed.update(parse_expression(one.expression).columns)
            chosen.append(one)
    return reversed(chosen)


def _feature_types(use_case: UseCase) -> dict[str, ColumnType]:
    """Return the types of all features."""
    found: dict[str, ColumnType] = {}
    for view in use_case.features:
        contract = use_case.contract(view.dataset)
        found |= feature_types(view, contract) if contract else {}
    return found


def _columns(use_case: UseCase) -> dict[str, ColumnType]:
    """Return the columns of the model's rows, which is what a request brings."""
    contract = use_case.contract(use_case.model.dataset)
    return {column.name: column.type for column in curated_columns(contract)} if contract else {}


def _sql(steps: list[OnDemandFeature], inputs: Mapping[str, ColumnType]) -> str:
    """Return the query: inputs in their types, then a step after the other."""
    casts = ", ".join(f"CAST({quoted(name)} AS {SQL_TYPES[kind]}) AS {quoted(name)}"
                      for name, kind in inputs.items())  # fmt: skip
    query = f"SELECT {casts} FROM inputs"
    for step in steps:
        parsed = parse_expression(step.expression)
        value = f"CAST({parsed.sql({name: name for name in parsed.columns})} AS {SQL_TYPES[step.type]})"
        last = step is steps[-1]
        if last and step.type == "date":
            value = f"CAST({value} AS TIMESTAMP)"
        query = f"SELECT {'' if last else '*, '}{value} AS {quoted(step.name)} FROM ({query})"
    return query
