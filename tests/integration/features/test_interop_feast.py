"""Feast itself takes the repositories that we write, and its join gives what ours gives."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet

from penstock.features import join
from penstock.features.interop.feast import copy_rows, from_feast, to_feast
from penstock.features.interop.feast.repository import Store
from penstock.specs import FeatureView, UseCase
from penstock.specs.feature_sets import feature_types
from tests.unit.features.interop_case import use_case

PROJECT = Path(__file__).resolve().parents[3]
PINNED = PROJECT / "benchmarks" / "feast_peer" / "requirements.txt"
ORACLE = Path(__file__).with_name("feast_oracle.py")
START = datetime(2025, 1, 1)
TYPES = {"string": pa.string(), "integer": pa.int64(), "decimal": pa.float64(), "boolean": pa.bool_(),
         "date": pa.date32(), "timestamp": pa.timestamp("us")}  # fmt: skip


@pytest.fixture(scope="module")
def feast() -> Path:
    """Return the folder of the commands of an environment with Feast, made once from hashed requirements."""
    home = PROJECT / ".penstock" / "peers" / "feast"
    commands, stamp = home / "bin", home / "requirements.txt"
    if not stamp.exists() or stamp.read_text() != PINNED.read_text():
        uv = Path(sys.executable).parent / "uv"
        make = [uv, "venv", "--quiet", "--clear", "--python", sys.executable, home]
        fill = [uv, "pip", "sync", "--quiet", "--require-hashes", "--python", commands / "python", PINNED]
        for command in (make, fill):
            run(*command, cwd=PROJECT)
        stamp.write_text(PINNED.read_text())
    return commands


def run(*command: object, cwd: Path) -> None:
    done = subprocess.run([str(one) for one in command], cwd=cwd, check=False, capture_output=True, text=True)
    assert not done.returncode, done.stderr[-4_000:]


@dataclass(frozen=True)
class Answers:
    """What Feast and we say of the same repository and rows."""

    case: UseCase
    folder: Path
    file: dict[int, dict[str, Any]]
    duckdb: dict[int, dict[str, Any]]
    ours: dict[int, dict[str, Any]]


@pytest.fixture(scope="module")
def answers(feast: Path, tmp_path_factory: pytest.TempPathFactory) -> Answers:
    folder, case = tmp_path_factory.mktemp("feast"), use_case()
    stored = {view.name: write_store(case, view, folder / "lake") for view in case.features}
    for view in case.features:
        copy_rows(view, types_of(case, view), stored[view.name], folder / f"rows/{view.name}.parquet")
    repositories = [write_repository(case, folder, store) for store in ("file", "duckdb")]
    spine = write_spine(folder / "spine.parquet")
    run(feast / "python", ORACLE, spine, "everything", folder, *repositories, cwd=folder)
    join(
        spine=spine, timestamp="event_timestamp", output=folder / "ours.parquet",
        views=[(view, stored[view.name]) for view in case.features],
    )  # fmt: skip
    ours = rows_of(folder / "ours.parquet")
    return Answers(case, folder, rows_of(folder / "0.rows.parquet"), rows_of(folder / "1.rows.parquet"), ours)


def write_repository(case: UseCase, folder: Path, store: Store) -> Path:
    made = to_feast(case, source=lambda view: str(folder / f"rows/{view.name}.parquet"), store=store)
    repository = folder / store
    (repository / "data").mkdir(parents=True)
    for name, text in made.files.items():
        (repository / name).write_text(text)
    return repository


def types_of(case: UseCase, view: FeatureView) -> dict[str, Any]:
    contract = case.contract(view.dataset)
    assert contract is not None
    return feature_types(view, contract)


def rows_of(file: Path) -> dict[int, dict[str, Any]]:
    return {row["row"]: row for row in parquet.read_table(file).to_pylist()}


def values(random: Random, kind: str) -> Any:
    if random.random() < 0.2:
        return None
    return {
        "string": random.choice(["", "é", "it's", 'say "x"']), "integer": random.randint(-5, 5),
        "decimal": random.choice([0.0, -1.5, 1e300, 0.1]), "boolean": random.random() < 0.5,
        "date": datetime(1999, 12, random.randint(1, 31)).date(),
        "timestamp": START + timedelta(microseconds=random.randint(0, 10**12)),
    }[kind]  # fmt: skip


def moment(random: Random) -> datetime:
    """Return one of few moments, so that many fall together or a microsecond apart."""
    hours, off = random.randint(0, 24 * 12), random.choice([0, 0, 1, -1])
    return START + timedelta(hours=hours - hours % 2, microseconds=off)


def write_store(case: UseCase, view: FeatureView, lake: Path) -> list[Path]:
    """Write rows as the offline store has them: versions of rows, deleted ones among them, in two files."""
    random, types = Random(view.name), types_of(case, view)
    fields = {view.entity.key: pa.string() if view.entity.type == "string" else pa.int64(),
              "event_timestamp": TYPES["timestamp"], **{name: TYPES[kind] for name, kind in types.items()},
              "write_time": TYPES["timestamp"], "api_invocation_time": TYPES["timestamp"],
              "is_deleted": pa.bool_()}  # fmt: skip
    moments = sorted({moment(random) for _ in range(90)})
    files = []
    for version in range(2):
        rows = [
            {view.entity.key: key if view.entity.type == "integer" else str(key), "event_timestamp": at,
             **{name: values(random, kind) for name, kind in types.items()},
             "write_time": START + timedelta(days=20 + version),
             "api_invocation_time": START + timedelta(days=20 + version),
             "is_deleted": version == 1 and random.random() < 0.3}
            for key in range(4) for at in moments if random.random() < 0.5
        ]  # fmt: skip
        files.append(lake / view.name / f"year=2025/{version}.parquet")
        files[-1].parent.mkdir(parents=True, exist_ok=True)
        parquet.write_table(pa.Table.from_pylist(rows, schema=pa.schema(list(fields.items()))), files[-1])
    return files


def write_spine(path: Path) -> Path:
    """Write rows to ask for, no two of one key and moment, as Feast takes two for one."""
    random, seen, rows = Random(7), set(), list[dict[str, Any]]()
    while len(rows) < 400:
        at, customer, shop = moment(random), str(random.randint(0, 5)), random.randint(0, 5)
        if (at, customer, shop) not in seen:
            seen.add((at, customer, shop))
            rows.append({
                "row": len(rows), "event_timestamp": at, "customer": customer, "shop": shop, "amount": 1.5,
                "items": 2, "note": "a", "seen": START,
            })  # fmt: skip
    schema = pa.schema([
        ("row", pa.int64()), ("event_timestamp", pa.timestamp("us", tz="UTC")), ("customer", pa.string()),
        ("shop", pa.int64()), ("amount", pa.float64()), ("items", pa.int64()), ("note", pa.string()),
        ("seen", pa.timestamp("us", tz="UTC")),
    ])  # fmt: skip
    parquet.write_table(pa.Table.from_pylist(rows, schema=schema), path)
    return path


def plain(value: Any) -> Any:
    """Return a value as both can have it: times in microseconds, NaN as null."""
    if hasattr(value, "year"):
        at = datetime(*value.timetuple()[:6], getattr(value, "microsecond", 0))
        return (at - datetime(1970, 1, 1)) // timedelta(microseconds=1)
    if isinstance(value, float) and math.isnan(value):
        return None
    return value


def features_of(case: UseCase) -> Iterator[str]:
    yield from (feature.name for view in case.features for feature in view.features)


def test_the_join_of_feast_gives_what_ours_gives(answers: Answers) -> None:
    names = list(features_of(answers.case))
    assert 0 < len(answers.file) < len(answers.ours)  # its default store loses rows of which it knows nothing
    for row, each in answers.file.items():
        ours = answers.ours[row]
        assert {name: plain(each[name]) for name in names} == {name: plain(ours[name]) for name in names}
    for name in names:
        assert {each[name] is None for each in answers.file.values()} == {True, False}


def test_its_duckdb_store_loses_no_row_and_differs_by_the_delay_alone(answers: Answers) -> None:
    assert len(answers.duckdb) == len(answers.ours)
    exact = [feature.name for feature in answers.case.features[1].features]
    for view in answers.case.features:
        names = [feature.name for feature in view.features]
        differ = [
            row for row, each in answers.duckdb.items()
            if any(plain(each[name]) != plain(answers.ours[row][name]) for name in names)
        ]  # fmt: skip
        assert all(answers.ours[row][name] is None for row in differ for name in names)
        assert not differ or names != exact


def test_on_demand_features_are_computed_as_their_expressions_say(answers: Answers) -> None:
    for row, each in answers.duckdb.items():
        known = answers.ours[row]
        share = 1.5 / known["spent"] if known["spent"] else None
        assert each["share"] == share
        if share is not None or not known["was_late"]:
            assert each["is_big"] == ((share or 0) > 0.5 and bool(known["was_late"]))
        assert each["doubled"] == 4
        assert each["label"] == (None if known["last_note"] is None else f'A"{known["last_note"]}')
        assert plain(each["day"]) == plain(START)
        assert plain(each["since"]) == plain(known["last_seen"])


@pytest.mark.parametrize("form", ["0.registry", "1.registry", "0.protobuf"])
def test_what_feast_registered_comes_back_as_it_was(answers: Answers, form: str) -> None:
    imported, case = from_feast(json.loads((answers.folder / f"{form}.json").read_text())), answers.case
    assert imported.unsaid == ()
    assert {view.name: view for view in imported.views} == {view.name: view for view in case.features}
    assert {one.name: one for one in imported.on_demand} == {one.name: one for one in case.on_demand}
    assert {one.name: one for one in imported.services} == {one.name: one for one in case.services}
    entities = {*case.entities, *(view.entity for view in case.features)}
    assert set(imported.entities) == entities
    again = case.model_copy(update={
        "features": imported.views, "on_demand": imported.on_demand, "services": imported.services,
    })  # fmt: skip
    assert {one.name for one in type(case).model_validate(again.model_dump()).services} == {
        "everything",
        "some",
    }
