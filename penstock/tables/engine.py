"""A DuckDB engine that stays inside its memory limit by spilling to a folder of its own."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


@contextmanager
def engine(
    *, beside: Path, memory_limit: str = "2GB", threads: int | None = None
) -> Iterator[tuple[DuckDBPyConnection, Path]]:
    """Open an engine on a database in a temporary folder, which is removed at the end.

    Parameters
    ----------
    beside
        An existing folder on a disk with room; the temporary folder is created in it.
    memory_limit
        What DuckDB may hold in memory, such as ``"2GB"``; the rest is spilled.
    threads
        Number of threads; all cores when None.

    Yields
    ------
    tuple
        The connection, and the temporary folder for other intermediate files. Times are read and
        written as UTC, rows keep their order, and nothing is downloaded.

    Examples
    --------
    >>> with engine(beside=Path(tempfile.gettempdir())) as (connection, folder):
    ...     connection.execute("SELECT 6 * 7").fetchall()
    [(42,)]
    """
    import duckdb

    folder = Path(tempfile.mkdtemp(prefix=".engine-", dir=beside))
    settings: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": memory_limit,
        "temp_directory": str(folder / "spill"),
        "preserve_insertion_order": True,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    if threads:
        settings["threads"] = threads
    try:
        with duckdb.connect(str(folder / "tables.duckdb"), config=settings) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            with suppress(duckdb.InvalidInputException):  # a notebook without widgets has no bar to hide
                connection.execute("SET enable_progress_bar = FALSE")
            yield connection, folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def one_thread(connection: DuckDBPyConnection) -> Iterator[None]:
    """Let the engine work in one thread: several cut a table's and a Parquet file's row groups by chance.

    Examples
    --------
    >>> with engine(beside=Path(tempfile.gettempdir())) as (connection, _), one_thread(connection):
    ...     connection.execute("SELECT current_setting('threads')").fetchall()
    [(1,)]
    """
    before = int(connection.execute("SELECT current_setting('threads')").fetchall()[0][0])
    connection.execute("SET threads = 1")
    try:
        yield
    finally:
        connection.execute(f"SET threads = {before}")
