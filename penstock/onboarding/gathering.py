"""Arrivals that are onboarded together: those that have waited, and those that are asked for again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from penstock.catalog import Arrival, Catalog, Status
from penstock.onboarding.landed import event_of

AT_ONCE = 50
"""Arrivals of one pass: what one state of the workflow can be given."""
_PASSES = 20
"""Passes of one run, so that its history stays below what Step Functions keeps."""


@dataclass(frozen=True)
class Gathering:
    """What the steps of the gathering workflow need."""

    catalog: Catalog

    def gather(self, request: Mapping[str, Any], execution: str) -> dict[str, Any]:
        """Return the next arrivals to be onboarded, in the order in which they landed.

        Parameters
        ----------
        request
            ``use_case`` and ``dataset``; ``replay`` with the ids of arrivals to be onboarded again, else
            those that wait are meant, beyond the one that ``after`` names; ``passes`` so far.
        execution
            Name of the workflow run, which tells the replays of one request from those of another.

        Returns
        -------
        dict
            ``items`` for the onboarding workflow, the ``request`` of the next pass, and ``next``: ``none``,
            ``pass``, or ``run`` when another run has to go on.
        """
        passes = int(request.get("passes", 0)) + 1
        if "replay" in request:
            found, rest = self._replayed(request)
            name = str(request.get("name") or execution)
            items = [event_of(one, replay=name) for one in found]
            following = {**request, "replay": rest, "name": name, "passes": passes}
        else:
            found, more = self._waiting(request)
            items = [event_of(one) for one in found]
            # Nothing is taken twice, even if it should still wait afterwards.
            after = found[-1].order if found else request.get("after", "")
            rest, following = [""] if more else [], {**request, "after": after, "passes": passes}
        step = "none" if not rest else "run" if passes >= _PASSES else "pass"
        if step == "run":
            following = {**following, "passes": 0}
        return {"items": items, "request": following, "next": step}

    def _replayed(self, request: Mapping[str, Any]) -> tuple[list[Arrival], list[str]]:
        place, ids = (request["use_case"], request["dataset"]), list(request["replay"])
        found = [self.catalog.arrival(*place, identifier) for identifier in ids[:AT_ONCE]]
        return found, ids[AT_ONCE:]

    def _waiting(self, request: Mapping[str, Any]) -> tuple[list[Arrival], bool]:
        use_case, dataset = request["use_case"], request["dataset"]
        # Before the look: whoever lands after it sets another timer.
        self.catalog.batches.gathered(use_case, dataset)
        if self.catalog.contracts.in_force(use_case, dataset) is None:
            return [], False
        after = str(request.get("after", ""))
        found = [one for one in self.catalog.waiting(use_case, dataset) if one.order > after]
        return found[:AT_ONCE], len(found) > AT_ONCE


def replayable(arrival: Arrival) -> bool:
    """Say whether an arrival can be onboarded again: it has an outcome, and is no replay itself.

    Examples
    --------
    >>> from penstock.catalog import LandedObject
    >>> landed = LandedObject(bucket="b", key="uc/ds/a.csv", version="1", size=1)
    >>> replayable(Arrival(id="1", use_case="uc", dataset="ds", file_name="a.csv", object=landed,
    ...                    received_at="", updated_at=""))
    False
    """
    return arrival.replay_of is None and arrival.status not in {Status.WAITING, Status.RECEIVED}
