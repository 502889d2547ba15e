"""Make invoice files with a known mechanism, the same bytes for the same seed.

Run ``python -m examples.late_invoices.generate --rows 200000 --output build/invoices``.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute

from examples.late_invoices.mechanism import (
    COUNTRIES,
    FIRST_DAY,
    INDUSTRIES,
    Customers,
    Invoices,
    customers,
    invoices,
)
from examples.late_invoices.texts import emails, names, notes

pc: Any = pyarrow.compute

CHUNK = 100_000
COLUMNS = (
    "invoice_id", "customer_id", "customer_name", "customer_email", "country", "industry", "issued_on",
    "due_on", "settled_on", "terms_days", "amount", "discount_percent", "line_count", "disputed",
    "issue_month", "note", "days_late",
)  # fmt: skip
_FLAWED = 0.005
"""Share of rows that break a rule."""


def generate(rows: int, months: int, seed: int, output: Path, drift_from: int | None = None) -> list[Path]:
    """Write one CSV file a month.

    Parameters
    ----------
    rows
        Rows of all files together.
    months
        Number of files; the first is January 2025.
    seed
        The same seed makes the same files.
    output
        Folder for ``invoices_2025_01.csv`` and so on.
    drift_from
        The first month (from 1) of a changed world: other countries, longer terms, larger amounts, and the
        effects of terms and country turned round. None: no drift.

    Returns
    -------
    list of Path
        The files in the order of their months.

    Notes
    -----
    Memory does not grow with ``rows``. About 0.5 % of the rows break a rule of the contract.

    Examples
    --------
    >>> import tempfile
    >>> files = generate(1000, 2, seed=7, output=Path(tempfile.mkdtemp()))
    >>> [file.name for file in files]
    ['invoices_2025_01.csv', 'invoices_2025_02.csv']
    """
    output.mkdir(parents=True, exist_ok=True)
    world, files = customers(rows, seed), []
    people = (names(world.names.tolist()), emails(world.names.tolist()))
    for month, count in enumerate(rows_by_month(rows, months), start=1):
        files.append(output / f"invoices_{str(FIRST_DAY + (month - 1)).replace('-', '_')}.csv")
        with files[-1].open("wb") as stream:
            stream.write((",".join(COLUMNS) + "\n").encode())
            for first, drawn, random in draw_month(
                world, count, month=month, seed=seed, drift_from=drift_from
            ):
                table = _flawed(_table(drawn, people, month=month, first=first, random=random), random)
                stream.write(_csv(table))
    return files


def ceiling(rows: int, months: int, seed: int, drift_from: int | None = None) -> float:
    """Return the AUC of the true probability: no model of these invoices can rank them better.

    Parameters
    ----------
    rows, months, seed, drift_from
        As :func:`generate` takes them.

    Examples
    --------
    >>> 0.80 < ceiling(20_000, 6, seed=7) < 0.86
    True
    """
    world, bins = customers(rows, seed), np.zeros((2, 20_001))
    for month, count in enumerate(rows_by_month(rows, months), start=1):
        for _, drawn, _ in draw_month(world, count, month=month, seed=seed, drift_from=drift_from):
            place = (drawn.probability * 20_000).astype(np.int64)
            np.add.at(bins, (drawn.late.astype(np.int64), place), 1)
    on_time, late = bins
    below = np.cumsum(on_time) - on_time / 2
    return float((late * below).sum() / (late.sum() * on_time.sum()))


def live(
    rows: int, seed: int, *, drift: bool, month: int = 7, of_rows: int = 200_000, labelled: bool = False
) -> list[dict[str, Any]]:
    """Return open invoices to predict, as plain values by column.

    Parameters
    ----------
    rows
        How many.
    seed, of_rows
        Those of the files, so that the customers are the same.
    drift
        Whether the world has changed.
    month
        Month of issue; 7 is the one after the first half-year.
    labelled
        Add ``days_late``, which is known later.

    Examples
    --------
    >>> live(1, seed=7, drift=False)[0]["issue_month"]
    7
    """
    world, random = customers(of_rows, seed), np.random.default_rng([seed, 1_000 + month, int(drift)])
    drawn = invoices(world, rows, month=month, drift=drift, random=random)
    people = (names(world.names.tolist()), emails(world.names.tolist()))
    table = _table(drawn, people, month=month, first=0, random=random)
    ids = [f"OPEN-{month:02d}-{number:06d}" for number in range(rows)]
    hidden = {"invoice_id", "customer_name", "customer_email", "note", "settled_on"}
    kept = table.drop_columns(sorted(hidden if labelled else {*hidden, "days_late"}))
    plain = kept.set_column(kept.column_names.index("amount"), "amount", pa.array(drawn.amount)).to_pylist()
    return [{"invoice_id": number, **_typed(row)} for number, row in zip(ids, plain, strict=True)]


def _typed(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as JSON can carry it, numbers as numbers."""
    kinds = {"terms_days": int, "discount_percent": float}
    return {
        name: kinds[name](value) if name in kinds and value is not None else value
        for name, value in row.items()
    }


def rows_by_month(rows: int, months: int) -> list[int]:
    """Divide rows over months as evenly as can be."""
    return [rows // months + (month < rows % months) for month in range(months)]


def draw_month(
    world: Customers, rows: int, *, month: int, seed: int, drift_from: int | None
) -> Iterator[tuple[int, Invoices, np.random.Generator]]:
    """Yield a month's invoices in chunks, each from its own generator, with the number of the first."""
    drift = drift_from is not None and month >= drift_from
    for first in range(0, rows, CHUNK):
        random = np.random.default_rng([seed, month, first])
        yield (
            first,
            invoices(world, min(CHUNK, rows - first), month=month, drift=drift, random=random),
            random,
        )


def _table(
    drawn: Invoices, people: tuple[pa.Array, pa.Array], *, month: int, first: int, random: np.random.Generator
) -> pa.Table:
    """Return invoices as the ledger exports them, still without a flaw."""
    rows, start = len(drawn.customer), (FIRST_DAY + (month - 1)).astype("datetime64[D]")
    issued = start + drawn.day
    due = issued + drawn.terms
    number = pc.utf8_lpad(pa.array(np.arange(first, first + rows)).cast(pa.string()), 7, "0")
    calendar = (month - 1) % 12 + 1
    columns = [
        pc.binary_join_element_wise(f"INV-{2025 + (month - 1) // 12}{calendar:02d}", number, "-"),
        pc.binary_join_element_wise(
            "C", pc.utf8_lpad(pa.array(drawn.customer).cast(pa.string()), 6, "0"), ""
        ),
        people[0].take(pa.array(drawn.customer)),
        _some_missing(people[1].take(pa.array(drawn.customer)), 0.03, random),
        pa.array(COUNTRIES).take(pa.array(drawn.country)),
        _some_missing(pa.array(INDUSTRIES).take(pa.array(drawn.industry)), 0.02, random),
        _days(issued),
        _days(due),
        _days(due + drawn.days_late),
        pa.array(drawn.terms).cast(pa.string()),
        pa.array(drawn.amount).cast(pa.string()),
        _some_missing(pa.array(drawn.discount).cast(pa.string()), 0.3, random),
        pa.array(drawn.lines),
        pa.array(drawn.disputed),
        pa.array(np.full(rows, calendar)),
        _some_missing(notes().take(pa.array(random.integers(len(notes()), size=rows))), 0.6, random),
        pa.array(drawn.days_late),
    ]
    return pa.table(dict(zip(COLUMNS, columns, strict=True)))


def _csv(table: pa.Table) -> bytes:
    """Return rows as CSV, with quotes where they are needed, and an empty field for null."""
    texts = {name: table[name].combine_chunks().cast(pa.string()) for name in COLUMNS}
    note = texts["note"]
    escaped = pc.binary_join_element_wise("", pc.replace_substring(note, '"', '""'), "", '"')
    texts["note"] = pc.if_else(pc.match_substring_regex(note, '[,"\\n]'), escaped, note)
    lines = pc.binary_join_element_wise(*texts.values(), ",", null_handling="replace", null_replacement="")
    ended = pc.binary_join_element_wise(lines, "", "\n")
    whole = pc.binary_join(pa.ListArray.from_arrays(pa.array([0, len(ended)], pa.int32()), ended), "")
    content: bytes = whole[0].as_py().encode()
    return content


def _days(values: np.ndarray[Any, np.dtype[Any]]) -> pa.Array:
    """Return days as ISO 8601 text."""
    return pa.array(values).cast(pa.string())


def _some_missing(values: pa.Array, share: float, random: np.random.Generator) -> pa.Array:
    """Return the values with a share of them null."""
    return pc.if_else(pa.array(random.random(len(values)) < share), None, values)


def _flawed(table: pa.Table, random: np.random.Generator) -> pa.Table:
    """Spoil a few rows, each in one way, so that every rule of the contract is broken."""
    rows, flaws = len(table), list(_FLAWS)
    kind = np.where(random.random(rows) < _FLAWED, random.integers(len(flaws), size=rows), -1)
    kind[0] = -1
    for place, (column, value) in enumerate(flaws):
        spoilt = pa.array(kind == place)
        values = table[column].combine_chunks()
        wrong = _previous(values) if value == "previous" else pa.scalar(value, pa.string())
        at = table.column_names.index(column)
        table = table.set_column(at, column, pc.if_else(spoilt, wrong, values.cast(pa.string())))
    return table


_FLAWS: tuple[tuple[str, str | None], ...] = (
    ("invoice_id", "previous"),
    ("invoice_id", None),
    ("customer_id", None),
    ("amount", None),
    ("amount", "-12.5"),
    ("amount", "n/a"),
    ("terms_days", "365"),
    ("discount_percent", "250"),
    ("country", "XX"),
    ("customer_email", "not an address"),
    ("due_on", "2024-12-01"),
    ("issued_on", "31.02.2025"),
    ("days_late", None),
)
"""Column and what it wrongly holds; the first repeats the number of the invoice before it."""


def _previous(values: pa.Array) -> pa.Array:
    """Return each row's predecessor."""
    return values.take(pa.array(np.maximum(np.arange(len(values)) - 1, 0)))


def main() -> None:
    """Write the files that the command line asks for, and say what they hold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=200_000, help="rows of all files together (200000)")
    parser.add_argument("--months", type=int, default=7, help="number of files (7)")
    parser.add_argument("--drift-from", type=int, default=None, help="first month of a changed world (none)")
    parser.add_argument("--seed", type=int, default=7, help="the same seed makes the same files (7)")
    parser.add_argument("--output", type=Path, required=True, help="folder for the files")
    asked = parser.parse_args()
    for file in generate(asked.rows, asked.months, asked.seed, asked.output, asked.drift_from):
        print(f"{file}  {file.stat().st_size / 1e6:.1f} MB")
    print(f"best possible AUC: {ceiling(asked.rows, asked.months, asked.seed, asked.drift_from):.3f}")


if __name__ == "__main__":
    main()
