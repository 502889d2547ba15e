"""Manifests of the offline store, as objects: which files are a view, and what a part has written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from penstock.features.offline import FeatureFile, FeatureManifest

if TYPE_CHECKING:
    from penstock.features.materialisations import ViewPlace
    from penstock.stores import ObjectStore

_JSON = "application/json"


class PartManifest(BaseModel):
    """What one part of a backfill has written."""

    model_config = ConfigDict(frozen=True)

    files: tuple[FeatureFile, ...]
    source: dict[str, int]


def read_feature_manifest(lake: ObjectStore, place: ViewPlace, identifier: str) -> FeatureManifest:
    """Read which files a write has made a view of."""
    return FeatureManifest.model_validate_json(lake.read(place.manifest(identifier)))


def write_feature_manifest(
    lake: ObjectStore, place: ViewPlace, identifier: str, manifest: FeatureManifest
) -> None:
    """Write which files a view is made of."""
    lake.write(place.manifest(identifier), manifest.model_dump_json().encode(), content_type=_JSON)


def read_part(lake: ObjectStore, place: ViewPlace, identifier: str, part: int) -> PartManifest:
    """Read what a part of a backfill has written."""
    return PartManifest.model_validate_json(lake.read(_part(place, identifier, part)))


def write_part(
    lake: ObjectStore, place: ViewPlace, identifier: str, part: int, manifest: PartManifest
) -> None:
    """Write what a part of a backfill has written."""
    data = manifest.model_dump_json().encode()
    lake.write(_part(place, identifier, part), data, content_type=_JSON)


def _part(place: ViewPlace, identifier: str, part: int) -> str:
    return f"{place.prefix}/manifests/parts/{identifier}/{part:05d}.json"
