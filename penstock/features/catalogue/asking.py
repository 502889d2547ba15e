"""The feature catalogue of a deployed platform, from a notebook or the command line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from penstock.features.catalogue.catalogue import FeatureCatalogue
from penstock.features.catalogue.impacts import Impact, impact
from penstock.features.catalogue.observing import Freshness
from penstock.features.catalogue.records import Definition, Status

if TYPE_CHECKING:
    from penstock.platform import Platform


def feature_catalogue(platform: Platform) -> FeatureCatalogue:
    """Return the catalogue of a platform; one may read what the session's role may.

    Examples
    --------
    ::

        catalogue = feature_catalogue(platform)
        catalogue.find("late_invoices", "customer_history").status
    """
    return FeatureCatalogue(platform.items("features"))


def change_features(
    platform: Platform,
    action: str,
    use_case: str,
    names: Iterable[str] = (),
    *,
    reason: str,
    replaced_by: str = "",
) -> dict[str, Any]:
    """Approve, reject, deprecate, restore or retire features in the name of the session's person.

    Parameters
    ----------
    names
        References such as ``customer_history@2``; none for all that waits, with ``approve`` and ``reject``.

    Raises
    ------
    PenstockError
        As :meth:`FeatureStewardship.ask`.
    """
    request = {"action": action, "use_case": use_case, "names": list(names), "reason": reason,
               "replaced_by": replaced_by}  # fmt: skip
    return platform.call("steward_feature", request)


def impact_on(platform: Platform, use_case: str, reference: str) -> Impact:
    """Return what would break without a definition, or without a feature of a view."""
    from penstock.catalog import Catalog
    from penstock.models import ModelRepository

    catalog, models = Catalog(platform.items("catalog")), ModelRepository(platform.items("models"))
    declared = catalog.use_case(use_case)
    return impact(
        feature_catalogue(platform), models, use_case, reference, declared=declared, lineage=catalog.lineage
    )


def freshness_of(platform: Platform, use_case: str = "", view: str = "") -> list[Freshness]:
    """Return how fresh the views in force are: all, those of a use case, or one."""
    from penstock.catalog import Catalog

    catalog, catalogue = Catalog(platform.items("catalog")), feature_catalogue(platform)
    now, found = datetime.now(UTC).isoformat(), []
    for one in newest(catalogue.definitions(use_case, kind="view")):
        if one.computed and view in {"", one.name}:
            head = catalog.latest(one.use_case, one.dataset)
            snapshot = head.id if head is not None and head.part_count else ""
            said = catalogue.view(one.use_case, one.name, one.version)
            found.append(catalogue.freshness(one.use_case, said, now=now, newest_snapshot=snapshot))
    return found


def newest(found: Iterable[Definition]) -> list[Definition]:
    """Return of each name what is or was in force last, and what waits; the rest is left out."""
    last: dict[tuple[str, str, str], Definition] = {}
    waiting = []
    for one in found:
        if one.status is Status.PROPOSED:
            waiting.append(one)
        elif one.computed or one.status is Status.RETIRED:
            last[one.use_case, one.kind, one.name] = one
    return [*last.values(), *waiting]
