"""From one prediction to the files that it came from, and back."""

from __future__ import annotations

import base64
import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from penstock.catalog import Arrival, Catalog, LandedObject
from penstock.catalog.lineage import Edge
from penstock.errors import NotFound
from penstock.governance.predictions import find_prediction, predictions_of, trace, versions_from
from penstock.models import ModelRepository, Stage
from penstock.stores import FolderObjects, MemoryItems

AT = "2026-01-01T00:00:00.000Z"
HOME = "capture/demo/penstock-demo/AllTraffic"


def line(
    identifier: str, version: str | None = "1", *, at: str = "2026-01-05T10:00:00Z", csv: bool = False
) -> str:
    answer = (
        "0.5\n0.7" if csv else json.dumps({"predictions": [{"score": 0.5}], "model": {"version": version}})
    )
    encoding = "CSV" if csv else "JSON"
    if identifier == "encoded":
        answer, encoding = base64.b64encode(answer.encode()).decode(), "BASE64"
    return json.dumps(
        {
            "captureData": {"endpointOutput": {"data": answer, "encoding": encoding}},
            "eventMetadata": {
                "eventId": f"event-{identifier}",
                "inferenceId": identifier,
                "inferenceTime": at,
            },
        }
    )


class World:
    def __init__(self, folder: Path) -> None:
        self.catalog, self.models = Catalog(MemoryItems()), ModelRepository(MemoryItems())
        self.artifacts = FolderObjects(folder)
        landed = LandedObject(bucket="landing", key="demo/sales/jan.csv", version="v7", size=9)
        arrival = Arrival(
            id="a1", use_case="demo", dataset="sales", file_name="jan.csv", object=landed, received_at=AT,
            updated_at=AT, contract=2, rows_curated=90,
        )  # fmt: skip
        self.catalog.begin(arrival)
        steps = ("arrival:demo/sales/a1", "snapshot:demo/sales/s1", "run:demo/r1", "model:demo/1",
                 "endpoint:demo/penstock-demo")  # fmt: skip
        for source, target in pairwise(steps):
            self.catalog.lineage.record(Edge(source=source, target=target, by="test", at=AT))
        facts = {"candidate": "c", "model_key": "m", "evaluation_prefix": "e", "snapshot_id": "s1"}
        self.models.register("demo", run_id="r1", stage=Stage.APPROVED, by="dana", at=AT, facts=facts)
        for stage, at in ((Stage.DEPLOYING, AT), (Stage.CHAMPION, "2026-01-03T00:00:00.000Z")):
            self.models.move("demo", 1, stage, by="serving", at=at)

    def capture(self, hour: str, *lines: str) -> None:
        self.artifacts.write(f"{HOME}/{hour}/00.jsonl", "\n".join(lines).encode())

    def trace(self, identifier: str, **options: Any) -> Any:
        return trace(self.catalog, self.models, self.artifacts, "demo", identifier, **options)


@pytest.fixture
def world(tmp_path: Path) -> World:
    world = World(tmp_path)
    world.capture("2026/01/05/10", "not json", line("one"), line("encoded"), line("two"))
    return world


@pytest.mark.parametrize("identifier", ["one", "event-one", "encoded"])
def test_a_prediction_leads_to_version_run_snapshot_and_file(world: World, identifier: str) -> None:
    found = world.trace(identifier, day="2026-01-05")
    assert (found.prediction.version, found.model["run_id"]) == (1, "r1")
    assert found.snapshots == ("snapshot:demo/sales/s1",)
    (file,) = found.files
    assert (file.key, file.object_version, file.contract) == ("demo/sales/jan.csv", "v7", 2)


def test_where_the_answer_names_no_version_the_time_tells(world: World) -> None:
    world.capture("2026/01/06/10", line("text", csv=True), line("early", csv=True, at="2026-01-02T00:00:00Z"))
    found = world.trace("text")
    assert (found.prediction.version, found.prediction.rows) == (1, 2)
    with pytest.raises(NotFound, match="version that made this prediction"):
        world.trace("early")


@pytest.mark.parametrize(("identifier", "day"), [("three", ""), ("one", "2026-01-06")])
def test_what_was_not_captured_says_so(world: World, identifier: str, day: str) -> None:
    with pytest.raises(NotFound, match="No captured request"):
        find_prediction(world.artifacts, "demo", identifier, day=day)


def test_a_file_leads_to_the_predictions_made_from_it_the_newest_first(world: World) -> None:
    world.capture("2026/01/07/00", line("other", "2"), line("late"))
    versions = versions_from(world.catalog, "arrival:demo/sales/a1")
    found = predictions_of(world.artifacts, world.models, "demo", versions, limit=3)
    assert (versions, [one.inference_id for one in found]) == ({1}, ["late", "two", "encoded"])
