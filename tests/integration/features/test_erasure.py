"""An entity leaves every file, every version of a file, the online store and the counts; evidence stays."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from penstock.catalog import Catalog
from penstock.errors import InvalidSpec, NotFound, NotPermitted
from penstock.features import OnlineStore
from penstock.features.catalogue import FeatureCatalogue
from penstock.features.erased import ErasedEntities, key_hash
from penstock.features.erasure import Erasure
from penstock.features.materialisations import Materialisation, Materialisations
from penstock.governance import AuditTrail
from penstock.specs import UseCase
from penstock.stores import MemoryItems
from tests.integration.features.test_refreshing import PLACE, SECRET, VIEW, Lake

NOW = "2026-03-01T00:00:00.000Z"
ASKED = {"use_case": "demo", "entity": "customer", "key": "C1", "reason": "request 17"}


class Erasing:
    """A lake with two writes of a view, and everything that erasure needs."""

    def __init__(self, folder: Path) -> None:
        self.lake, items = Lake(folder), MemoryItems()
        self.catalog, self.audit = Catalog(MemoryItems()), AuditTrail(MemoryItems())
        self.known, self.erased = Materialisations(items), ErasedEntities(items)
        use_case = UseCase.model_validate(_document())
        self.catalog.register(use_case, by="dana", at=NOW)
        features = FeatureCatalogue(items)
        features.register(use_case, by="dana", at=NOW)
        self.steps = Erasure(
            catalog=self.catalog, features=features, known=self.known, erased=self.erased,
            online=OnlineStore(self.lake.entities), audit=self.audit, lake=self.lake.objects,
            hash_key=lambda: SECRET, now=lambda: NOW,
        )  # fmt: skip
        self.lake.arrivals["a"] = [("C1", 0, 10.0), ("C1", 40, 20.0), ("C2", 3, 5.0)]
        self.write("s1")
        self.lake.arrivals["b"] = [("C1", 41, 1.0), ("C3", 70, 2.0)]
        self.write("s2", base="s1", arrivals=("b",))

    def write(self, snapshot: str, **more: Any) -> None:
        """Write the view twice, as a repeat does, and commit it."""
        work = self.lake.work(snapshot, **more)
        for name in ("once", "again"):
            self.lake.job(f"{snapshot}-{name}").run(work)
        found = self.lake.manifest(snapshot)
        size = sum(file.bytes for file in found.files)
        done = Materialisation(**work.views[0].writing.model_dump(), rows=found.rows, entities=found.entities,
                               files=len(found.files), bytes=size, at=NOW)  # fmt: skip
        self.known.commit(PLACE, done)

    def run(self, steps: Erasure | None = None) -> dict[str, Any]:
        """Ask for the erasure, and run the workflow to its end; return the certificate."""
        steps = steps or self.steps
        asked: dict[str, Any] = steps.ask(ASKED, "priya", identifier="e1", is_approver=True)
        while (asked := steps.erase(asked))["route"] == "again":
            pass
        found: dict[str, Any] = json.loads(self.lake.objects.read(asked["certificate"]))
        return found

    def keys(self) -> set[str]:
        """Return the entities that any version of any file holds."""
        found: set[str] = set()
        for one in self.lake.objects.versions(f"{PLACE.prefix}/data/"):
            path = self.lake.folder / "looked.parquet"
            self.lake.objects.download(one.key, path, version=one.version)
            found |= {row[0] for row in duckdb.read_parquet(str(path)).select("customer").fetchall()}
        return found


def _document() -> dict[str, Any]:
    columns = [
        {"name": "id", "type": "string", "key": True}, {"name": "customer", "type": "string"},
        {"name": "day", "type": "date"}, {"name": "amount", "type": "decimal"},
        {"name": "late", "type": "integer"},
    ]  # fmt: skip
    contract = {"dataset": "payments", "owner": "o", "steward": "s", "purpose": "p", "legal_basis": "l",
                "classification": "internal", "columns": columns}  # fmt: skip
    model = {"dataset": "payments", "target": {"column": "late"}, "features": ["amount"],
             "split": {"column": "id"},
             "candidates": [{"name": "linear", "algorithm": "logistic_regression"}]}  # fmt: skip
    return {"name": "demo", "title": "t", "owner": "o", "risk": {}, "datasets": [contract], "model": model,
            "features": [VIEW.model_dump(mode="json")]}  # fmt: skip


@pytest.fixture
def world(tmp_path: Path) -> Erasing:
    return Erasing(tmp_path)


def test_nothing_of_the_entity_is_left_and_all_else_is(world: Erasing) -> None:
    assert world.keys() == {"C1", "C2", "C3"}
    others = [row for row in world.lake.rows("s2") if row[0] != "C1"]
    certificate = world.run()
    assert world.keys() == {"C2", "C3"}
    assert world.lake.rows("s2") == others
    assert [row["payments"] for row in world.lake.online("C1", "C2", "C3")] == [None, 1, 1]
    (view,) = certificate["views"]
    assert (certificate["online"], view["rows"], view["files"], view["manifests"]) == (True, 3, 3, 2)
    assert certificate["object_versions"] >= 3


def test_manifests_and_records_count_what_is_left(world: Erasing) -> None:
    world.run()
    for identifier, rows, entities in (("s1", 1, 1), ("s2", 2, 2)):
        manifest, done = world.lake.manifest(identifier), world.known.find(PLACE, identifier)
        assert (manifest.rows, manifest.entities) == (done.rows, done.entities) == (rows, entities)
        sizes = {file.key: world.lake.objects.head(file.key).bytes for file in manifest.files}
        assert {file.key: file.bytes for file in manifest.files} == sizes
        assert done.bytes == sum(sizes.values())


def test_the_evidence_does_not_hold_the_key(world: Erasing) -> None:
    certificate = world.run()
    assert certificate["key_hash"] == key_hash("C1", SECRET, entity="customer")
    told = [record.model_dump_json() for record in world.audit.records("demo")]
    assert [json.loads(one)["action"] for one in told] == ["erasure asked", "entity erased"]
    assert "C1" not in json.dumps(certificate) + "".join(told)
    assert not list(world.lake.objects.versions("requests/erasures/"))
    assert world.erased.of("demo") == {"customer": (certificate["key_hash"],)}


class Crash(Exception):
    """The function was killed."""


def test_what_broke_off_is_taken_up_and_a_repeat_changes_nothing(
    world: Erasing, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = dataclasses.replace(world.steps, at_once=1)
    asked = steps.ask(ASKED, "priya", identifier="e1", is_approver=True)
    with monkeypatch.context() as broken:

        def killed(versions: Any) -> int:
            raise Crash

        broken.setattr(world.lake.objects, "erase", killed)
        with pytest.raises(Crash):
            steps.erase(asked)
    work: dict[str, Any] = asked
    while (work := steps.erase(work))["route"] == "again":
        pass
    certificate = json.loads(world.lake.objects.read(work["certificate"]))
    assert world.keys() == {"C2", "C3"}
    assert certificate["views"][0]["rows"] == 3
    assert world.lake.manifest("s2").rows == 2
    assert steps.erase(asked)["route"] == "done"
    assert json.loads(world.lake.objects.read("erasures/demo/e1.json")) == certificate


def test_only_an_approver_may_and_nobody_against_a_hold(world: Erasing) -> None:
    with pytest.raises(NotPermitted, match="approver"):
        world.steps.ask(ASKED, "dana", identifier="e1", is_approver=False)
    world.catalog.holds.place("demo", "payments", reason="lawsuit 12", by="priya", at=NOW)
    with pytest.raises(NotPermitted, match="lawsuit 12"):
        world.steps.ask(ASKED, "priya", identifier="e2", is_approver=True)
    assert [record.action for record in world.audit.records("demo")] == ["erasure refused"] * 2
    assert world.erased.of("demo") == {}
    assert world.keys() == {"C1", "C2", "C3"}


@pytest.mark.parametrize(
    ("change", "error"),
    [({"entity": "meter"}, NotFound), ({"key": ""}, InvalidSpec), ({"reason": " "}, InvalidSpec),
     ({"use_case": "none"}, NotFound)],
)  # fmt: skip
def test_a_request_that_says_too_little_is_refused(
    world: Erasing, change: dict[str, str], error: Any
) -> None:
    with pytest.raises(error):
        world.steps.ask({**ASKED, **change}, "priya", identifier="e1", is_approver=True)


@pytest.mark.parametrize("key", ["it's", 'a "b"', "日本", "x\0y", "%", "C1'; DROP TABLE wanted; --"])
def test_keys_are_hostile_text(tmp_path: Path, key: str) -> None:
    world = Erasing(tmp_path)
    steps = world.steps
    asked: dict[str, Any] = steps.ask({**ASKED, "key": key}, "priya", identifier="e9", is_approver=True)
    assert steps.erase(asked)["route"] == "done"
    assert world.keys() == {"C1", "C2", "C3"}
