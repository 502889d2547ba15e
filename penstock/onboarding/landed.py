"""What landed, as the event of a workflow run tells it, and whether it has to wait."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from penstock.catalog import Arrival, LandedObject, Status
from penstock.onboarding.landing import LandingKey, parse_landing_key
from penstock.specs import Contract


class Runs(Protocol):
    """The workflow's runs."""

    def running(self, run: str) -> bool:
        """Say whether a run, by its ARN, is still under way."""
        ...


class WaitingRuns(Protocol):
    """Where a waiting run is told to go on."""

    def succeed(self, task_token: str, output: dict[str, Any]) -> None:
        """Send the result of a task that waits; one that waits no longer is left alone."""
        ...


@dataclass(frozen=True)
class Landing:
    """A landed object, and why it is onboarded.

    Attributes
    ----------
    at, sequencer
        When it landed, and S3's mark that orders the versions of one key.
    gathered
        Whether it has waited and is let go, so that the trigger does not hold it again.
    replay_of, replay
        The arrival that is onboarded again, and the name of that request.
    """

    object: LandedObject
    at: str = ""
    sequencer: str = ""
    gathered: bool = False
    replay_of: str | None = None
    replay: str = ""

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Landing:
        """Read S3's event, or one that :meth:`event` made.

        Examples
        --------
        >>> thing = {"key": "uc/ds/a.csv", "version-id": "v1", "size": 10, "sequencer": "0A"}
        >>> Landing.of({"time": "2025-01-01T00:00:00Z",
        ...             "detail": {"bucket": {"name": "landing"}, "object": thing}}).key.dataset
        'ds'
        """
        detail, again = event["detail"], event.get("penstock") or {}
        thing = detail["object"]
        landed = LandedObject(
            bucket=detail["bucket"]["name"],
            key=thing["key"],
            size=int(thing.get("size", 0)),
            version=thing.get("version-id") or thing.get("etag", ""),
        )
        return cls(
            landed, str(event.get("time", "")), str(thing.get("sequencer", "")), bool(again),
            again.get("replay_of"), again.get("replay", ""),
        )  # fmt: skip

    @property
    def key(self) -> LandingKey:
        """The parts of its key; :class:`~penstock.errors.UnregisteredDataset` if it has none."""
        return parse_landing_key(self.object.key)

    @property
    def arrival_id(self) -> str:
        """The id of its arrival: the object's own, or one for each time that it is replayed."""
        if not self.replay_of:
            return self.object.arrival_id
        return hashlib.sha256(f"{self.replay_of}#{self.replay}".encode()).hexdigest()[:16]

    def arrival(
        self,
        *,
        execution: str,
        at: str,
        waiting_for: str | None = None,
        place: tuple[str, str, str] | None = None,
    ) -> Arrival:
        """Make the arrival's record.

        Parameters
        ----------
        place
            Use case, dataset and file name where the key does not tell them.
        """
        key = None if place else self.key
        use_case, dataset, file_name = place or (self.key.use_case, self.key.dataset, self.key.file_name)
        return Arrival(
            id=self.arrival_id, use_case=use_case, dataset=dataset, file_name=file_name, object=self.object,
            partition=key.partition if key else "", landed_at=self.at, sequencer=self.sequencer,
            status=Status.WAITING if waiting_for else Status.RECEIVED, waiting_for=waiting_for,
            execution=execution, replay_of=self.replay_of, repairs=key.repairs if key else None,
            received_at=at, updated_at=at,
        )  # fmt: skip

    def facts(self, arrival: Arrival) -> dict[str, Any]:
        """Return what the steps hand on about the arrival."""
        return {
            "use_case": arrival.use_case,
            "dataset": arrival.dataset,
            "arrival_id": arrival.id,
            "file_name": arrival.file_name,
            "key": self.object.key,
            "version": self.object.version,
            "contract": arrival.contract,
            "announce": not self.gathered,
        }


def event_of(arrival: Arrival, *, replay: str = "") -> dict[str, Any]:
    """Return the event that lets an arrival in that waited, or, with the name of a request, once more.

    Examples
    --------
    >>> landed = LandedObject(bucket="landing", key="uc/ds/a.csv", version="v1", size=10)
    >>> arrival = Landing(landed).arrival(execution="", at="2025-01-01T00:00:00Z")
    >>> Landing.of(event_of(arrival)).arrival_id == arrival.id
    True
    >>> Landing.of(event_of(arrival, replay="again")).replay_of == arrival.id
    True
    """
    landed = arrival.object
    thing = {"key": landed.key, "version-id": landed.version, "size": landed.size,
             "sequencer": arrival.sequencer}  # fmt: skip
    again = {"replay_of": arrival.id, "replay": replay} if replay else {"gathered": True}
    return {
        "time": arrival.landed_at,
        "detail": {"bucket": {"name": landed.bucket}, "object": thing},
        "penstock": again,
    }


def waits_for(contract: Contract | None, *, gathered: bool) -> str | None:
    """Return what an arrival has to wait for: ``approval``, ``batch`` or ``schedule``; None if nothing.

    Parameters
    ----------
    contract
        The one in force.
    """
    if contract is None:
        return "approval"
    kind = contract.trigger.kind
    return None if gathered or kind == "event" else kind
