"""The profile of what a dataset holds, merged from those of its arrivals without reading a row."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from penstock.catalog.profiles import Profile, merge
from penstock.errors import NotFound

if TYPE_CHECKING:
    from penstock.catalog.catalog import Catalog
    from penstock.catalog.records import SnapshotHead
    from penstock.stores import ObjectStore

_AT_ONCE = 8


def profile_of(
    catalog: Catalog, lake: ObjectStore, head: SnapshotHead, *, since: str = "", until: str = ""
) -> Profile:
    """Merge the profiles of a snapshot's arrivals.

    Parameters
    ----------
    head
        The snapshot.
    since, until
        Only arrivals accepted in this time: ISO 8601, or the beginning of it, such as ``2025-05``; the end
        is inclusive.

    Raises
    ------
    NotFound
        No arrival was accepted in that time, or the profile of one is missing.
    """
    keys = list(_profiles(catalog, head, since, until))
    if not keys:
        raise NotFound(
            "No rows of the snapshot were accepted in this time.",
            found=f"from {since or 'the first'} to {until or 'the last'}",
            where=f"{head.use_case}/{head.dataset}, snapshot {head.id}",
            action="List what was accepted: penstock dataset snapshots.",
        )
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return merge([Profile.model_validate_json(data) for data in pool.map(lake.read, keys)])


def _profiles(catalog: Catalog, head: SnapshotHead, since: str, until: str) -> Iterator[str]:
    """Yield the key of the profile of each arrival that is inside."""
    inside = {part.arrival_id for part in catalog.snapshots.parts(head)}
    for one in catalog.snapshots.history(head.use_case, head.dataset):
        in_time = since <= one.at and one.at[: len(until)] <= until if until else since <= one.at
        if one.arrival_id not in inside or not in_time:
            continue
        if one.evidence is None or not one.evidence.profile.endswith("profile.json"):
            raise NotFound(
                "An arrival has no profile that can be merged.",
                found=one.evidence.profile if one.evidence else "no evidence",
                where=f"arrival {one.arrival_id}",
                action="Onboard it again: penstock dataset replay.",
            )
        yield one.evidence.profile
