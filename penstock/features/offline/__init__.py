"""The offline store: features of the past, as they were known at each moment."""

from penstock.features.offline.join import join
from penstock.features.offline.join_sql import join_sql
from penstock.features.offline.layout import EVENT_TIMESTAMP, partition_keys, stored_columns, view_prefix
from penstock.features.offline.manifest import (
    FeatureFile,
    FeatureManifest,
    definition_digest,
    feature_manifest,
    refuse_changed,
)
from penstock.features.offline.materialise import MaterialisedView, WrittenFile, materialise
from penstock.features.offline.rows import latest_rows, offline_rows
from penstock.features.offline.source import SourceRows
from penstock.features.offline.statistics import FeatureStatistics, ViewStatistics

__all__ = [
    "EVENT_TIMESTAMP",
    "FeatureFile",
    "FeatureManifest",
    "FeatureStatistics",
    "MaterialisedView",
    "SourceRows",
    "ViewStatistics",
    "WrittenFile",
    "definition_digest",
    "feature_manifest",
    "join",
    "join_sql",
    "latest_rows",
    "materialise",
    "offline_rows",
    "partition_keys",
    "refuse_changed",
    "stored_columns",
    "view_prefix",
]
