"""Backfills: a range of a view is computed again in parts, side by side; it counts when all are there."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from penstock.errors import FeaturesPending, InvalidSpec, NotFound
from penstock.features.materialisations import Materialisation, ViewPlace, Writing
from penstock.features.offline import definition_digest
from penstock.features.planning import columns_of, later, refuse_other, types_of
from penstock.features.steps import FeatureRefresh, short_hash
from penstock.features.work import FeatureWork, ViewWork

if TYPE_CHECKING:
    from penstock.catalog import SnapshotHead
    from penstock.specs import FeatureView, UseCase

_MOST_PARTS = 100
_MOST_MONTHS = 12 * 200


class Span(NamedTuple):
    """A range of event times, the end excluded; None is open."""

    since: str | None
    until: str | None


@dataclass(frozen=True)
class Backfills:
    """What the steps of the backfill workflow need beside those of the features workflow."""

    refresh: FeatureRefresh

    def plan(self, request: Mapping[str, Any], execution: str) -> dict[str, Any]:
        """Cut a range into parts and write the requests of their jobs.

        Parameters
        ----------
        request
            ``use_case``, ``view``, ``since`` and ``until`` (dates or times, ISO 8601 in UTC; the end is
            excluded).
        execution
            Name of the workflow run, by which a repeated step plans the same.

        Returns
        -------
        dict
            ``items``, where the requests of the parts are; ``close``, the request of the job that puts the
            parts together; ``ready`` for the last step.

        Raises
        ------
        FeaturesPending
            The newest rows of the view are still being made.
        InvalidSpec
            The range is none.
        NotFound
            There is no such view in force, or no data.
        """
        use_case = self.refresh.catalog.use_case(str(request["use_case"]))
        view = self._view(use_case, str(request["view"]))
        head = self.refresh.catalog.latest(use_case.name, view.dataset)
        if head is None or not head.part_count:
            raise NotFound(
                "There is no data to compute features from.", where=f"{use_case.name}/{view.dataset}"
            )
        base = self._base(use_case, view, head)
        spans = parts(view, str(request["since"]), str(request["until"]), whole=base is None)
        writing = self._begin(use_case, view, head, base, execution)
        home = f"requests/features/backfill-{writing.id}"
        close = ViewWork(
            view=view, types=types_of(use_case, view), writing=writing, mode="close", parts=len(spans)
        )
        jobs = [
            self._job(use_case, head, close.model_copy(
                update={"mode": "part", "since": span.since, "until": span.until, "part": number}
            ), home)
            for number, span in enumerate(spans)
        ]  # fmt: skip
        lake, key = self.refresh.jobs.lake, f"{home}/items.json"
        lake.write(key, json.dumps(jobs).encode(), content_type="application/json")
        closing = self._job(use_case, head, close, home)
        return {
            "items": {"Bucket": lake.uri.removeprefix("s3://"), "Key": key},
            "close": closing,
            "ready": {
                "use_case": use_case.name, "dataset": head.dataset, "snapshot_id": head.id,
                "arrivals": head.arrival_count, "request": f"{home}/{closing['ProcessingJobName']}",
            },
        }  # fmt: skip

    def _view(self, use_case: UseCase, name: str) -> FeatureView:
        """Return a view as it is in force."""
        found = self.refresh.features.in_force(use_case).view(name)
        if found is None:
            raise NotFound(
                "There is no such view in force.",
                found=name,
                where=use_case.name,
                action="penstock feature list",
            )
        return found

    def _base(self, use_case: UseCase, view: FeatureView, head: SnapshotHead) -> Materialisation | None:
        """Return the write to build on: that of the newest rows; None for a view that was never written."""
        base = self.refresh.known.newest(
            ViewPlace(use_case.name, view.name, view.version), up_to=head.sequence
        )
        refuse_other(view, base)
        if base is not None and base.snapshot_id != head.id:
            raise FeaturesPending(
                "The view does not have the newest rows yet.",
                found=f"snapshot {base.snapshot_id}",
                expected=f"snapshot {head.id}",
                action=f"penstock feature materialise {view.name}, then backfill again.",
            )
        return base

    def _begin(
        self,
        use_case: UseCase,
        view: FeatureView,
        head: SnapshotHead,
        base: Materialisation | None,
        execution: str,
    ) -> Writing:
        place = ViewPlace(use_case.name, view.name, view.version)
        planned = Writing(
            id=short_hash("backfill", execution, place.node).ljust(16, "0"), kind="backfill",
            snapshot_id=head.id, sequence=head.sequence, base=base.id if base else None,
            write_time=later(self.refresh.now(), base), definition=definition_digest(view),
        )  # fmt: skip
        return self.refresh.known.begin(place, planned)

    def _job(self, use_case: UseCase, head: SnapshotHead, one: ViewWork, home: str) -> dict[str, Any]:
        """Write the request of a job and return the request to SageMaker."""
        work = FeatureWork(
            use_case=use_case.name, dataset=head.dataset, columns=columns_of(use_case, head.dataset),
            views=(one,), erased=self.refresh.erased.of(use_case.name),
        )  # fmt: skip
        part = "close" if one.mode == "close" else f"{one.part:05d}"
        name = f"backfill-{one.writing.id}-{part}"
        return self.refresh.jobs.request(use_case, head, work, name=name, key=f"{home}/{name}")


def parts(view: FeatureView, since: str, until: str, *, whole: bool) -> list[Span]:
    """Cut a range of event times where the view's partitions begin, into at most a hundred.

    Parameters
    ----------
    whole
        Whether the first and the last part take all that lies before and after, too: where nothing was
        written before, the parts must make up the whole view.

    Raises
    ------
    InvalidSpec
        The range is none, or endless.

    Examples
    --------
    >>> from penstock.specs import FeatureView
    >>> view = FeatureView(
    ...     name="history", entity={"name": "customer", "key": "customer"}, dataset="payments",
    ...     timestamp="paid", features=[{"name": "payments", "aggregate": "count"}])
    >>> [tuple(span) for span in parts(view, "2025-01-15", "2025-02-10", whole=False)]
    [('2025-01-15T00:00:00', '2025-02-01T00:00:00'), ('2025-02-01T00:00:00', '2025-02-10T00:00:00')]
    """
    first, last = _moment(since), _moment(until)
    cuts = [] if first >= last else [first, *_starts(view, first, last), last]
    if not cuts:
        raise InvalidSpec(
            "The range has no moments.", found=f"from {since} to {until}", action="The end is excluded."
        )
    step = -(-(len(cuts) - 1) // _MOST_PARTS)
    kept = [*cuts[:-1:step], last]
    spans = [Span(a.isoformat(), b.isoformat()) for a, b in pairwise(kept)]
    if whole:
        spans[0] = spans[0]._replace(since=None)
        spans[-1] = spans[-1]._replace(until=None)
    return spans


def _moment(text: str) -> datetime:
    """Return a date or time in UTC without a zone."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise InvalidSpec(
            "This is no date or time.",
            found=repr(text),
            expected="such as 2025-01-31 or 2025-01-31T06:00:00Z",
        ) from error
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo else found


def _starts(view: FeatureView, first: datetime, last: datetime) -> Iterator[datetime]:
    """Yield the beginnings of months, or years, strictly within a range."""
    months = 12 if view.partition == "year" else 1
    number = first.year * 12 + (first.month - 1 if months == 1 else 0)
    if (last.year - first.year) * 12 > _MOST_MONTHS:
        raise InvalidSpec(
            "The range is too long.", found=f"{last.year - first.year} years", expected="at most 200"
        )
    while (start := datetime((number + months) // 12, (number + months) % 12 + 1, 1)) < last:
        yield start
        number += months
