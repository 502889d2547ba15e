"""Feast: a repository written, a registry read, without Feast."""

from penstock.features.interop.feast.known import copy_rows
from penstock.features.interop.feast.registry import ImportedFeatures, from_feast
from penstock.features.interop.feast.repository import FeastRepository, to_feast

__all__ = ["FeastRepository", "ImportedFeatures", "copy_rows", "from_feast", "to_feast"]
