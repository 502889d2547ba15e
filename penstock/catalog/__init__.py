"""The catalogue of datasets: contracts, arrivals and snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.lazy import names_from

if TYPE_CHECKING:
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

_CONTRACTS = ("Contracts", "ContractStatus", "ContractVersion")
_HOMES = dict.fromkeys(__all__, "records") | dict.fromkeys(_CONTRACTS, "contracts") | {"Catalog": "catalog"}

__getattr__ = names_from(__name__, _HOMES)
