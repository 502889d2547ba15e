"""Names for versions, and finding versions; writers at the same time never corrupt anything."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.errors import Conflict, InvalidSpec, NotFound
from penstock.governance.audit import AuditTrail
from penstock.models import TRANSITIONS, ModelRepository, Stage
from penstock.models.aliases import Aliases
from penstock.models.filters import VersionFilter
from penstock.models.naming import Naming
from penstock.stores import MemoryItems

AT = "2026-01-01T00:00:00.000Z"


def filled(count: int = 3) -> MemoryItems:
    items = MemoryItems()
    models = ModelRepository(items)
    for number in range(1, count + 1):
        models.register(
            "demo",
            run_id=f"run-{number}",
            stage=Stage.PENDING_APPROVAL,
            by="dana" if number % 2 else "sam",
            at=f"2026-0{number}-01T00:00:00.000Z",
            reason="every check passed",
            facts={
                "candidate": "xgboost" if number > 1 else "linear",
                "model_key": "m",
                "evaluation_prefix": "e",
                "metrics": {"auc": {"value": 0.8 + number / 100}},
            },
        )
    return items


def test_an_alias_moves_only_for_who_knows_where_it_is() -> None:
    aliases = Aliases(filled())
    first = aliases.set("demo", "spring", 1, by="dana", at=AT, expect=0)
    assert aliases.set("demo", "spring", 2, by="dana", at=AT, expect=first.revision).version == 2
    with pytest.raises(Conflict, match="spring is version 2 by dana"):
        aliases.set("demo", "spring", 3, by="sam", at=AT, expect=first.revision)
    assert aliases.resolve("demo", "spring").version == 2
    assert aliases.set("demo", "spring", 3, by="sam", at=AT).version == 3
    aliases.remove("demo", "spring")
    assert aliases.all("demo") == []


@pytest.mark.parametrize("name", ["champion", "latest", "Spring", "3", "", "a b"])
def test_some_names_are_no_aliases(name: str) -> None:
    with pytest.raises(InvalidSpec):
        Aliases(filled()).set("demo", name, 1, by="dana", at=AT)


def test_numbers_and_names_lead_to_versions() -> None:
    items = filled()
    aliases = Aliases(items)
    aliases.set("demo", "spring", 2, by="dana", at=AT)
    assert [aliases.resolve("demo", name).version for name in ("1", 3, "spring", "latest")] == [1, 3, 2, 3]
    for name in ("champion", "autumn", "9"):
        with pytest.raises(NotFound):
            aliases.resolve("demo", name)
    with pytest.raises(NotFound):
        aliases.set("demo", "spring", 9, by="dana", at=AT)


def test_naming_is_audited() -> None:
    items, trail = filled(), AuditTrail(MemoryItems())
    naming = Naming(Aliases(items), trail, lambda: AT)
    told = naming.name({"use_case": "demo", "alias": "spring", "version": 1, "expect": 0}, "dana")
    assert (told["version"], told["revision"]) == (1, 1)
    naming.name({"use_case": "demo", "alias": "spring", "remove": True}, "dana")
    with pytest.raises(InvalidSpec):
        naming.name({"use_case": "demo", "alias": "spring", "version": "1"}, "dana")
    assert [one.action for one in trail.records("demo")] == ["alias set", "alias removed"]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (VersionFilter(), [1, 2, 3]),
        (VersionFilter(text="XGB"), [2, 3]),
        (VersionFilter(text="sam"), [2]),
        (VersionFilter(text="run-3"), [3]),
        (VersionFilter(stages=(Stage.APPROVED,)), []),
        (VersionFilter(since="2026-02-01"), [2, 3]),
        (VersionFilter(since="2026-02-01", until="2026-03-01"), [2]),
        (VersionFilter(metrics=("auc>=0.82", "auc < 0.83")), [2]),
        (VersionFilter(metrics=("f1>=0",)), []),
    ],
)
def test_versions_are_found_by_what_is_known_of_them(wanted: VersionFilter, found: list[int]) -> None:
    assert [one.version for one in wanted.of(ModelRepository(filled()).versions("demo"))] == found


@pytest.mark.parametrize("text", ["auc", "auc>=much", "=1"])
def test_a_condition_that_cannot_be_read_says_so(text: str) -> None:
    with pytest.raises(InvalidSpec, match=r"auc>=0\.9"):
        VersionFilter(metrics=(text,)).of([])


@settings(max_examples=15, deadline=None)
@given(st.randoms(use_true_random=False), st.integers(2, 4))
def test_writers_at_the_same_time_never_corrupt_a_repository(chance: random.Random, writers: int) -> None:
    items = filled(2)
    plans = [
        [(chance.randint(1, 2), chance.choice(list(Stage)), chance.random() < 0.3) for _ in range(8)]
        for _ in range(writers)
    ]

    def write(plan: list[tuple[int, Stage, bool]]) -> None:
        models, aliases = ModelRepository(items), Aliases(items)
        for number, stage, name in plan:
            with suppress(Conflict):
                models.move("demo", number, stage, by="w", at=AT)
                if name:
                    aliases.set("demo", "spring", number, by="w", at=AT)

    with ThreadPoolExecutor(writers) as pool:
        list(pool.map(write, plans))
    versions = ModelRepository(items).versions("demo")
    for version in versions:
        stages = [change.stage for change in version.history]
        assert stages[-1] is version.stage
        assert all(after in TRANSITIONS[before] for before, after in pairwise(stages))
    assert len([one for one in Aliases(items).all("demo") if one.version in {1, 2}]) <= 1
