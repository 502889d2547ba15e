"""Versions, their stages, and one champion at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from penstock.errors import Conflict, NotFound
from penstock.models import TRANSITIONS, ModelRepository, ModelVersion, Stage
from penstock.stores import Item, MemoryItems

AT = "2026-01-01T00:00:00.000Z"
FACTS = {
    "candidate": "xgboost",
    "model_key": "m",
    "evaluation_prefix": "e",
    "metrics": {"auc": {"value": 0.9}},
}
PAIRS = [(before, after) for before in Stage for after in Stage if before is not after]


def register(models: ModelRepository, run: str, stage: Stage = Stage.PENDING_APPROVAL) -> ModelVersion:
    return models.register("demo", run_id=run, stage=stage, by="dana", at=AT, facts=FACTS)


def move(models: ModelRepository, number: int, *stages: Stage) -> ModelVersion:
    for stage in stages:
        version = models.move("demo", number, stage, by="priya", at=AT)
    return version


def crown(models: ModelRepository, number: int) -> ModelVersion:
    return move(models, number, Stage.APPROVED, Stage.DEPLOYING, Stage.CHAMPION)


@pytest.fixture
def models() -> ModelRepository:
    return ModelRepository(MemoryItems())


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=[f"{a}-{b}" for a, b in PAIRS])
def test_only_the_table_of_transitions_holds(models: ModelRepository, before: Stage, after: Stage) -> None:
    register(models, "r1", before)
    if after in TRANSITIONS[before]:
        moved = move(models, 1, after)
        assert (moved.stage, [change.stage for change in moved.history]) == (after, [before, after])
    else:
        with pytest.raises(Conflict, match=f"{before} to {after}"):
            move(models, 1, after)
        assert models.version("demo", 1).stage is before


def test_the_table_knows_every_stage() -> None:
    assert set(TRANSITIONS) == set(Stage)


@pytest.mark.parametrize("stage", list(Stage))
def test_asking_for_the_stage_that_it_has_changes_nothing(models: ModelRepository, stage: Stage) -> None:
    before = register(models, "r1", stage)
    assert move(models, 1, stage) == before == models.version("demo", 1)


def test_versions_count_up_and_a_run_has_one(models: ModelRepository) -> None:
    assert [register(models, run).version for run in ("r1", "r2", "r1")] == [1, 2, 1]
    assert [version.run_id for version in models.versions("demo")] == ["r1", "r2"]


def test_runs_that_register_at_the_same_time_get_a_number_each(models: ModelRepository) -> None:
    with ThreadPoolExecutor(6) as pool:
        numbers = list(pool.map(lambda n: register(models, f"r{n % 6}").version, range(12)))
    assert sorted(set(numbers)) == list(range(1, 7))
    assert numbers[:6] == numbers[6:]


def test_a_new_champion_retires_the_old_one(models: ModelRepository) -> None:
    register(models, "r1")
    register(models, "r2")
    assert models.champion("demo") is None
    crown(models, 1)
    crown(models, 2)
    champion, retired = models.champion("demo"), models.version("demo", 1)
    assert champion is not None
    assert (champion.version, retired.stage) == (2, Stage.RETIRED)
    assert retired.history[-1].reason == "replaced by version 2"


def test_an_old_champion_can_come_back(models: ModelRepository) -> None:
    register(models, "r1")
    register(models, "r2")
    crown(models, 1)
    crown(models, 2)
    move(models, 1, Stage.DEPLOYING, Stage.CHAMPION)
    champion = models.champion("demo")
    assert champion is not None
    assert champion.version == 1
    assert models.version("demo", 2).stage is Stage.RETIRED


@pytest.mark.parametrize("crash_at", [1, 2, 3])
def test_a_coronation_that_broke_off_is_finished_by_the_next_try(crash_at: int) -> None:
    class Crashing(MemoryItems):
        """Fails at one of the writes of a coronation."""

        left = -1

        def put(self, item: Item, *, expect: int | None = None) -> Item:
            self.left -= 1
            if self.left == 0:
                raise TimeoutError
            return super().put(item, expect=expect)

    items = Crashing()
    models = ModelRepository(items)
    register(models, "r1")
    register(models, "r2")
    crown(models, 1)
    move(models, 2, Stage.APPROVED, Stage.DEPLOYING)
    items.left = crash_at
    with pytest.raises(TimeoutError):
        move(models, 2, Stage.CHAMPION)
    move(models, 2, Stage.CHAMPION)
    champion = models.champion("demo")
    assert champion is not None
    assert champion.version == 2
    assert [version.stage for version in models.versions("demo")] == [Stage.RETIRED, Stage.CHAMPION]


def test_of_two_writers_one_changes_the_version(models: ModelRepository) -> None:
    register(models, "r1")

    def answer(stage: Stage) -> bool:
        with suppress(Conflict):
            return move(models, 1, stage).stage is stage
        return False

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(answer, [Stage.APPROVED, Stage.REJECTED] * 4))
    stage = models.version("demo", 1).stage
    assert stage in {Stage.APPROVED, Stage.REJECTED}
    assert len(models.version("demo", 1).history) == 2
    assert any(won)


def test_notes_leave_the_stage_alone(models: ModelRepository) -> None:
    register(models, "r1")
    assert models.note("demo", 1, package_arn="arn").package_arn == "arn"
    assert models.version("demo", 1).stage is Stage.PENDING_APPROVAL


def test_an_unknown_version_says_how_to_list_them(models: ModelRepository) -> None:
    with pytest.raises(NotFound, match="penstock models demo"):
        models.version("demo", 7)
