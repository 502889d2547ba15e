"""Which views have rows to be computed from, and never were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from penstock.features.catalogue.records import Definition

if TYPE_CHECKING:
    from penstock.catalog import Catalog
    from penstock.features.catalogue.catalogue import FeatureCatalogue


def due_views(features: FeatureCatalogue, catalog: Catalog, use_case: str) -> list[dict[str, Any]]:
    """Return the views in force that were never materialised, by dataset, each with its newest snapshot.

    It asks how things are rather than what has just changed, so that a view whose materialisation was lost
    is found again.
    """
    found: dict[str, list[Definition]] = {}
    for one in features.definitions(use_case, kind="view"):
        if one.computed and features.observed(use_case, one.name, one.version) is None:
            found.setdefault(one.dataset, []).append(one)
    due = list[dict[str, Any]]()
    for dataset, views in found.items():
        head = catalog.latest(use_case, dataset)
        if head is not None and head.part_count:
            named = sorted({one.name for one in views})
            due.append({"use_case": use_case, "dataset": dataset, "snapshot_id": head.id, "views": named})
    return due
