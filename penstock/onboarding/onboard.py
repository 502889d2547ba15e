"""Onboarding a file: every row is curated or quarantined with its reasons, or the file is refused whole."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, t0)

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import PenstockError, TooManyBadRows
from penstock.onboarding.load import Arrived, lines_of, load, with_lines
from penstock.onboarding.profile import profile
from penstock.onboarding.protect import hashed, install_key
from penstock.onboarding.report import CuratedColumn, Example, OnboardingReport, RuleResult
from penstock.quality import Outcome, bad_rows, compile_contract, scan, source
from penstock.specs import Column, Contract
from penstock.tables import engine, literal, one_thread, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

CURATED = Path("curated") / "part-00000.parquet"
QUARANTINE = Path("quarantine") / "rows.parquet"
REPORT = Path("report") / "report.json"


def onboard_file(
    *,
    contract: Contract,
    file: Path,
    output: Path,
    arrival_id: str,
    hash_key: bytes = b"",
    memory_limit: str = "1500MB",
) -> OnboardingReport:
    r"""Check a file against its contract, and write what is good, what is not, and a report.

    Parameters
    ----------
    contract
        Format, columns, rules, and the share of bad rows that is tolerated.
    file
        A CSV or Parquet file, whatever its name.
    output
        Folder for ``curated/part-00000.parquet``, ``quarantine/rows.parquet`` (absent when no row is bad) and
        ``report/report.json``. Temporary files go beside it.
    arrival_id
        Repeated in the report.
    hash_key
        Secret of the keyed hash (HMAC-SHA256) of columns with ``protect: hash``; at least 16 bytes, and
        needed only if there are such columns. The same key makes the same hashes.
    memory_limit
        What the engine may hold in memory before it spills.

    Returns
    -------
    OnboardingReport
        As written. The Parquet files depend on the file, contract and key alone, byte for byte.

    Raises
    ------
    UnreadableFile
        It is no CSV (or Parquet) file.
    EmptyFile
        It has no rows.
    SchemaMismatch
        Columns are missing, unexpected or named twice. Their order is free.
    TooManyBadRows
        The share of quarantined rows is above ``max_quarantined``, all rows are bad, or a rule of severity
        ``refuse`` is broken.
    InvalidSpec
        A rule of the contract cannot be checked.

    Notes
    -----
    A quarantined row keeps all its columns as text, its line in the file and its reasons; personal columns
    are protected there too. A line that is no record is kept as text (``raw``), its first 10,000 bytes.

    Examples
    --------
    >>> import tempfile
    >>> contract = Contract(
    ...     dataset="payments", owner="finance", steward="finance-data", purpose="forecasting",
    ...     legal_basis="contract", classification="internal", max_quarantined=0.5,
    ...     columns=[{"name": "id", "type": "string", "key": True}, {"name": "amount", "type": "decimal"}])
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "may.csv").write_text("id,amount\na,1.5\nb,ten\n")
    >>> report = onboard_file(
    ...     contract=contract, file=folder / "may.csv", output=folder / "out", arrival_id="1")
    >>> report.rows_in, report.rows_curated, report.rows_quarantined
    (2, 1, 1)
    >>> [result.examples[0].reason for result in report.rules if not result.passed]
    ["column amount: found 'ten', expected decimal"]
    """
    started = time.monotonic()
    output.mkdir(parents=True, exist_ok=True)
    with engine(beside=output.parent, memory_limit=memory_limit) as (connection, folder):
        if any(column.protect == "hash" for column in contract.columns):
            install_key(connection, hash_key)
        arrived = load(connection, contract, file, folder)
        outcomes = scan(connection, source(contract, "arrived"), compile_contract(contract))
        bad = bad_rows(connection, outcomes)
        _refuse(contract, arrived, outcomes, bad, file.name)
        _write_curated(connection, contract, output / CURATED)
        _write_quarantine(connection, contract, output / QUARANTINE, rows=bad + arrived.rejected)
        report = _report(connection, contract, output, arrived, outcomes)
    seconds = round(time.monotonic() - started, 3)
    report = report.model_copy(update={"arrival_id": arrival_id, "file_name": file.name, "seconds": seconds})
    (output / REPORT).parent.mkdir(parents=True, exist_ok=True)
    (output / REPORT).write_text(report.model_dump_json(indent=1), encoding="utf-8")
    return report


def curated_columns(contract: Contract) -> tuple[Column, ...]:
    """Return the columns of the curated data, in order: all but the dropped ones."""
    return tuple(column for column in contract.columns if column.protect != "drop")


def _refuse(contract: Contract, arrived: Arrived, outcomes: list[Outcome], bad: int, where: str) -> None:
    """Refuse the file if a refusing rule is broken or too many rows are bad."""
    for outcome in outcomes:
        if outcome.condition.severity == "refuse" and not outcome.passed:
            raise TooManyBadRows(
                f"The rule {outcome.condition.check} refuses the file.",
                found=outcome.examples[0][1],
                where=where,
                expected=f"at least {outcome.condition.mostly:.2%} of rows to pass",
                action="Correct the file.",
            )
    rows, wrong = arrived.rows + arrived.rejected, bad + arrived.rejected
    if wrong == rows or wrong / rows > contract.max_quarantined:
        raise TooManyBadRows(
            "Too many rows break the rules.",
            found=f"{wrong:,} of {rows:,} rows ({_worst(outcomes, arrived)})",
            expected=f"at most {contract.max_quarantined:.2%}",
            where=where,
            action="Correct the rows named above, or have the contract changed.",
        )


def _worst(outcomes: list[Outcome], arrived: Arrived) -> str:
    """Name what most rows are bad for, with one example each."""
    acting = [one for one in outcomes if not one.passed and one.condition.severity == "quarantine"]
    acting.sort(key=lambda outcome: -outcome.broken)
    words = [f"{worst.broken:,} {worst.condition.check}: {worst.examples[0][1]}" for worst in acting[:3]]
    broken = [f"{arrived.rejected:,} lines are no records"] if arrived.rejected else []
    return "; ".join(broken + words)


def _write_curated(connection: DuckDBPyConnection, contract: Contract, path: Path) -> None:
    """Write the good rows in the order of the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = [
        f"{hashed(f'c{place}') if column.protect == 'hash' else f't{place}'} AS {quoted(column.name)}"
        for place, column in enumerate(contract.columns)
        if column.protect != "drop"
    ]
    rows = source(contract, "arrived")
    _copy(
        connection,
        f"SELECT {', '.join(values)} FROM ({rows}) WHERE row NOT IN (SELECT row FROM bad)",
        path,
    )


def _write_quarantine(connection: DuckDBPyConnection, contract: Contract, path: Path, *, rows: int) -> None:
    """Write the bad rows as text, and the broken lines, by line; nothing if there are none."""
    path.unlink(missing_ok=True)
    if not rows:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    names = dict(_quarantine_names(contract))
    texts = [f"{_safe_text(contract, place)} AS {quoted(name)}" for place, name in names.items()]
    nothing = [f"NULL::VARCHAR AS {quoted(name)}" for name in names.values()]
    _copy(
        connection,
        f"SELECT line, NULL::VARCHAR AS raw, reasons, {', '.join(texts)} "
        f"FROM arrived JOIN ({with_lines('bad')}) AS b ON arrived.rowid = b.row UNION ALL "
        f"SELECT line, raw, [reason], {', '.join(nothing)} FROM rejects ORDER BY line",
        path,
    )


def _safe_text(contract: Contract, place: int) -> str:
    """Return a column's text, or its hash if it is protected."""
    return hashed(f"c{place}") if contract.columns[place].protect == "hash" else f"c{place}"


def _quarantine_names(contract: Contract) -> Iterable[tuple[int, str]]:
    """Yield place and name of each kept column; names that the quarantine itself uses get an underscore."""
    taken = {column.name.lower() for column in contract.columns} | {"line", "raw", "reasons"}
    for place, column in enumerate(contract.columns):
        name = column.name
        if name.lower() in {"line", "raw", "reasons"}:
            while name.lower() in taken:
                name += "_"
        if column.protect != "drop":
            yield place, name


def _copy(connection: DuckDBPyConnection, query: str, path: Path) -> None:
    """Write a query's rows to Parquet, in their order."""
    with one_thread(connection):
        connection.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")


def _report(
    connection: DuckDBPyConnection,
    contract: Contract,
    output: Path,
    arrived: Arrived,
    outcomes: list[Outcome],
) -> OnboardingReport:
    """Count what was written, and make sure that nothing is lost."""
    curated, quarantined = _rows(connection, output / CURATED), _rows(connection, output / QUARANTINE)
    rows = arrived.rows + arrived.rejected
    if rows != curated + quarantined:
        raise PenstockError(
            "Rows were lost while onboarding.",
            found=f"{curated:,} curated, {quarantined:,} quarantined",
            expected=f"{rows:,} together",
            action="Report this as a defect.",
        )
    columns = curated_columns(contract)
    return OnboardingReport(
        arrival_id="",
        file_name="",
        dataset=contract.dataset,
        rows_in=rows,
        rows_curated=curated,
        rows_quarantined=quarantined,
        blank_lines=arrived.blank,
        curated_bytes=(output / CURATED).stat().st_size,
        columns=tuple(
            CuratedColumn(name=c.name, type="string" if c.protect == "hash" else c.type) for c in columns
        ),
        rules=tuple(_results(connection, outcomes)),
        profile=tuple(profile(connection, output / CURATED, columns, rows=curated)),
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
