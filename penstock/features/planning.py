"""What is to be written of a view for a snapshot: from which write before, and for which arrivals."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from penstock.catalog.records import Removal
from penstock.errors import InvalidSpec
from penstock.features.materialisations import Materialisation, Materialisations, ViewPlace, Writing
from penstock.features.offline import definition_digest
from penstock.features.work import ViewWork
from penstock.specs.columns import curated_columns
from penstock.specs.feature_sets import feature_types

if TYPE_CHECKING:
    from penstock.catalog import Catalog, SnapshotHead
    from penstock.specs import FeatureView, UseCase
    from penstock.specs.base import ColumnType

_TICK = timedelta(milliseconds=1)


def plan_view(
    catalog: Catalog, known: Materialisations, use_case: UseCase, view: FeatureView, head: SnapshotHead
) -> ViewWork | None:
    """Plan the refresh of a view for a snapshot, or return how it was planned before.

    Returns
    -------
    ViewWork or None
        None when the view is materialised as of this snapshot.

    Raises
    ------
    InvalidSpec
        The view computes something else than what was written before under its version.
    """
    place = ViewPlace(use_case.name, view.name, view.version)
    base = known.newest(place, up_to=head.sequence)
    refuse_other(view, base)
    if base is not None and base.snapshot_id == head.id:
        return None
    planned = fresh_writing(view, head, base)
    writing = known.begin(place, planned)
    if writing.base is not None and (base is None or writing.base != base.id):
        base = known.find(place, writing.base)
    work = ViewWork(view=view, types=types_of(use_case, view), writing=writing)
    return work if base is None else work.model_copy(update=_since(catalog, base, head))


def fresh_writing(view: FeatureView, head: SnapshotHead, base: Materialisation | None) -> Writing:
    """Return the plan of a refresh: its time is the snapshot's, and later than that of every write before."""
    return Writing(
        id=head.id, snapshot_id=head.id, sequence=head.sequence, base=base.id if base else None,
        write_time=later(head.at, base), definition=definition_digest(view),
    )  # fmt: skip


def later(at: str, base: Materialisation | None) -> str:
    """Return a time, or the moment after the write before if that is later: clocks differ.

    Examples
    --------
    >>> later("2026-01-01T00:00:00.000Z", None)
    '2026-01-01T00:00:00.000Z'
    """
    if base is None:
        return at
    moment = max(datetime.fromisoformat(at), datetime.fromisoformat(base.write_time) + _TICK)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def types_of(use_case: UseCase, view: FeatureView) -> dict[str, ColumnType]:
    """Return the types of a view's features, as the contract of its dataset says them."""
    contract = use_case.contract(view.dataset)
    if contract is None:
        raise InvalidSpec("The dataset of a view has no contract.", found=view.dataset, where=view.name)
    return dict(feature_types(view, contract))


def columns_of(use_case: UseCase, dataset: str) -> dict[str, ColumnType]:
    """Return the columns of a dataset's curated rows and their types."""
    contract = use_case.contract(dataset)
    return {column.name: column.type for column in curated_columns(contract)} if contract else {}


def refuse_other(view: FeatureView, base: Materialisation | None) -> None:
    """Refuse to go on from rows that were computed by another definition."""
    if base is None or base.definition == definition_digest(view):
        return
    raise InvalidSpec(
        "The view computes something else than its stored rows.",
        found=f"definition {definition_digest(view)[:12]}",
        expected=f"definition {base.definition[:12]}, of snapshot {base.snapshot_id}",
        where=f"view {view.name!r} version {view.version}",
        action="Give the view a new version in features.yaml, and register the use case.",
    )


def _since(catalog: Catalog, base: Materialisation, head: SnapshotHead) -> dict[str, Any]:
    """Return how a view is written after a write: for which arrivals, or anew because rows were removed."""
    arrivals, removals = list[str](), list[Removal]()
    for one in catalog.snapshots.history(head.use_case, head.dataset):
        if one.sequence <= base.sequence:
            break
        if one.sequence > head.sequence:
            continue
        if one.removal is None:
            arrivals.append(one.arrival_id)
        else:
            removals.append(one.removal)
    if not removals:
        return {"arrivals": tuple(arrivals)}
    return {"mode": "renew", "purged": not all(removal.kept for removal in removals)}
