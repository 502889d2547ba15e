"""One file of the offline store without one entity."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from penstock.features.offline.layout import DELETED, EVENT_TIMESTAMP
from penstock.tables import literal, quoted

if TYPE_CHECKING:
    from penstock.specs.features import Entity
    from penstock.stores import ObjectStore


class ErasedFile(BaseModel):
    """What was removed of a file.

    Attributes
    ----------
    rows
        How many rows of the entity it held.
    rows_left, bytes
        What it is now.
    moments
        The event times of the rows that counted.
    versions
        How many older versions of the object were removed.
    """

    model_config = ConfigDict(frozen=True)

    rows: int = 0
    rows_left: int
    bytes: int
    moments: tuple[str, ...] = ()
    versions: int = 0


def erase_file(
    lake: ObjectStore, key: str, entity: Entity, value: str, note: Callable[[ErasedFile], object]
) -> ErasedFile | None:
    """Write a file anew without the rows of an entity; None when it holds none.

    Parameters
    ----------
    key
        Of the object.
    value
        The entity's key, as text.
    note
        Is told what will be removed before it is: what breaks off in between finds no rows any more.
    """
    import duckdb

    column = quoted(entity.key)
    own = f"{column}::VARCHAR = (SELECT erased FROM wanted)"
    with tempfile.TemporaryDirectory() as scratch, duckdb.connect() as connection:
        path, left = Path(scratch) / "file.parquet", Path(scratch) / "left.parquet"
        lake.download(key, path)
        # Not a literal: a key may hold any character.
        connection.execute("CREATE TABLE wanted AS SELECT $1::VARCHAR AS erased", [value])
        rows = f"read_parquet({literal(str(path))}, hive_partitioning=false)"
        found = connection.execute(f"SELECT {EVENT_TIMESTAMP}, {DELETED} FROM {rows} WHERE {own}").fetchall()
        if not found:
            return None
        kept = f"SELECT * FROM {rows} WHERE {own} IS NOT TRUE"
        connection.execute("SET threads = 1")
        done: Any = connection.execute(
            f"COPY ({kept}) TO {literal(str(left))} (FORMAT parquet, COMPRESSION zstd)"
        ).fetchone()
        moments = sorted({moment.isoformat() for moment, deleted in found if not deleted})
        erased = ErasedFile(
            rows=len(found), rows_left=int(done[0]), bytes=left.stat().st_size, moments=tuple(moments)
        )
        note(erased)
        lake.upload(left, key)
        return erased
