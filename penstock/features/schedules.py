"""Schedules of feature views that are materialised at set times, kept in step with what is in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.onboarding.schedules import Scheduler, keep_schedules

if TYPE_CHECKING:
    from penstock.catalog import Catalog
    from penstock.features.catalogue import FeatureCatalogue
    from penstock.stores import ItemStore


@dataclass(frozen=True)
class FeatureSchedules:
    """What the step needs.

    Parameters
    ----------
    items
        The table ``features``, which remembers the schedules that there are.
    """

    catalog: Catalog
    features: FeatureCatalogue
    items: ItemStore
    scheduler: Scheduler

    def keep(self, name: str) -> dict[str, str]:
        """Create, change and remove schedules as a use case's views in force say.

        Returns
        -------
        dict
            The expressions by view.
        """
        views = self.features.in_force(self.catalog.use_case(name)).features
        timed = {view.name: view for view in views if view.refresh.expression is not None}
        wanted = {_part(view): str(one.refresh.expression) for view, one in timed.items()}
        details = {
            _part(view): {"use_case": name, "dataset": one.dataset, "views": [view]}
            for view, one in timed.items()
        }
        keep_schedules(self.items, self.scheduler, name, wanted, details)
        return {view: wanted[_part(view)] for view in timed}


def _part(view: str) -> str:
    """Tell the schedule of a view from that of a dataset of its name."""
    return f"view.{view}"
