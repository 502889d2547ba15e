"""Preparing a run's data: join the features, label, split, and learn the encoding from the training rows."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from penstock.errors import TrainingRefused
from penstock.quality.expressions import parse_expression
from penstock.specs import FeatureView, ModelSpec, UseCase
from penstock.specs.columns import curated_columns
from penstock.tables import engine, literal, quoted
from penstock.training.arrow import read_parquet
from penstock.training.fit import InputColumn, fit_preparation, input_columns
from penstock.training.labelling import LABEL, PartCount, check_parts, check_target, label_sql
from penstock.training.learning import refuse_endless
from penstock.training.split import fraction, part

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

PARTS = ("train", "validation", "test")
ARRIVAL = "arrival"
_BATCH = 122_880
_SQL_TYPES = {"integer": "BIGINT", "decimal": "DOUBLE", "boolean": "BOOLEAN", "string": "VARCHAR"}


class PreparedData(BaseModel):
    """What ``prepare`` wrote: rows (and positives, of a yes/no question) by part, and what it left out."""

    model_config = ConfigDict(frozen=True)

    recent_arrival_id: str
    rows: dict[str, int]
    positives: dict[str, int]
    recent_test_rows: int
    dropped_without_target: int
    left_out_by_train_rows: int
    left_out_as_history: int = 0
    """Rows of the first days, which only features look at."""
    input_columns: int
    matrix_columns: int


def prepare(
    *,
    use_case: UseCase,
    data: Path,
    features: Path,
    output: Path,
    recent_arrival_id: str,
    train_rows: int | None = None,
    memory_limit: str = "2GB",
) -> PreparedData:
    """Turn curated rows into training, validation and test rows and a fitted preparation.

    Parameters
    ----------
    use_case
        Names target, features, views and split.
    data
        Folder with the snapshot's curated Parquet at any depth, in folders ``arrival=<id>``.
    features
        Folder with one sub-folder of Parquet a feature view; may be absent when there are no views.
    output
        Receives ``train.parquet``, ``validation.parquet``, ``test.parquet`` (raw input columns,
        ``label``, ``arrival``), ``preparation.json`` and ``recent.json``.
    recent_arrival_id
        The newest arrival.
    train_rows
        Keep only so many training rows, chosen by hash.
    memory_limit
        What DuckDB may hold before it spills to disk.

    Raises
    ------
    TrainingRefused
        There are no rows with a target, a part is empty or has one class, the target is not yes or
        no, or every input is constant.
    """
    columns = input_columns(use_case)
    output.mkdir(parents=True, exist_ok=True)
    with engine(beside=output, memory_limit=memory_limit) as (database, scratch):
        joined = _joined_rows(database, use_case, data, features, scratch)
        check_target(database, joined, use_case.model)
        _divide(database, joined, use_case, columns, train_rows)
        _refuse_endless(database, columns)
        counts = _counts(database, recent_arrival_id, use_case.model)
        check_parts(counts, use_case.model, PARTS)
        for name in PARTS:
            _write_part(database, name, output / f"{name}.parquet")
        answered = f"{label_sql(use_case.model)} IS NOT NULL"
        dropped = _scalar(database, f"SELECT count(*) FROM {joined} WHERE NOT {answered}")
        known = f"{answered} AND {_warm(joined, use_case.model)} IS NOT TRUE"
        history = _scalar(database, f"SELECT count(*) FROM {joined} WHERE {known}")
    return _finish(
        output, columns, counts, recent_arrival_id, dropped=dropped, history=history, model=use_case.model
    )


def _joined_rows(
    database: DuckDBPyConnection, use_case: UseCase, data: Path, features: Path, scratch: Path
) -> str:
    """Gather the curated rows in a stable order, join the views, and return the SQL source."""
    files = sorted(str(path) for path in data.rglob("*.parquet"))
    if not files:
        raise TrainingRefused(
            "There is nothing to learn from.", found="no curated files", where=use_case.name
        )
    listed = ", ".join(map(literal, files))
    options = "hive_partitioning=true, hive_types_autocast=false, union_by_name=true"
    database.execute(
        f"CREATE TABLE spine AS SELECT row_number() OVER () AS __row, {_spine_columns(use_case)} "
        f"FROM read_parquet([{listed}], {options})"
    )
    views = [(view, features / view.name) for view in use_case.model_views]
    if not views:
        return "spine"
    return _join_views(database, use_case, views, scratch)


def _join_views(
    database: DuckDBPyConnection, use_case: UseCase, views: Sequence[tuple[FeatureView, Path]], scratch: Path
) -> str:
    """Add the features that were known before each row's moment."""
    from penstock.features import join

    spine, joined = scratch / "spine.parquet", scratch / "joined.parquet"
    database.execute(f"COPY (FROM spine ORDER BY __row) TO {literal(str(spine))} (FORMAT parquet)")
    database.execute("DROP TABLE spine")
    moment = use_case.model.timestamp or ""  # the specification demands one where there are views
    join(spine=spine, views=views, timestamp=moment, output=joined)
    if use_case.model_on_demand:
        joined = _computed(joined, use_case, scratch / "computed.parquet")
    return f"read_parquet({literal(str(joined))})"


def _computed(joined: Path, use_case: UseCase, output: Path) -> Path:
    """Add the on-demand features, by the code that computes them at request time."""
    import pyarrow as pa

    from penstock.features import compute_on_demand

    parquet: Any = import_module("pyarrow.parquet")
    source = parquet.ParquetFile(joined)
    writer: Any = None
    for batch in source.iter_batches(_BATCH):
        table = compute_on_demand(pa.Table.from_batches([batch]), use_case.model_on_demand)
        writer = writer or parquet.ParquetWriter(output, table.schema)
        writer.write_table(table)
    if writer is None:
        return joined
    writer.close()
    return output


def _spine_columns(use_case: UseCase) -> str:
    """List the curated columns that the run needs, ``arrival`` among them."""
    model, contract = use_case.model, use_case.contract(use_case.model.dataset)
    curated = {column.name for column in curated_columns(contract)} if contract else set()
    keys = [view.entity.key for view in use_case.model_views]
    read = [name for one in use_case.model_on_demand for name in parse_expression(one.expression).columns]
    asked = [model.target.column] if model.target else []
    wanted = dict.fromkeys([*model.features, *asked, model.split.column, *keys, *model.evaluation.columns])
    wanted |= dict.fromkeys(name for name in read if name in curated)
    if model.timestamp:
        wanted[model.timestamp] = None
    return ", ".join([*map(quoted, wanted), f"{ARRIVAL}::VARCHAR AS {ARRIVAL}"])


def _divide(
    database: DuckDBPyConnection,
    joined: str,
    use_case: UseCase,
    columns: Sequence[InputColumn],
    train_rows: int | None,
) -> None:
    """Create the table of divided rows: inputs with their types, label, arrival, part."""
    model = use_case.model
    inputs = ", ".join(f"CAST({quoted(c.name)} AS {_SQL_TYPES[c.type]}) AS {quoted(c.name)}" for c in columns)
    used = {column.name for column in columns}
    beside = "".join(f"{quoted(name)}, " for name in model.evaluation.columns if name not in used)
    label, order = label_sql(model), fraction(model.split.column)
    answer = f"{label} AS {LABEL}, " if model.target else ""
    database.execute(
        f"CREATE TABLE divided AS SELECT __row, {inputs}, {beside}{answer}{ARRIVAL}, "
        f"{part(model.split)} AS __part, {order} AS __order FROM {joined} "
        f"WHERE {label} IS NOT NULL AND {_warm(joined, model)} ORDER BY __row"
    )
    if train_rows is not None:
        database.execute(
            "UPDATE divided SET __part = 'left out' WHERE __part = 'train' AND __row NOT IN "
            "(SELECT __row FROM divided WHERE __part = 'train' ORDER BY __order, __row "
            f"LIMIT {int(train_rows)})"
        )


def _warm(joined: str, model: ModelSpec) -> str:
    """Return SQL that says whether a row comes after the first days, of which features have no history."""
    if not model.split.warm_up_days or model.timestamp is None:
        return "TRUE"
    moment = f"CAST({quoted(model.timestamp)} AS TIMESTAMP)"
    return f"{moment} >= (SELECT min({moment}) FROM {joined}) + to_days({int(model.split.warm_up_days)})"


def _refuse_endless(database: DuckDBPyConnection, columns: Sequence[InputColumn]) -> None:
    """Refuse numbers without end in any part: a model that has never met one answers anything."""
    names = [column.name for column in columns if column.type == "decimal"]
    if not names:
        return
    asked = ", ".join(f"count(*) FILTER (isinf({quoted(name)}))" for name in names)
    (row,) = database.execute(f"SELECT {asked} FROM divided").fetchall()
    refuse_endless({name: int(count) for name, count in zip(names, row, strict=True)})


def _counts(database: DuckDBPyConnection, recent_arrival_id: str, model: ModelSpec) -> dict[str, PartCount]:
    """Count rows, different answers, positives and recent rows by part."""
    different = f"count(DISTINCT {LABEL})" if model.target else "1"
    positives = f"count(*) FILTER ({LABEL})" if model.problem == "binary" else "0"
    rows = database.execute(
        f"SELECT __part, count(*), {different}, {positives}, count(*) FILTER ({ARRIVAL} = ?) "
        "FROM divided GROUP BY __part",
        [recent_arrival_id],
    ).fetchall()
    return {name: PartCount(*map(int, found)) for name, *found in rows}


def _write_part(database: DuckDBPyConnection, name: str, path: Path) -> None:
    """Write one part's rows in their original order."""
    database.execute(
        f"COPY (SELECT * EXCLUDE (__row, __part, __order) FROM divided WHERE __part = '{name}' "
        f"ORDER BY __row) TO {literal(str(path))} (FORMAT parquet, COMPRESSION snappy)"
    )


def _finish(
    output: Path,
    columns: Sequence[InputColumn],
    counts: dict[str, PartCount],
    recent: str,
    *,
    dropped: int,
    history: int,
    model: ModelSpec,
) -> PreparedData:
    """Fit the preparation and write the two JSON documents."""
    rows = read_parquet(output / "train.parquet")
    preparation = fit_preparation(rows, columns, model.preparation, model.problem)
    preparation.write(output / "preparation.json")
    prepared = PreparedData(
        recent_arrival_id=recent,
        rows={name: counts[name].rows for name in PARTS},
        positives={name: counts[name].positives for name in PARTS},
        recent_test_rows=counts["test"].recent,
        dropped_without_target=dropped,
        left_out_by_train_rows=counts["left out"].rows if "left out" in counts else 0,
        left_out_as_history=history,
        input_columns=len(columns),
        matrix_columns=len(preparation.names),
    )
    (output / "recent.json").write_text(json.dumps(prepared.model_dump(), indent=1) + "\n", encoding="utf-8")
    return prepared


def _scalar(database: DuckDBPyConnection, sql: str) -> int:
    """Run a query that returns one number."""
    row: Any = database.execute(sql).fetchone()
    return int(row[0])
