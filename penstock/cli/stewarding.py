"""What the commands on quarantined rows do, without a word printed."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import InvalidSpec, NotFound

if TYPE_CHECKING:
    from penstock.platform import Platform
    from penstock.specs import Contract
    from penstock.stores import ObjectStore

_NOTES = ("line", "raw", "reasons")
"""Columns of the export that say where a row came from; they are left out when it lands again."""


def export_quarantine(platform: Platform, use_case: str, dataset: str, arrival_id: str, to: Path) -> int:
    """Write the quarantined rows of an arrival to a CSV file, and return how many there are.

    Raises
    ------
    NotFound
        There is no such arrival, or it has no quarantined rows.
    """
    from penstock.catalog import Catalog

    Catalog(platform.items("catalog")).arrival(use_case, dataset, arrival_id)
    return write_rows(platform.lake, f"quarantine/{use_case}/{dataset}/arrival={arrival_id}/", to)


def write_rows(lake: ObjectStore, prefix: str, to: Path) -> int:
    """Write the quarantined rows below a prefix to a CSV file, in the order of their lines."""
    from penstock.tables import engine, literal

    keys = [key for key in lake.keys(prefix) if key.endswith(".parquet")]
    if not keys:
        raise NotFound("The arrival has no quarantined rows.", where=prefix)
    with tempfile.TemporaryDirectory() as scratch:
        paths = [Path(scratch) / f"{number}.parquet" for number in range(len(keys))]
        for key, path in zip(keys, paths, strict=True):
            lake.download(key, path)
        with engine(beside=Path(scratch), memory_limit="1GB") as (connection, _):
            files = ", ".join(literal(str(path)) for path in paths)
            rows = (
                f"SELECT * REPLACE (array_to_string(reasons, '; ') AS reasons) FROM read_parquet([{files}])"
            )
            connection.execute(
                f"COPY ({rows} ORDER BY line) TO {literal(str(to))} (FORMAT csv, HEADER, DELIMITER ',')"
            )
            found = connection.execute(f"SELECT count(*) FROM read_parquet([{files}])").fetchall()
    return int(found[0][0])


def repair(platform: Platform, use_case: str, dataset: str, arrival_id: str, file: Path) -> str:
    """Land repaired rows under a name that tells whose they are, and return the key.

    Raises
    ------
    NotFound
        There is no such arrival.
    InvalidSpec
        The file cannot be written in the contract's format.
    """
    from penstock.catalog import Catalog
    from penstock.onboarding.landing import repair_name

    catalog = Catalog(platform.items("catalog"))
    arrival, contract = catalog.arrival(use_case, dataset, arrival_id), catalog.contract(use_case, dataset)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "repaired"
        write_repaired(contract, file, path)
        folder = f"{arrival.partition}/" if arrival.partition else ""
        key = f"{use_case}/{dataset}/{folder}{repair_name(arrival.file_name, arrival_id)}"
        platform.landing.upload(path, key)
    return key


def write_repaired(contract: Contract, file: Path, to: Path) -> None:
    """Write the rows of a repaired export as files of the dataset are written.

    Raises
    ------
    InvalidSpec
        The dataset's files are not CSV in UTF-8, or columns are missing.
    """
    from penstock.tables import engine, literal, quoted

    style = contract.format
    if style.kind != "csv" or not style.header or style.skip_lines or style.encoding.lower() != "utf-8":
        raise InvalidSpec(
            "Repaired rows can be written for CSV files in UTF-8 with a header only.",
            found=f"{style.kind}, {style.encoding}",
            action="Write a file in the contract's format yourself, with .repair-<arrival id> in its name.",
        )
    with (
        tempfile.TemporaryDirectory() as scratch,
        engine(beside=Path(scratch), memory_limit="1GB") as (connection, _),
    ):
        rows = f"read_csv({literal(str(file))}, header=true, all_varchar=true, strict_mode=true)"
        names = [one[0] for one in connection.execute(f"SELECT * FROM {rows} LIMIT 0").description or ()]
        wanted = [column.name for column in contract.columns if column.name in names]
        if missing := sorted({column.name for column in contract.columns} - {*wanted}):
            raise InvalidSpec(
                "The repaired file lacks columns.", found=", ".join(missing), where=str(file),
                action="Add them; protected columns are not in the export, and come from the source.",
            )  # fmt: skip
        for column in contract.columns:
            is_hash = f"regexp_full_match({quoted(column.name)}, '[0-9a-f]{{64}}')"
            hashed = f"SELECT count(*) FROM {rows} WHERE {is_hash}"
            if column.protect == "hash" and connection.execute(hashed).fetchall()[0][0]:
                raise InvalidSpec(
                    "The repaired file still has hashes.", found=f"in column {column.name}", where=str(file),
                    action="Fill in the values from the source; they are hashed again when they land.",
                )  # fmt: skip
        columns = ", ".join(quoted(name) for name in wanted)
        connection.execute(
            f"COPY (SELECT {columns} FROM {rows}) TO {literal(str(to))} "
            f"(FORMAT csv, HEADER, DELIMITER {literal(style.delimiter)})"
        )
