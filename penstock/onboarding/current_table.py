"""The current table of change data: made again with each arrival, out of the last state and what is new."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.catalog import Catalog
from penstock.catalog.tables import TableRegistry
from penstock.errors import NotFound
from penstock.onboarding.changes import CurrentTable, current
from penstock.specs import Contract
from penstock.stores import ObjectStore

if TYPE_CHECKING:
    from collections.abc import Mapping

    from penstock.catalog.records import SnapshotHead

_MEMORY = "700MB"


def write_current(
    catalog: Catalog,
    lake: ObjectStore,
    tables: TableRegistry,
    head: SnapshotHead,
    contract: Contract,
) -> CurrentTable:
    """Write ``current/<use case>/<dataset>/snapshot=<id>/part-00000.parquet`` and let SQL see it.

    Beside it, ``current/<use case>/<dataset>/state/<id>.parquet`` keeps the last change of every key, so that
    the next arrival need not read the history again. It is read whole when arrivals were removed.

    Parameters
    ----------
    head
        The snapshot; making its table again writes the same bytes.
    contract
        With ``changes``.
    """
    place = f"current/{head.use_case}/{head.dataset}"
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        table, state = folder / "current.parquet", folder / "state.parquet"
        history = _history(catalog, lake, head, folder, f"{place}/state")
        found = current(history, contract, table, state=state, memory_limit=_MEMORY)
        lake.upload(state, f"{place}/state/{head.id}.parquet")
        lake.upload(table, f"{place}/snapshot={head.id}/part-00000.parquet")
    tables.show_current(head.use_case, head.dataset, columns=_columns(head, contract), snapshot_id=head.id)
    return found


def _columns(head: SnapshotHead, contract: Contract) -> list[Mapping[str, str]]:
    """Return the columns of the table: those of the snapshot without the operation."""
    operation = contract.changes.operation if contract.changes else ""
    return [column for column in head.columns if column["name"] != operation]


def _history(
    catalog: Catalog, lake: ObjectStore, head: SnapshotHead, folder: Path, states: str
) -> list[Path]:
    """Fetch the last state and the new objects, or all objects if there is no state."""
    files, parts = [], list(head.added)
    state = folder / "before.parquet"
    try:
        if head.removal or head.parent is None:
            raise NotFound("There is no state to go on from.")
        lake.download(f"{states}/{head.parent}.parquet", state)
        files.append(state)
    except NotFound:
        parts = list(catalog.snapshots.parts(head))
    for number, part in enumerate(parts):
        path = folder / f"{number:06d}.parquet"
        lake.download(part.key, path, version=part.version)
        files.append(path)
    return files
