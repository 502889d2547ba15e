"""Onboarding a file: every row is curated or quarantined with its reasons, or the file is refused whole."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, t0)

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import TooManyBadRows
from penstock.onboarding.load import Arrived, load, with_lines
from penstock.onboarding.partitions import write_parts
from penstock.onboarding.protect import (
    changes_by_protection,
    curated_values,
    needs_key,
    protected_texts,
    protections,
)
from penstock.onboarding.report import CuratedPart, OnboardingReport
from penstock.onboarding.reporting import CURATED, QUARANTINE, REPORT, describe, write_validation
from penstock.quality import Outcome, bad_rows, compile_contract, scan
from penstock.quality.context import Context
from penstock.quality.keyed import install_key
from penstock.quality.pipeline import transform
from penstock.specs import Contract
from penstock.specs.columns import curated_columns
from penstock.tables import engine, literal, one_thread, quoted

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def onboard_file(
    *,
    contract: Contract,
    file: Path,
    output: Path,
    arrival_id: str,
    hash_key: bytes = b"",
    references: Mapping[str, Sequence[Path]] | None = None,
    context: Context | None = None,
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
        ``report/``: ``report.json``, ``profile.json``, ``validation.json`` and, for people, ``report.html``.
        Temporary files go beside it.
    arrival_id
        Repeated in the report.
    hash_key
        Secret of keyed hashes (HMAC-SHA256) and tokens; at least 16 bytes, and needed only if
        :func:`~penstock.onboarding.needs_key` says so. The same key makes the same hashes.
    references
        Parquet files of the current snapshot of each dataset that
        :func:`~penstock.quality.references_needed` names.
    context
        What checks need beside the rows: history, the last profile, reference data, the time.
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
        A rule of the contract cannot be applied, or reference data are missing.

    Notes
    -----
    A quarantined row keeps all its columns as they arrived, its line in the file and its reasons; protected
    columns are protected there too. A line that is no record is kept as text (``raw``), its first 10,000
    bytes; of a dataset with protected columns only its length is told.

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
        if needs_key(contract):
            install_key(connection, hash_key)
        arrived = load(connection, contract, file, folder)
        contract = arrived.contract
        after = transform(connection, contract, arrived.source, references)
        rows = after.rows
        known = _known(context or Context(), arrived)
        checks = compile_contract(contract, known)
        outcomes = scan(connection, rows, [*checks, *after.conditions])
        bad = bad_rows(connection, outcomes)
        _refuse(contract, arrived, outcomes, bad, file.name)
        parts = _write_curated(connection, contract, rows, output / CURATED.parent, where=file.name)
        _write_quarantine(connection, arrived, rows, output / QUARANTINE, bad=bad)
        changes = [*after.changes, *changes_by_protection(connection, contract, rows)]
        report = describe(connection, output, arrived, parts=parts, outcomes=outcomes, changes=changes)
        write_validation(output, arrived, outcomes, known, seconds=time.monotonic() - started)
    seconds = round(time.monotonic() - started, 3)
    report = report.model_copy(update={"arrival_id": arrival_id, "file_name": file.name, "seconds": seconds})
    (output / REPORT).parent.mkdir(parents=True, exist_ok=True)
    (output / REPORT).write_text(report.model_dump_json(indent=1), encoding="utf-8")
    return report


def _known(context: Context, arrived: Arrived) -> Context:
    """Add the file's columns, in the order of the contract, to what is known beside the rows."""
    there = [column.name for column in arrived.contract.columns]
    names = tuple(name for name in there if name not in arrived.evolution.missing)
    return context if context.columns is not None else replace(context, columns=names)


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


def _write_curated(
    connection: DuckDBPyConnection, contract: Contract, rows: str, folder: Path, *, where: str
) -> tuple[CuratedPart, ...]:
    """Write the good rows in the order of the file."""
    values = ", ".join(curated_values(contract))
    query = f'SELECT row AS "#row", {values} FROM ({rows}) WHERE row NOT IN (SELECT row FROM bad)'
    return write_parts(connection, contract, query, folder, where=where)


def _write_quarantine(
    connection: DuckDBPyConnection, arrived: Arrived, rows: str, path: Path, *, bad: int
) -> None:
    """Write the bad rows as text, and the broken lines, by line; nothing if there are none."""
    path.unlink(missing_ok=True)
    if not bad + arrived.rejected:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    contract, names = arrived.contract, dict(_quarantine_names(arrived.contract))
    safe = protected_texts(contract)
    columns = {place: contract.columns[place].name for place in names}
    texts = [
        f"{f'p.p{place}' if columns[place] in safe else f'a.c{place}'} AS {quoted(name)}"
        for place, name in names.items()
    ]
    hidden = "".join(f", {safe[name]} AS p{place}" for place, name in columns.items() if name in safe)
    beside = f"JOIN (SELECT row{hidden} FROM ({rows})) AS p ON p.row = b.row " if hidden else ""
    raw = "'(protected: ' || length(raw) || ' characters)'" if protections(contract) else "raw"
    nothing = [f"NULL::VARCHAR AS {quoted(name)}" for name in names.values()]
    _copy(
        connection,
        f"SELECT line, NULL::VARCHAR AS raw, reasons, {', '.join(texts)} "
        f"FROM ({arrived.source}) AS a JOIN ({with_lines('bad')}) AS b ON a.row = b.row {beside}UNION ALL "
        f"SELECT line, {raw}, [reason], {', '.join(nothing)} FROM rejects ORDER BY line",
        path,
    )


def _quarantine_names(contract: Contract) -> Iterable[tuple[int, str]]:
    """Yield place and name of each kept column; names that the quarantine itself uses get an underscore."""
    kept = {column.name for column in curated_columns(contract)}
    taken = {column.name.lower() for column in contract.columns} | {"line", "raw", "reasons"}
    for place, column in enumerate(contract.columns):
        name = column.name
        if name.lower() in {"line", "raw", "reasons"}:
            while name.lower() in taken:
                name += "_"
        if column.name in kept:
            yield place, name


def _copy(connection: DuckDBPyConnection, query: str, path: Path) -> None:
    """Write a query's rows to Parquet, in their order."""
    with one_thread(connection):
        connection.execute(f"COPY ({query}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)")
