"""The answers that a model learns: what the target column must hold for each problem, and what is refused."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.errors import TrainingRefused
from penstock.tables import literal, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

    from penstock.specs import ModelSpec

LABEL = "label"
_TRUTH = frozenset({"0", "1", "true", "false", "0.0", "1.0"})
_MOST_CLASSES = 1_000
_NAMED = 10


@dataclass(frozen=True)
class PartCount:
    """What a part of the rows has: rows, different answers, rows of the first class (of yes, if binary)."""

    rows: int
    different: int
    positives: int
    recent: int


def label_sql(model: ModelSpec) -> str:
    """Return SQL for the answer of a row, null where it has none; clustering asks nothing.

    Examples
    --------
    >>> from penstock.specs import Candidate, ModelSpec
    >>> facts = {"dataset": "d", "features": ["a"], "split": {"column": "id"}}
    >>> def model(problem, algorithm, **more):
    ...     trained = [Candidate(name="one", algorithm=algorithm)]
    ...     return ModelSpec(problem=problem, candidates=trained, **facts, **more)
    >>> label_sql(model("binary", "xgboost", target={"column": "late", "above": 3}))
    '("late" > 3.0::DOUBLE)'
    >>> label_sql(model("regression", "xgboost", target={"column": "price"}))
    'CASE WHEN isfinite(TRY_CAST("price" AS DOUBLE)) THEN TRY_CAST("price" AS DOUBLE) END'
    >>> label_sql(model("clustering", "kmeans"))
    'TRUE'
    """
    if model.target is None:
        return "TRUE"
    column = quoted(model.target.column)
    if model.problem == "multiclass":
        return f"nullif(trim(CAST({column} AS VARCHAR)), '')"
    if model.problem == "regression":
        number = f"TRY_CAST({column} AS DOUBLE)"
        return f"CASE WHEN isfinite({number}) THEN {number} END"
    above = model.target.above
    return f"({column} > {literal(above)})" if above is not None else f"TRY_CAST({column} AS BOOLEAN)"


def check_target(database: DuckDBPyConnection, joined: str, model: ModelSpec) -> None:
    """Refuse a target that does not fit the problem, and data without a single answer.

    Raises
    ------
    TrainingRefused
        The message says what the column holds.
    """
    if model.target is None:
        return
    name, column = model.target.column, quoted(model.target.column)
    if model.problem == "binary" and model.target.above is None:
        _refuse_strange(
            _examples(database, joined, column, f"lower({column}::VARCHAR) NOT IN {_listed(_TRUTH)}"),
            f"The target {name!r} is no yes/no question.",
            expected="0 and 1, or true and false",
            action="Give target.above to ask whether a number is above it, or choose problem: multiclass.",
        )
    if model.problem == "regression":
        _refuse_strange(
            _examples(database, joined, column, f"TRY_CAST({column} AS DOUBLE) IS NULL"),
            f"The target {name!r} is no number.",
            expected="numbers",
            action="Choose problem: multiclass to predict words.",
        )
    if model.problem == "multiclass":
        _check_classes(database, joined, model)
    known = database.execute(f"SELECT count(*) FROM {joined} WHERE {label_sql(model)} IS NOT NULL").fetchall()
    if not known[0][0]:
        raise TrainingRefused("No row has a target.", found=f"{name} is null or there are no rows")


def check_parts(counts: Mapping[str, PartCount], model: ModelSpec, parts: tuple[str, ...]) -> None:
    """Refuse when a part is empty, or when there is nothing to tell apart in it."""
    for name in parts:
        found = counts.get(name, PartCount(0, 0, 0, 0))
        needed = 1 if model.problem == "clustering" else 2
        if found.rows and found.different >= needed:
            continue
        answers = f"{found.rows} rows, {found.positives} positive and {found.rows - found.positives} negative"
        if model.problem != "binary":
            answers = f"{found.rows} rows, {found.different} different answers"
        raise TrainingRefused(
            f"The {name} rows have {_alike(model) if found.rows else 'nothing in them'}.",
            found=answers,
            expected=_WANTED[model.problem],
            where=f"{name} part",
            action=f"Wait for more data, or change target or split{_warm_up(model)}.",
        )


_WANTED = {
    "binary": "positive and negative rows",
    "multiclass": "rows of at least two classes",
    "regression": "at least two different values",
    "clustering": "rows",
}


def _warm_up(model: ModelSpec) -> str:
    """Name the days that are left out, if any are."""
    days = model.split.warm_up_days
    return f" (its warm_up_days leaves the first {days} days out)" if days else ""


def _alike(model: ModelSpec) -> str:
    """Say what is wrong with rows that have one answer."""
    return "one value" if model.problem == "regression" else "one class"


def _check_classes(database: DuckDBPyConnection, joined: str, model: ModelSpec) -> None:
    """Refuse a target that names rows rather than classes."""
    label = label_sql(model)
    (row,) = database.execute(f"SELECT count(DISTINCT {label}), count({label}) FROM {joined}").fetchall()
    classes, rows = int(row[0]), int(row[1])
    if classes > _MOST_CLASSES or (rows and classes > rows // 2 and rows > _NAMED):
        raise TrainingRefused(
            f"The target {model.target.column!r} has too many classes." if model.target else "",
            found=f"{classes} classes in {rows} rows",
            expected=f"at most {_MOST_CLASSES:,}, each in several rows",
            action="Choose problem: regression for a number, or a coarser column.",
        )


def _examples(database: DuckDBPyConnection, joined: str, column: str, strange: str) -> list[str]:
    """Return a few values that do not fit."""
    rows: Any = database.execute(
        f"SELECT DISTINCT {column}::VARCHAR FROM {joined} WHERE {column} IS NOT NULL AND {strange} "
        f"ORDER BY 1 LIMIT {_NAMED}"
    ).fetchall()
    return [str(row[0]) for row in rows]


def _refuse_strange(found: list[str], message: str, *, expected: str, action: str) -> None:
    """Refuse values that do not fit, if there are any."""
    if found:
        raise TrainingRefused(message, found=", ".join(found), expected=expected, action=action)


def _listed(values: frozenset[str]) -> str:
    """Return texts as an SQL list."""
    return f"({', '.join(literal(value) for value in sorted(values))})"
