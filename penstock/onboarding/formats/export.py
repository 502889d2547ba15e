"""A database export: several files that are one arrival, loaded one after the other."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, n0)

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import PenstockError
from penstock.onboarding.formats.loaded import Loaded
from penstock.onboarding.manifest import read_manifest, verify, verify_rows
from penstock.specs import Contract
from penstock.tables import one_thread

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

Loader = Callable[["DuckDBPyConnection", Contract, Path, Path], Loaded]
_KEPT = "file_"


def load_export(
    connection: DuckDBPyConnection, contract: Contract, manifest: Path, folder: Path, load_one: Loader
) -> Loaded:
    """Load the files that a manifest lists; rows and lines count on from file to file.

    Parameters
    ----------
    load_one
        Loads a plain or packed file of the contract's format.
    """
    listed = read_manifest(manifest)
    paths = [verify(one, manifest.parent, manifest.name) for one in listed]
    connection.execute("CREATE TABLE file_rejects (line BIGINT, raw VARCHAR, reason VARCHAR)")
    connection.execute("CREATE TABLE file_marks (row BIGINT, line BIGINT)")
    loads: list[Loaded] = []
    row = line = 0
    for number, (one, path) in enumerate(zip(listed, paths, strict=True)):
        inside = folder / f"{number}"
        inside.mkdir()
        try:
            loaded = load_one(connection, contract, path, inside)
        except PenstockError as error:
            raise type(error)(
                error.message, found=error.found, expected=error.expected,
                where=f"{one.key} of {manifest.name}", action=error.action,
            ) from error  # fmt: skip
        verify_rows(one, loaded.rows + loaded.rejected, manifest.name)
        _keep(connection, loaded, number, one.key, row=row, line=line)
        row, line = row + loaded.rows + loaded.rejected, line + loaded.lines
        contract, loads = loaded.contract, [*loads, loaded]
    return _united(connection, contract, loads)


def _keep(
    connection: DuckDBPyConnection, loaded: Loaded, number: int, key: str, *, row: int, line: int
) -> None:
    """Copy what one file left in the engine, and clear the place for the next one."""
    places = [f"c{place}" for place in range(len(loaded.contract.columns))]
    places += [f"n{place}" for place in sorted(loaded.native)]
    with one_thread(connection):
        connection.execute(
            f"CREATE TABLE {_KEPT}{number} AS SELECT {loaded.row} + {row} AS row, {', '.join(places)} "
            f"FROM {loaded.table}"
        )
        connection.execute(
            f"INSERT INTO file_rejects SELECT line + {line}, raw, $1 || reason FROM rejects ORDER BY line",
            [f"{key}: "],
        )
        connection.execute(
            f"INSERT INTO file_marks SELECT row + {row}, line + {line} FROM marks ORDER BY row"
        )
    for kind, listing in (("VIEW", "duckdb_views() WHERE NOT internal"), ("TABLE", "duckdb_tables()")):
        for (name,) in connection.execute(f"SELECT {kind}_name FROM {listing}").fetchall():
            if not name.startswith(_KEPT):
                connection.execute(f"DROP {kind} {name}")


def _united(connection: DuckDBPyConnection, contract: Contract, loads: list[Loaded]) -> Loaded:
    """Make one load of all files; a column that an earlier file has not is null there."""
    native = frozenset.intersection(*(loaded.native for loaded in loads))
    selects = []
    for number, loaded in enumerate(loads):
        width = len(loaded.contract.columns)
        texts = [f"c{p}" if p < width else f"NULL::VARCHAR AS c{p}" for p in range(len(contract.columns))]
        values = [f"n{place}" for place in sorted(native)]
        selects.append(f"SELECT row, {', '.join(texts + values)} FROM {_KEPT}{number}")
    connection.execute(f"CREATE VIEW arrived AS {' UNION ALL '.join(selects)}")
    connection.execute("CREATE VIEW rejects AS FROM file_rejects; CREATE VIEW marks AS FROM file_marks")
    missing = set.intersection(*(set(loaded.missing) for loaded in loads))
    return replace(
        loads[-1],
        rows=sum(loaded.rows for loaded in loads),
        rejected=sum(loaded.rejected for loaded in loads),
        blank=sum(loaded.blank for loaded in loads),
        contract=contract,
        table="arrived",
        row="row",
        native=native,
        added=tuple(dict.fromkeys(added for loaded in loads for added in loaded.added)),
        missing=tuple(name for name in loads[0].missing if name in missing),
    )
