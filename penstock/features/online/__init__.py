"""The online store: the newest features of each entity, packed in one item."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.lazy import names_from

if TYPE_CHECKING:
    from penstock.features.online.dynamo import DynamoEntities
    from penstock.features.online.entities import Change, EntityTable, MemoryEntities, Stored
    from penstock.features.online.errors import CorruptFeatures, UnstorableFeatures
    from penstock.features.online.layout import Layout, layouts
    from penstock.features.online.reconciling import Reconciliation, reconcile
    from penstock.features.online.store import OnlineStore, Retrieved, Written

__all__ = [
    "Change",
    "CorruptFeatures",
    "DynamoEntities",
    "EntityTable",
    "Layout",
    "MemoryEntities",
    "OnlineStore",
    "Reconciliation",
    "Retrieved",
    "Stored",
    "UnstorableFeatures",
    "Written",
    "layouts",
    "reconcile",
]

_HOMES = {
    "Change": "entities",
    "CorruptFeatures": "errors",
    "DynamoEntities": "dynamo",
    "EntityTable": "entities",
    "Layout": "layout",
    "MemoryEntities": "entities",
    "OnlineStore": "store",
    "Reconciliation": "reconciling",
    "Retrieved": "store",
    "Stored": "entities",
    "UnstorableFeatures": "errors",
    "Written": "store",
    "layouts": "layout",
    "reconcile": "reconciling",
}

__getattr__ = names_from(__name__, _HOMES)
