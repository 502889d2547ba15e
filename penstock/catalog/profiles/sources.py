"""Files of any kind as sources."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

from penstock.catalog.profiles.subjects import Source
from penstock.errors import UnreadableFile
from penstock.tables import engine, literal

_READERS = {"read_csv": {".csv", ".tsv", ".txt"}, "read_json": {".json", ".jsonl", ".ndjson"}}


def open_source(path: Path) -> Source:
    """Open a Parquet file, by pyarrow where it is installed."""
    if find_spec("pyarrow") is None:
        from penstock.catalog.profiles.engine_source import EngineSource

        return EngineSource.open(path)
    from penstock.catalog.profiles.arrow_source import ArrowSource

    return ArrowSource.open(path)


def as_parquet(path: Path, folder: Path, *, memory_limit: str) -> Path:
    """Return a Parquet file as it is, and a CSV or JSON file as a Parquet file in a folder."""
    suffixes = {suffix.lower() for suffix in path.suffixes}
    reader = next((name for name, known in _READERS.items() if known & suffixes), None)
    if reader is None:
        return path
    import duckdb

    copy = folder / f"{len(list(folder.iterdir())):06}.parquet"
    scan = f"{reader}({literal(str(path))}, sample_size = -1)"
    with engine(beside=folder, memory_limit=memory_limit) as (connection, _):
        try:
            connection.execute(f"COPY (FROM {scan}) TO {literal(str(copy))} (FORMAT parquet)")
        except duckdb.Error as error:
            raise UnreadableFile(
                "The file cannot be read.",
                found=str(error).split("\n", 1)[0],
                where=str(path),
                action="Correct the file, or onboard it with a contract that says how it is written.",
            ) from error
    return copy
