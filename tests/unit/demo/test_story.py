"""The stories, their sources and their clients."""

from __future__ import annotations

import io
import json
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from penstock.catalog import Catalog
from penstock.cli.cloud import Story
from penstock.demo import assembly
from penstock.demo.platform_start import put_aside
from penstock.demo.story import STORIES
from penstock.demo.traffic import flowing
from penstock.features import FeatureServer, MemoryEntities, OnlineStore
from penstock.serving.client import EndpointClient
from penstock.specs import load_use_case
from penstock.stores import MemoryItems

PROJECT = assembly.project_folder()


def test_every_example_has_its_story_and_ends_with_the_report() -> None:
    examples = {path.parent.name for path in PROJECT.glob("examples/*/usecase.yaml")}
    assert set(STORIES) == examples == set(Story)
    assert all(steps[-1].__name__ == "sum_up" for steps in STORIES.values())


def test_an_earlier_state_is_put_aside_and_the_cache_stays(tmp_path: Path) -> None:
    state = tmp_path / ".penstock"
    (state / "cache").mkdir(parents=True)
    (state / "data").write_text("old")
    assert put_aside(tmp_path)
    assert (state / "previous" / "data").read_text() == "old"
    assert (state / "cache").is_dir() and not (state / "data").exists()


class _Runtime:
    def __init__(self) -> None:
        self.requests: list[dict[str, Any]] = []
        self.lock = threading.Lock()

    def invoke_endpoint(self, **request: Any) -> dict[str, Any]:
        rows = json.loads(request["Body"])["instances"]
        with self.lock:
            self.requests.append({**request, "rows": rows})
        answers = [{"score": row["amount"], "label": 1} for row in rows]
        return {"Body": io.BytesIO(json.dumps({"predictions": answers}).encode())}


def _client() -> tuple[EndpointClient, _Runtime]:
    items, runtime = MemoryItems(), _Runtime()
    use_case = load_use_case(PROJECT / "examples" / "late_invoices")
    Catalog(items).register(use_case, by="ann", at="2026-01-01T00:00:00.000Z")
    client = SimpleNamespace(invoke_endpoint=runtime.invoke_endpoint)
    session = SimpleNamespace(client=lambda *_, **__: client)
    platform: Any = SimpleNamespace(items=lambda _: items, session=session, tables={"online": "online"})
    ids = iter(range(10_000))
    made = EndpointClient(platform, "late_invoices", new_id=lambda: f"id-{next(ids)}")
    made.__dict__["_server"] = FeatureServer.of(use_case, OnlineStore(MemoryEntities()))
    return made, runtime


ROWS = [{"customer_id": "C1", "country": "DE", "amount": float(n), "secret": "x"} for n in range(45)]


def test_answers_come_in_the_order_of_the_rows_whatever_the_batches() -> None:
    client, runtime = _client()
    assert [answer["score"] for answer in client.predict(ROWS, batch_rows=20)] == [
        float(n) for n in range(45)
    ]
    assert sorted(len(request["rows"]) for request in runtime.requests) == [5, 20, 20]
    assert len({request["InferenceId"] for request in runtime.requests}) == 3
    assert {request["EndpointName"] for request in runtime.requests} == {"penstock-late-invoices"}


def test_only_the_models_columns_are_sent_with_unknown_features_as_null() -> None:
    client, _ = _client()
    row = client.instances(ROWS[:1])[0]
    assert "secret" not in row and "customer_id" not in row
    assert row["late_share"] is None and row["country"] == "DE"


def test_features_that_a_row_has_are_not_looked_up() -> None:
    client, _ = _client()
    known = {"invoices_settled": 3, "late_share": 0.5, "mean_days_late": 1.0, "mean_amount": 9.0}
    assert client.instances([{"amount": 1.0, **known}])[0]["late_share"] == pytest.approx(0.5)


def test_traffic_flows_until_the_block_ends() -> None:
    client, _ = _client()
    with flowing(client, ROWS) as traffic:
        while traffic.answered < 3:
            pass
    counted = traffic.answered
    assert counted >= 3 and traffic.refused == 0 and traffic.share_refused == 0
    assert traffic.answered == counted
