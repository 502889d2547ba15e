"""The catalogue of datasets: contracts, arrivals and snapshots."""

from penstock.catalog.catalog import Catalog
from penstock.catalog.records import (
    TRANSITIONS,
    Arrival,
    Failure,
    LandedObject,
    Part,
    Snapshot,
    Status,
    snapshot_id,
)

__all__ = [
    "TRANSITIONS",
    "Arrival",
    "Catalog",
    "Failure",
    "LandedObject",
    "Part",
    "Snapshot",
    "Status",
    "snapshot_id",
]
