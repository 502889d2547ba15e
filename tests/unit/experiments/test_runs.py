"""Runs: one at a time, each on record."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from penstock.errors import NotFound
from penstock.experiments import Run, Runs
from penstock.stores import MemoryItems

EARLY, NOW, SOON, LATE = (f"2026-01-01T0{hour}:00:00.000Z" for hour in range(4))


def run(name: str, started_at: str = NOW) -> Run:
    return Run(
        run_id=name,
        use_case="demo",
        snapshot_id="s",
        digest="d",
        reason="r",
        requested_by="dana",
        started_at=started_at,
    )


@pytest.fixture
def runs() -> Runs:
    return Runs(MemoryItems())


def test_a_use_case_is_held_by_one_run(runs: Runs) -> None:
    assert runs.claim("demo", "r1", at=NOW, until=SOON) == "r1"
    assert runs.claim("demo", "r2", at=NOW, until=SOON) == "r1"
    assert runs.claim("other", "r2", at=NOW, until=SOON) == "r2"
    assert (runs.active("demo", at=NOW), runs.active("none", at=NOW)) == ("r1", "")


def test_a_run_may_claim_again(runs: Runs) -> None:
    assert {runs.claim("demo", "r1", at=NOW, until=SOON) for _ in range(3)} == {"r1"}


def test_a_claim_ends_with_its_time(runs: Runs) -> None:
    runs.claim("demo", "r1", at=NOW, until=SOON)
    assert runs.active("demo", at=SOON) == ""
    assert runs.claim("demo", "r2", at=SOON, until=LATE) == "r2"


@pytest.mark.parametrize("status", ["completed", "failed"])
def test_a_run_that_ends_lets_the_next_one_in(runs: Runs, status: str) -> None:
    runs.claim("demo", "r1", at=NOW, until=LATE)
    runs.start(run("r1"))
    runs.finish("demo", "r1", status=status, at=SOON, summary={"auc": 0.9})  # type: ignore[arg-type]
    assert runs.claim("demo", "r2", at=NOW, until=LATE) == "r2"


def test_a_late_end_does_not_take_the_use_case_from_the_next_run(runs: Runs) -> None:
    runs.start(run("r1"))
    runs.claim("demo", "r2", at=NOW, until=LATE)
    runs.finish("demo", "r1", status="failed", at=SOON, summary={})
    runs.release("demo", "r1")
    assert runs.active("demo", at=NOW) == "r2"


def test_of_claims_at_once_one_wins(runs: Runs) -> None:
    with ThreadPoolExecutor(8) as pool:
        holders = set(pool.map(lambda n: runs.claim("demo", f"r{n}", at=NOW, until=LATE), range(16)))
    assert holders == {runs.active("demo", at=NOW)}


def test_the_same_end_again_changes_nothing(runs: Runs) -> None:
    runs.start(run("r1"))
    first = runs.finish("demo", "r1", status="completed", at=SOON, summary={"version": 1})
    assert runs.finish("demo", "r1", status="completed", at=LATE, summary={"version": 2}) == first


def test_runs_are_listed_by_time_whatever_their_names(runs: Runs) -> None:
    for name, started in (("a", LATE), ("b", EARLY), ("c", NOW)):
        runs.start(run(name, started))
    assert [one.run_id for one in runs.runs("demo")] == ["b", "c", "a"]


def test_an_unknown_run_cannot_end(runs: Runs) -> None:
    with pytest.raises(NotFound, match="r9"):
        runs.finish("demo", "r9", status="failed", at=NOW, summary={})
