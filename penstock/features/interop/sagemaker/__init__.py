"""SageMaker Feature Store: groups, records and the offline store's files, both ways, without its SDK."""

from penstock.features.interop.sagemaker.groups import (
    FeatureGroup,
    creation_request,
    feature_group,
    read_group,
)
from penstock.features.interop.sagemaker.reading import read_offline
from penstock.features.interop.sagemaker.records import from_record, to_record
from penstock.features.interop.sagemaker.writing import WrittenFile, write_offline

__all__ = [
    "FeatureGroup",
    "WrittenFile",
    "creation_request",
    "feature_group",
    "from_record",
    "read_group",
    "read_offline",
    "to_record",
    "write_offline",
]
