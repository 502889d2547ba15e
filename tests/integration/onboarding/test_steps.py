"""Formats through the steps of the workflow: change data, exports, partitions."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from penstock.errors import UnreadableFile
from tests.integration.onboarding.conftest import contract_of
from tests.unit.steps.conftest import World, use_case_document

CHANGES: dict[str, Any] = {
    "columns": [
        {"name": "id", "type": "integer", "key": True},
        {"name": "Op", "type": "string"},
        {"name": "lsn", "type": "integer"},
        {"name": "city", "type": "string"},
    ],
    "changes": {"operation": "Op", "order_by": "lsn"},
}


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def register(world: World, **changes: Any) -> None:
    """Register the dataset ``payments`` beside those that the use case has."""
    contract = contract_of(**changes).model_dump(mode="json")
    others = [one for one in use_case_document()["datasets"] if one["dataset"] != "payments"]
    world.register(datasets=[*others, contract])


def land(world: World, content: bytes, name: str = "a.csv") -> dict[str, Any]:
    """Put a file into the landing bucket; return its event."""
    key = f"demo_case/payments/{name}"
    world.landing.write(key, content)
    thing = {"key": key, "size": len(content), "version-id": world.landing.head(key).version}
    return {"detail": {"bucket": {"name": "landing"}, "object": thing}}


def onboard(world: World, event: dict[str, Any], run: str) -> dict[str, Any]:
    """Take a file through the steps; commit runs twice, as after a crash."""
    steps = world.onboarding()
    processed = steps.process(steps.admit(event, run))
    steps.commit(processed)
    done: dict[str, Any] = steps.commit(processed)
    return done


def read(world: World, key: str) -> list[tuple[Any, ...]]:
    """Read Parquet files of the lake."""
    return duckdb.read_parquet(f"{world.folder}/lake/{key}").fetchall()


def test_each_arrival_of_change_data_brings_the_current_table_up_to_date(world: World) -> None:
    register(world, **CHANGES)
    onboard(world, land(world, b"id,Op,lsn,city\n1,I,1,Bern\n2,I,2,Genf\n"), "e1")
    done = onboard(world, land(world, b"id,Op,lsn,city\n2,D,5,\n1,U,4,Chur\n1,U,3,late\n", "b.csv"), "e2")
    snapshot = done["snapshot_id"]
    place = f"current/demo_case/payments/snapshot={snapshot}"
    assert read(world, f"{place}/part-00000.parquet") == [(1, 4, "Chur")]
    assert world.tables.current == {"demo_case__payments__current": snapshot}
    assert len(read(world, "curated/demo_case/payments/*/*.parquet")) == 5


def test_every_part_of_an_arrival_is_in_the_snapshot(world: World) -> None:
    register(world, partition_by=[{"column": "id"}])
    done = onboard(world, land(world, b"id,amount\na,1\nb,2\na,3\n"), "e1")
    head = world.catalog.latest("demo_case", "payments")
    assert head is not None
    parts = list(world.catalog.snapshots.parts(head))
    assert [(part.key.rsplit("/", 1)[1], part.rows) for part in parts] == [
        ("part-00000.parquet", 2),
        ("part-00001.parquet", 1),
    ]
    assert done["rows_curated"] == 3


def test_the_manifest_of_an_export_is_what_is_onboarded(world: World) -> None:
    register(world, format={"manifest": True})
    manifest = json.dumps({"files": [{"key": "a.csv", "rows": 1}, {"key": "b.csv"}]}).encode()
    part = land(world, b"id,amount\na,1\n")
    assert world.onboarding().admit(part, "e1")["route"] == "repeated"
    event = land(world, manifest, "manifest.json")
    with pytest.raises(UnreadableFile, match=r"b\.csv is not what the manifest says"):
        world.onboarding().process(world.onboarding().admit(event, "e2"))
    land(world, b"id,amount\nb,2\nc,3\n", "b.csv")
    done = onboard(world, event, "e2")
    assert (done["outcome"], done["rows_curated"]) == ("accepted", 3)


def test_large_exports_and_zstandard_go_to_a_job_with_all_their_files(world: World) -> None:
    register(world, format={"manifest": True})
    manifest = json.dumps({"files": [{"key": "a.csv"}, {"key": "b.csv"}]}).encode()
    for name in ("a.csv", "b.csv"):
        land(world, b"id,amount\n" + name.encode() + b",1\n", name)
    admitted = world.onboarding(large_bytes=len(manifest) + 20).admit(land(world, manifest, "manifest"), "e1")
    assert admitted["route"] == "job"
    folder = f"requests/onboard/{admitted['arrival_id']}/file"
    assert sorted(key.rsplit("/", 1)[1] for key in world.lake.keys(folder)) == ["a.csv", "b.csv", "manifest"]
    register(world)
    assert world.onboarding().admit(land(world, b"\x28\xb5\x2f\xfd", "a.csv.zst"), "e2")["route"] == "job"
