"""The register of training runs."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from penstock.errors import Conflict, NotFound
from penstock.stores import Item, ItemStore

RunStatus = Literal["running", "completed", "failed"]


class Run(BaseModel):
    """One training run: what it was made from and what came of it."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    use_case: str
    status: RunStatus = "running"
    snapshot_id: str
    digest: str
    reason: str
    requested_by: str
    overrides: dict[str, Any] = {}
    features: dict[str, str] = {}
    """Snapshot of each feature view."""
    arrivals: tuple[str, ...] = ()
    execution_arn: str = ""
    started_at: str
    finished_at: str = ""
    summary: dict[str, Any] = {}
    record: dict[str, Any] = {}
    """The facts of its record, by name; the whole record lies beside the model."""


class Runs:
    """Runs of all use cases.

    Examples
    --------
    >>> from penstock.stores import MemoryItems
    >>> runs = Runs(MemoryItems())
    >>> runs.start(Run(run_id="r1", use_case="demo", snapshot_id="s", digest="d", reason="first data",
    ...                requested_by="dana", started_at="2026-01-01T00:00:00.000Z"))
    >>> runs.finish("demo", "r1", status="completed", at="2026-01-01T00:05:00.000Z", summary={}).status
    'completed'
    """

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    def claim(self, use_case: str, run_id: str, *, at: str, until: str) -> str:
        """Reserve a use case for one run, so that no two train it at the same time.

        Returns
        -------
        str
            The run that has it: ``run_id`` itself, or another one, which holds it until it finishes, or
            until its time is over.
        """
        key = (f"active#{use_case}", "run")
        item = self._items.get(*key)
        if item is not None and item["run_id"] not in {"", run_id} and item["until"] > at:
            return str(item["run_id"])
        claim = {"pk": key[0], "sk": key[1], "run_id": run_id, "until": until}
        try:
            self._items.put(claim, expect=item["revision"] if item else 0)
        except Conflict:
            return self.claim(use_case, run_id, at=at, until=until)
        return run_id

    def active(self, use_case: str, *, at: str) -> str:
        """Return the run that is training a use case now, or an empty text."""
        item = self._items.get(f"active#{use_case}", "run")
        return str(item["run_id"]) if item and item["until"] > at else ""

    def start(self, run: Run) -> None:
        """Record a run; the same run again starts it anew."""
        self._items.put({"pk": _pk(run.use_case), "sk": f"run#{run.run_id}", **run.model_dump(mode="json")})

    def finish(
        self, use_case: str, run_id: str, *, status: RunStatus, at: str, summary: dict[str, Any]
    ) -> Run:
        """Record how a run ended, and let the next one in; the same end again changes nothing."""
        item = self._items.get(_pk(use_case), f"run#{run_id}")
        if item is None:
            raise NotFound("There is no such run.", found=run_id, where=use_case)
        self.release(use_case, run_id)
        if item["status"] == status:
            return _run(item)
        done = {**item, "status": status, "finished_at": at, "summary": summary}
        return _run(self._items.put(done, expect=item["revision"]))

    def note(self, use_case: str, run_id: str, *, record: dict[str, Any]) -> Run:
        """Keep the facts of a run's record with it; the same facts again change nothing."""
        item = self._items.get(_pk(use_case), f"run#{run_id}")
        if item is None:
            raise NotFound("There is no such run.", found=run_id, where=use_case)
        if item.get("record") == record:
            return _run(item)
        return _run(self._items.put({**item, "record": record}, expect=item["revision"]))

    def find(self, run_id: str, use_cases: Iterable[str]) -> Run:
        """Return a run by its id, or by the first letters of it if no other run has them.

        Raises
        ------
        NotFound
            There is none, or there are several.
        """
        found = [run for name in use_cases for run in self.runs(name) if run.run_id.startswith(run_id)]
        exact = [run for run in found if run.run_id == run_id]
        if len(exact or found) != 1:
            raise NotFound(
                "There is no such run." if not found else "Several runs begin like this.",
                found=run_id,
                expected=", ".join(run.run_id for run in found[:5]),
                action="See: penstock runs.",
            )
        return (exact or found)[0]

    def release(self, use_case: str, run_id: str) -> None:
        """Let the next run in, if this one holds the use case."""
        held = self._items.get(f"active#{use_case}", "run")
        if held is not None and held["run_id"] == run_id:
            self._items.put({**held, "run_id": "", "until": ""}, expect=held["revision"])

    def runs(self, use_case: str) -> list[Run]:
        """Return all runs of a use case, the oldest first."""
        found = [_run(item) for item in self._items.query(_pk(use_case), prefix="run#")]
        return sorted(found, key=lambda run: (run.started_at, run.run_id))


def _pk(use_case: str) -> str:
    return f"usecase#{use_case}"


def _run(item: Item) -> Run:
    return Run.model_validate({key: item[key] for key in Run.model_fields if key in item})
