"""The catalogue of datasets: contracts, arrivals and snapshots."""

from penstock.catalog.catalog import Catalog
from penstock.catalog.contracts import Contracts, ContractStatus, ContractVersion
from penstock.catalog.records import (
    TRANSITIONS,
    Arrival,
    Evidence,
    Failure,
    LandedObject,
    Part,
    Removal,
    Snapshot,
    SnapshotHead,
    Status,
    snapshot_id,
)

__all__ = [
    "TRANSITIONS",
    "Arrival",
    "Catalog",
    "ContractStatus",
    "ContractVersion",
    "Contracts",
    "Evidence",
    "Failure",
    "LandedObject",
    "Part",
    "Removal",
    "Snapshot",
    "SnapshotHead",
    "Status",
    "snapshot_id",
]
