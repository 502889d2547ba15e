"""A review is somebody else's, says what was found, and puts the next one off."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from penstock.catalog import Catalog
from penstock.errors import InvalidSpec, NotFound, NotPermitted, SegregationOfDuties
from penstock.governance import AuditTrail
from penstock.governance.dossier import inventory_of
from penstock.governance.reviewing import Reviewing, reminder
from penstock.models import ModelRepository, Stage
from penstock.specs import load_use_case
from penstock.stores import MemoryItems

UC, AT = "flower_groups", "2026-01-31T00:00:00.000Z"
ASKED = {"use_case": UC, "version": 1, "reason": "no drift"}
ROLES = {"model_risk"}


class World:
    def __init__(self) -> None:
        self.models, self.audit, self.at = ModelRepository(MemoryItems()), AuditTrail(MemoryItems()), AT
        self.catalog = Catalog(MemoryItems())
        self.catalog.register(load_use_case(Path("examples") / UC), by="dana", at=AT)
        facts = {"candidate": "c", "model_key": "m", "evaluation_prefix": "e"}
        self.models.register(UC, run_id="r", stage=Stage.PENDING_APPROVAL, by="dana", at=AT, facts=facts)
        for stage in (Stage.APPROVED, Stage.DEPLOYING, Stage.CHAMPION):
            self.models.move(UC, 1, stage, by="priya", at=AT)
        self.reviewing = Reviewing(self.models, self.audit, lambda: self.at)

    def overdue(self, now: str) -> str:
        return reminder(inventory_of(self.catalog, self.models, now=now, live_only=True))


@pytest.fixture
def world() -> World:
    return World()


def test_a_review_puts_the_next_one_off(world: World) -> None:
    late = "2027-02-01T00:00:00.000Z"
    assert "Version 1 of flower_groups was due for a review on 2027-01-28 (tier medium" in world.overdue(late)
    world.at = late
    world.reviewing.review(ASKED, "priya", roles=ROLES)
    assert world.overdue(late) == ""
    assert world.overdue("2028-02-02T00:00:00.000Z") != ""
    record = list(world.audit.records(UC))[-1]
    assert (record.action, record.actor, record.details["reason"]) == (
        "version reviewed",
        "priya",
        "no drift",
    )


@pytest.mark.parametrize(
    ("changes", "by", "roles", "error"),
    [
        ({}, "dana", ROLES, SegregationOfDuties),
        ({}, "priya", set(), NotPermitted),
        ({"reason": "  "}, "priya", ROLES, InvalidSpec),
        ({"version": 7}, "priya", ROLES, NotFound),
    ],
)
def test_a_review_that_is_none_is_refused(
    world: World, changes: dict[str, Any], by: str, roles: set[str], error: type[Exception]
) -> None:
    with pytest.raises(error):
        world.reviewing.review(ASKED | changes, by, roles=roles)
    assert world.models.version(UC, 1).reviews == ()


def test_reviews_at_once_are_all_kept(world: World) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda n: world.reviewing.review(ASKED, f"p{n}", roles=ROLES), range(4)))
    assert {one.by for one in world.models.version(UC, 1).reviews} == {"p0", "p1", "p2", "p3"}
