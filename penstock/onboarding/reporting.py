"""The report of an onboarded file: what was read, written, found and changed."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import PenstockError
from penstock.onboarding.evolve import Evolution
from penstock.onboarding.load import Arrived, lines_of
from penstock.onboarding.profile import write_profile
from penstock.onboarding.report import (
    AddedColumn,
    CuratedColumn,
    CuratedPart,
    EvolvedSchema,
    Example,
    OnboardingReport,
    RuleChange,
    RuleResult,
    WidenedColumn,
)
from penstock.quality import Outcome
from penstock.quality.context import Context
from penstock.quality.pipeline import Change
from penstock.specs.columns import curated_columns
from penstock.tables import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CURATED = Path("curated") / "part-00000.parquet"
QUARANTINE = Path("quarantine") / "rows.parquet"
REPORT = Path("report") / "report.json"


def describe(
    connection: DuckDBPyConnection,
    output: Path,
    arrived: Arrived,
    *,
    parts: tuple[CuratedPart, ...],
    outcomes: list[Outcome],
    changes: Iterable[Change],
) -> OnboardingReport:
    """Count what was written, make sure that nothing is lost, and put the report together.

    Raises
    ------
    PenstockError
        Rows are neither curated nor quarantined, or twice: a defect of ours.
    """
    contract, curated = arrived.contract, sum(part.rows for part in parts)
    quarantined = _rows(connection, output / QUARANTINE)
    rows = arrived.rows + arrived.rejected
    if rows != curated + quarantined:
        raise PenstockError(
            "Rows were lost while onboarding.",
            found=f"{curated:,} curated, {quarantined:,} quarantined",
            expected=f"{rows:,} together",
            action="Report this as a defect.",
        )
    columns = curated_columns(contract)
    data = [output / CURATED.with_name(part.file) for part in parts]
    return OnboardingReport(
        arrival_id="",
        file_name="",
        dataset=contract.dataset,
        rows_in=rows,
        rows_curated=curated,
        rows_quarantined=quarantined,
        blank_lines=arrived.blank,
        curated_bytes=sum(part.bytes for part in parts),
        columns=tuple(CuratedColumn(name=column.name, type=column.type) for column in columns),
        parts=parts,
        evolved=_evolved(arrived.evolution),
        rules=tuple(_results(connection, outcomes)),
        changes=tuple(_changed(changes)),
        profile=write_profile(output, data, columns),
        warnings=tuple(_warnings(connection, arrived)),
    )


def write_validation(
    output: Path, arrived: Arrived, outcomes: Sequence[Outcome], context: Context, *, seconds: float
) -> None:
    """Write what the rules found, as a document and as a page."""
    from penstock.quality.report import render
    from penstock.quality.results import Validation, result_of

    found = Validation(
        dataset=arrived.contract.dataset,
        rows=arrived.rows,
        columns=context.columns or (),
        seconds=round(seconds, 3),
        validated_at=context.now,
        row_counts=context.row_counts,
        results=tuple(map(result_of, outcomes)),
    )
    folder = (output / REPORT).parent
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "validation.json").write_text(found.model_dump_json(), encoding="utf-8")
    (folder / "report.html").write_text(render(found), encoding="utf-8")


def _evolved(evolution: Evolution) -> EvolvedSchema:
    """Turn what evolved into a part of the report."""
    return EvolvedSchema(
        added=tuple(AddedColumn(name=new, original=old) for old, new in evolution.added),
        missing=evolution.missing,
        widened=tuple(
            WidenedColumn(name=one.column, declared=one.declared, found=one.found)
            for one in evolution.widened
        ),
    )


def _rows(connection: DuckDBPyConnection, path: Path) -> int:
    """Return the number of rows that a Parquet file says it has, 0 when there is no file."""
    if not path.exists():
        return 0
    query = f"SELECT count(*) FROM read_parquet({literal(str(path))})"
    return int(connection.execute(query).fetchall()[0][0])


def _results(connection: DuckDBPyConnection, outcomes: list[Outcome]) -> Iterable[RuleResult]:
    """Turn outcomes into results, with lines in place of rows."""
    rows = [row for outcome in outcomes for row, _ in outcome.examples if row is not None]
    lines = lines_of(connection, rows) if rows else {}
    for outcome in outcomes:
        condition = outcome.condition
        yield RuleResult(
            check=condition.check,
            columns=condition.columns,
            severity=condition.severity,
            mostly=condition.mostly,
            rows=outcome.rows,
            broken=outcome.broken,
            passed=outcome.passed,
            examples=tuple(
                Example(line=None if row is None else lines[row], reason=reason)
                for row, reason in outcome.examples
            ),
        )


def _changed(changes: Iterable[Change]) -> Iterator[RuleChange]:
    """Turn changes into parts of the report."""
    for change in changes:
        yield RuleChange(kind=change.kind, rule=change.rule, columns=change.columns, rows=change.rows)


def _warnings(connection: DuckDBPyConnection, arrived: Arrived) -> Iterator[str]:
    """Say which columns look personal though the contract does not call them so."""
    from penstock.catalog.classification import classify_table, undeclared

    contract = arrived.contract
    texts = {column.name: f"c{place}" for place, column in enumerate(contract.columns)}
    found = classify_table(connection, f"({arrived.source})", texts, row="row")
    for one in undeclared(contract, found):
        yield f"column {one.column}: {one.reason}"
