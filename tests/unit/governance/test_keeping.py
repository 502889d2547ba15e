"""A version's card in SageMaker follows its stages, a version of the card for each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from penstock.catalog import Catalog
from penstock.governance.keeping import CardKeeper
from penstock.models import ModelRepository, Stage
from penstock.specs import UseCase, load_use_case
from penstock.stores import FolderObjects, MemoryItems

NOW = "2026-01-02T00:00:00.000Z"
FACTS = {"candidate": "kmeans", "model_key": "m", "evaluation_prefix": "e"}


@cache
def flowers() -> UseCase:
    return load_use_case(Path(__file__).parents[3] / "examples" / "flower_groups")


class Cards:
    """Cards as SageMaker has them: a content is never changed together with a status, nor when archived."""

    def __init__(self) -> None:
        self.found: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []

    def describe(self, name: str) -> dict[str, Any] | None:
        return self.found.get(name)

    def create(self, request: Mapping[str, Any]) -> None:
        assert request["ModelCardName"] not in self.found
        self.found[request["ModelCardName"]] = dict(request)
        self.calls.append("create")

    def update(self, name: str, *, content: str = "", status: str = "") -> None:
        card = self.found[name]
        assert not (content and (status or card["ModelCardStatus"] == "Archived"))
        card |= {"Content": content} if content else {"ModelCardStatus": status}
        self.calls.append("content" if content else status)


class World:
    def __init__(self, folder: Path) -> None:
        self.models, self.cards, catalog = ModelRepository(MemoryItems()), Cards(), Catalog(MemoryItems())
        catalog.register(flowers(), by="dana", at=NOW)
        self.keeper = CardKeeper(catalog, self.models, FolderObjects(folder), self.cards, key="arn:key")
        self.register("r1")

    def register(self, run: str, stage: Stage = Stage.PENDING_APPROVAL) -> int:
        made = self.models.register("flower_groups", run_id=run, stage=stage, by="dana", at=NOW, facts=FACTS)
        return made.version

    def move(self, number: int, *stages: Stage) -> None:
        for stage in stages:
            self.models.move("flower_groups", number, stage, by="priya", at=NOW, reason="fits")

    def keep(self, number: int = 1) -> list[tuple[int, str, str]]:
        told = self.keeper.keep({"use_case": "flower_groups", "version": number})
        return [(one["version"], one["status"], one["outcome"]) for one in told["cards"]]

    def content(self, number: int = 1) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.cards.found[f"penstock-flower-groups-v{number}"]["Content"])
        return found


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_card_is_made_at_registration_and_follows_the_approval(world: World) -> None:
    assert world.keep() == [(1, "PendingReview", "created")]
    assert world.cards.found["penstock-flower-groups-v1"]["SecurityConfig"] == {"KmsKeyId": "arn:key"}
    assert world.keep() == [(1, "PendingReview", "in_step")]
    world.move(1, Stage.APPROVED)
    assert world.keep() == [(1, "Approved", "updated")]
    assert world.cards.calls == ["create", "content", "Approved"]
    assert world.content()["additional_information"]["custom_details"]["stage"] == "approved"
    assert world.keeper.artifacts.read("cards/flower_groups/1/card.json")


@pytest.mark.parametrize("stage", [Stage.REJECTED, Stage.REFUSED])
def test_the_card_of_a_version_that_never_serves_is_archived(world: World, stage: Stage) -> None:
    number = world.register("r2", stage if stage is Stage.REFUSED else Stage.PENDING_APPROVAL)
    if stage is Stage.REJECTED:
        world.keep(number)
        world.move(number, stage)
    assert world.keep(number)[0][1] == "Archived"
    assert world.content(number)["additional_information"]["custom_details"]["stage"] == stage


def test_an_expired_question_that_is_asked_again_opens_the_card_again(world: World) -> None:
    for stage in (Stage.EXPIRED, Stage.PENDING_APPROVAL):
        world.move(1, stage)
        world.keep()
    assert world.cards.calls == ["create", "content", "PendingReview"]


def test_somebody_archived_the_card_and_it_is_opened_to_be_written(world: World) -> None:
    world.keep()
    world.cards.update("penstock-flower-groups-v1", status="Archived")
    world.move(1, Stage.APPROVED)
    assert world.keep() == [(1, "Approved", "updated")]
    assert world.cards.calls[2:] == ["Draft", "content", "Approved"]


def test_the_card_of_the_replaced_champion_follows_too(world: World) -> None:
    live = (Stage.APPROVED, Stage.DEPLOYING, Stage.CHAMPION)
    world.move(1, *live)
    number = world.register("r2")
    world.keep(1)
    world.move(number, *live)
    assert world.keep(number) == [(2, "Approved", "created"), (1, "Approved", "updated")]
    assert world.content(1)["additional_information"]["custom_details"]["stage"] == "retired"


def test_a_version_that_changes_while_its_card_is_written_is_written_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    describe, moved = world.cards.describe, list[int]()

    def slow(name: str) -> dict[str, Any] | None:
        if not moved:
            moved.append(1)
            world.move(1, Stage.APPROVED)
        return describe(name)

    monkeypatch.setattr(world.cards, "describe", slow)
    assert world.keep() == [(1, "Approved", "updated")]
    assert world.content()["additional_information"]["custom_details"]["stage"] == "approved"
