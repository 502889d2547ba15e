"""Features: computed once, the same for training (offline) and for serving (online).

Everything loads on first use: a handler that plans work needs neither numpy nor Arrow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.lazy import names_from

if TYPE_CHECKING:
    from penstock.features.model_features import ModelFeatures
    from penstock.features.offline import (
        FeatureManifest,
        MaterialisedView,
        definition_digest,
        feature_manifest,
        join,
        join_sql,
        latest_rows,
        materialise,
        offline_rows,
        view_prefix,
    )
    from penstock.features.on_demand import FeaturesNotComputed, compute_columns, compute_on_demand
    from penstock.features.online import (
        CorruptFeatures,
        DynamoEntities,
        Layout,
        MemoryEntities,
        OnlineStore,
        Reconciliation,
        Retrieved,
        UnstorableFeatures,
        Written,
        layouts,
        reconcile,
    )
    from penstock.features.retrieval import CompleteRows, FeatureServer

__all__ = [
    "CompleteRows",
    "CorruptFeatures",
    "DynamoEntities",
    "FeatureManifest",
    "FeatureServer",
    "FeaturesNotComputed",
    "Layout",
    "MaterialisedView",
    "MemoryEntities",
    "ModelFeatures",
    "OnlineStore",
    "Reconciliation",
    "Retrieved",
    "UnstorableFeatures",
    "Written",
    "compute_columns",
    "compute_on_demand",
    "definition_digest",
    "feature_manifest",
    "join",
    "join_sql",
    "latest_rows",
    "layouts",
    "materialise",
    "offline_rows",
    "reconcile",
    "view_prefix",
]

_OFFLINE = (
    "FeatureManifest",
    "MaterialisedView",
    "definition_digest",
    "feature_manifest",
    "join",
    "join_sql",
    "latest_rows",
    "materialise",
    "offline_rows",
    "view_prefix",
)
_ON_DEMAND = ("FeaturesNotComputed", "compute_columns", "compute_on_demand")
_RETRIEVAL = ("CompleteRows", "FeatureServer")

_HOMES = {
    **dict.fromkeys(__all__, "online"),
    **dict.fromkeys(_OFFLINE, "offline"),
    **dict.fromkeys(_ON_DEMAND, "on_demand"),
    **dict.fromkeys(_RETRIEVAL, "retrieval"),
    "ModelFeatures": "model_features",
}

__getattr__ = names_from(__name__, _HOMES)
