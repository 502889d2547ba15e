"""The commands about versions of a dataset, on stores in memory and in folders."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from penstock.catalog.profiles import profile_files
from penstock.cli.app import app
from penstock.cli.connection import Target
from penstock.errors import DamagedData, InvalidSpec, NotFound
from tests.unit.catalog.test_diff import AT, COLUMNS, PLACE, World

RUNNER = CliRunner()


@dataclass
class Platform:
    """What the commands ask of a platform."""

    world: World

    @property
    def lake(self) -> Any:
        return self.world.lake

    def items(self, table: str) -> Any:
        assert table == "catalog"
        return self.world.items

    def call(self, function: str, payload: dict[str, Any]) -> dict[str, Any]:
        answer = {"id": "0a", "by": "dana", "released_by": "", "function": function, **payload}
        return answer | ({"released_by": "priya"} if function == "release_dataset" else {})


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    world = World(tmp_path)
    row = {"id": "a", "day": None, "late": 1}
    world.arrive("first", [row], COLUMNS)
    world.arrive("second", [{**row, "id": "b", "late": 5}], COLUMNS)
    monkeypatch.setattr(Target, "platform", lambda _: Platform(world))
    return world


def ask(*words: str) -> str:
    answer = RUNNER.invoke(app, ["dataset", words[0], *PLACE, *words[1:]])
    if answer.exception:
        raise answer.exception
    return answer.output


def test_snapshots_are_listed_the_newest_first(world: World) -> None:
    listed = json.loads(ask("snapshots", "--json"))
    assert [(one["sequence"], one["rows"], one["arrival_id"]) for one in listed] == [
        (2, 2, "second"), (1, 1, "first"),
    ]  # fmt: skip
    assert "second" in ask("snapshots", "--limit", "1") and "first" not in ask("snapshots", "--limit", "1")


def test_a_snapshot_is_read_to_a_folder_or_asked(world: World, tmp_path: Path) -> None:
    oldest = json.loads(ask("snapshots", "--json"))[-1]["id"]
    told = json.loads(ask("read", "--snapshot", oldest[:8], "--to", str(tmp_path / "out"), "--json"))
    assert [Path(file).is_file() for file in told["files"]] == [True]
    query = "SELECT count(*) AS n, max(late) AS late FROM invoices"
    assert json.loads(ask("read", "--sql", query, "--json")) == [{"n": 2, "late": 5}]
    with pytest.raises(InvalidSpec, match="--to"):
        ask("read")


def test_a_damaged_snapshot_ends_with_an_error(world: World) -> None:
    assert "all as they were" in ask("verify")
    world.lake.erase(world.lake.versions("curated/demo/invoices/arrival=first/"))
    with pytest.raises(DamagedData, match="1 missing"):
        ask("verify", "--no-hashes")


def test_two_snapshots_are_compared_on_the_screen_as_json_and_as_a_page(world: World, tmp_path: Path) -> None:
    newest, oldest = (one["id"] for one in json.loads(ask("snapshots", "--json")))
    assert "1 rows added" in ask("diff", oldest)
    found = json.loads(ask("diff", oldest, newest, "--json", "--html", str(tmp_path / "diff.html")))
    assert (found["rows"]["added"], found["objects"]["unchanged"]) == (1, 1)
    assert "<table>" in (tmp_path / "diff.html").read_text()


def test_what_is_due_is_shown(world: World) -> None:
    world.catalog.holds.place(*PLACE, reason="lawsuit", by="dana", at="2026-01-01")
    told = ask("retention")
    assert "lawsuit" in told and "retention_days 30" in told
    assert json.loads(ask("retention", "--json"))["holds"][0]["by"] == "dana"


def test_holds_are_placed_and_released(world: World) -> None:
    assert "demo/invoices is on hold (hold 0a), by dana" in ask("hold", "--reason", "lawsuit")
    assert "released (hold 0a), by priya" in ask("release", "--reason", "settled")
    assert json.loads(ask("hold", "--reason", "x", "--json"))["reason"] == "x"


def test_the_statistics_of_a_dataset_are_merged_from_its_arrivals(world: World, tmp_path: Path) -> None:
    for name, lates in {"first": [1], "second": [5, 9]}.items():
        file = tmp_path / f"{name}.parquet"
        pq.write_table(pa.table({"late": lates}), file)
        profile = profile_files([file]).model_dump_json().encode()
        world.lake.write(f"reports/demo/invoices/{name}/profile.json", profile)
    page = tmp_path / "page.html"
    found = json.loads(ask("statistics", "--json", "--html", str(page)))
    (column,) = found["columns"]
    assert (found["rows"], column["minimum"], column["maximum"], column["mean"]) == (3, 1, 9, 5.0)
    assert "late" in page.read_text()
    assert "late" in ask("statistics", "--from", AT[:7])
    with pytest.raises(NotFound, match="No rows of the snapshot were accepted in this time"):
        ask("statistics", "--to", "1999-12")


def test_statistics_say_which_arrival_has_no_profile(world: World) -> None:
    world.arrive("third", [{"id": "c", "day": None, "late": 1}], COLUMNS, profile="report.json")
    with pytest.raises(NotFound, match="third"):
        ask("statistics")
