"""Which features a run learns from: the files that its views are made of, pinned when it is planned."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from penstock.errors import FeaturesPending, TrainingRefused
from penstock.features.manifests import read_feature_manifest
from penstock.features.materialisations import Materialisations, ViewPlace
from penstock.features.steps import features_node
from penstock.platform.jobs import manifest
from penstock.specs import FeatureView, OnDemandFeature

if TYPE_CHECKING:
    from penstock.catalog import Catalog, SnapshotHead
    from penstock.specs import UseCase
    from penstock.stores import ObjectStore


class PinnedView(BaseModel):
    """A view that a run uses, as one write has left it.

    Attributes
    ----------
    view
        With those features alone that the model takes.
    materialisation
        Id of the write.
    snapshot_id
        Of the view's dataset.
    """

    model_config = ConfigDict(frozen=True)

    use_case: str
    view: FeatureView
    materialisation: str
    snapshot_id: str

    @property
    def place(self) -> ViewPlace:
        """Where the view's records and objects are."""
        return ViewPlace(self.use_case, self.view.name, self.view.version)

    @property
    def node(self) -> str:
        """The node of the lineage."""
        return features_node(self.place, self.materialisation)


class RunFeatures(BaseModel):
    """All features of a run, as they are kept with it."""

    model_config = ConfigDict(frozen=True)

    views: tuple[PinnedView, ...]
    on_demand: tuple[OnDemandFeature, ...] = ()
    service: str | None = None

    def manifest(self, lake: ObjectStore, use_case: str) -> bytes:
        """Return SageMaker's manifest of the files; a job finds them in one folder a view."""
        home = f"features/{use_case}"
        keys = [key.removeprefix(f"{home}/") for key in self._keys(lake)]
        return manifest(f"{lake.uri}/{home}", keys)

    def _keys(self, lake: ObjectStore) -> Iterator[str]:
        for one in self.views:
            found = read_feature_manifest(lake, one.place, one.materialisation)
            yield from (file.key for file in found.files)


def pin_views(
    catalog: Catalog, known: Materialisations, use_case: UseCase, head: SnapshotHead
) -> tuple[PinnedView, ...]:
    """Pin each view that the model uses to its newest write.

    Parameters
    ----------
    head
        The newest snapshot of the model's dataset.

    Raises
    ------
    FeaturesPending
        Features of the newest rows are still being made.
    TrainingRefused
        A view's dataset has no data.
    """
    return tuple(_pinned(catalog, known, use_case, view, head) for view in use_case.model_views)


def _pinned(
    catalog: Catalog, known: Materialisations, use_case: UseCase, view: FeatureView, head: SnapshotHead
) -> PinnedView:
    """Pin one view."""
    own = head if view.dataset == head.dataset else catalog.latest(use_case.name, view.dataset)
    if own is None:
        raise TrainingRefused(
            f"Feature view {view.name!r} has no data.",
            where=use_case.name,
            action=f"Upload a file of {view.dataset!r} first: penstock upload.",
        )
    newest = known.newest(ViewPlace(use_case.name, view.name, view.version))
    # One with a schedule is as new as its schedule makes it.
    if newest is None or (view.refresh.kind == "arrival" and newest.snapshot_id != own.id):
        raise FeaturesPending(
            "Features of the newest rows are still being made.",
            expected=f"{view.name} version {view.version} of snapshot {own.id}",
            action="The training waits for them; see: penstock executions --workflow features.",
        )
    return PinnedView(
        use_case=use_case.name, view=view, materialisation=newest.id, snapshot_id=newest.snapshot_id
    )
