"""The late invoices, from a customer's history to a prediction that is given the customer's number."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from examples.late_invoices.generate import generate, live
from penstock.features import DynamoEntities, OnlineStore, layouts, reconcile
from penstock.features.catalogue import change_features, impact_on
from penstock.features.manifests import read_feature_manifest
from penstock.features.materialisations import Materialisations, ViewPlace
from penstock.models import ModelVersion, Stage
from penstock.serving.client import EndpointClient
from penstock.specs import load_use_case
from tests.end_to_end.platform.world import World

NAME = "late_invoices"
PLACE = ViewPlace(NAME, "customer_history", 1)
ROWS, MONTHS = 20_000, 6


@pytest.fixture(scope="module")
def model(world: World, tmp_path_factory: pytest.TempPathFactory) -> ModelVersion:
    """Register the example, let half a year of invoices come, and approve what was trained on it."""
    document = load_use_case(Path("examples/late_invoices")).model_dump(mode="json")
    document["model"]["candidates"] = [
        one for one in document["model"]["candidates"] if one["name"] != "xgboost"
    ]
    document["serving"]["rollout"] = {"strategy": "all_at_once", "percent": 50, "wait_seconds": 0}
    world.register(document)
    place = {"use_case": NAME, "dataset": "invoices", "decision": "approve", "reason": "purpose fits"}
    world.priya.call("decide_contract", place)
    for file in generate(ROWS, MONTHS, seed=7, output=tmp_path_factory.mktemp("invoices")):
        world.outcome(world.land(NAME, file.name, file.read_bytes(), dataset="invoices"))
    asked = world.pending(NAME)
    answer = {"approval_id": asked.approval_id, "decision": "approve", "reason": "reviewed"}
    world.priya.call("decide_approval", answer)
    return world.version(NAME, 1, Stage.CHAMPION)


def predict(world: World, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Ask the endpoint as an application does that has nothing but the invoice."""
    answer = world.dana.session.client("sagemaker-runtime").invoke_endpoint(
        EndpointName="penstock-late-invoices",
        ContentType="application/json",
        Body=json.dumps({"instances": rows}),
    )
    found: list[dict[str, Any]] = json.loads(answer["Body"].read())["predictions"]
    return found


def open_invoices(world: World, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what an application knows of invoices: the model's own columns, the customer's key, the day."""
    columns = (*world.catalog.use_case(NAME).model.features, "customer_id", "issued_on")
    return [{name: row[name] for name in columns} for row in rows]


def test_the_model_is_good_enough_with_what_it_knows_of_customers(world: World, model: ModelVersion) -> None:
    assert model.metrics["auc"]["value"] > 0.75
    card = json.loads(world.engineer.artifacts.read(f"runs/{NAME}/{model.run_id}/prepared/preparation.json"))
    assert {"late_share", "late_share_lately", "relative_amount"} <= {one["name"] for one in card["columns"]}


def test_the_training_read_the_files_that_its_manifest_pinned(world: World, model: ModelVersion) -> None:
    manifest = json.loads(world.engineer.artifacts.read(f"runs/{NAME}/{model.run_id}/features.manifest"))
    newest = Materialisations(world.engineer.items("features")).find(PLACE, model.snapshot_id)
    files = read_feature_manifest(world.engineer.lake, PLACE, newest.id).files
    assert [f"features/{NAME}/{key}" for key in manifest[1:]] == [file.key for file in files]
    sources = {edge.source for edge in world.catalog.lineage.upstream(f"model:{NAME}/1").edges}
    assert f"features:{NAME}/customer_history_v1/{newest.id}" in sources


def test_online_and_offline_agree_about_every_customer(
    world: World, model: ModelVersion, tmp_path: Path
) -> None:
    import pyarrow as pa

    pq: Any = import_module("pyarrow.parquet")
    newest = Materialisations(world.engineer.items("features")).find(PLACE, model.snapshot_id)
    tables = []
    for file in read_feature_manifest(world.engineer.lake, PLACE, newest.id).files:
        world.engineer.lake.download(file.key, tmp_path / file.key)
        tables.append(pq.read_table(tmp_path / file.key, partitioning=None))
    use_case = world.catalog.use_case(NAME)
    (layout,) = layouts(use_case)
    store = OnlineStore(DynamoEntities(world.dana.session.client("dynamodb"), world.dana.tables["online"]))
    found = reconcile(store, NAME, layout, pa.concat_tables(tables))
    assert found.agrees, found
    assert found.counts["same"] == newest.entities


def test_a_prediction_needs_no_more_than_the_invoice_and_the_customers_key(
    world: World, model: ModelVersion
) -> None:
    rows = live(40, seed=7, drift=False, of_rows=ROWS)
    invoices = open_invoices(world, rows)
    by_container = predict(world, invoices)
    by_client = EndpointClient(world.dana, NAME).predict(rows)
    assert [one["score"] for one in by_container] == pytest.approx([one["score"] for one in by_client])
    assert len({one["score"] for one in by_container}) > 20
    unknown = predict(world, [{**invoices[0], "customer_id": "nobody"}])
    assert unknown[0]["score"] != by_container[0]["score"]


def test_the_function_tells_what_the_container_reads(world: World, model: ModelVersion) -> None:
    row = {"customer_id": "C000007", "amount": 100.0, "issued_on": "2025-07-02"}
    answer = world.dana.session.client("lambda").invoke(
        FunctionName=world.dana.functions["get_features"],
        Payload=json.dumps({"use_case": NAME, "rows": [row]}),
    )
    (found,) = json.loads(answer["Payload"].read())["rows"]
    assert 0 <= found["late_share_lately"] <= 1
    assert "settled_invoices" not in found  # the service leaves it out
    assert found["relative_amount"] == pytest.approx(100.0 / found["mean_amount"])


def test_what_would_break_without_a_feature_is_told_before_it_is_deprecated(
    world: World, model: ModelVersion
) -> None:
    reference = "customer_history.late_share"
    found = impact_on(world.dana, NAME, reference)
    (using,) = found.models
    assert (using.version, using.serves, found.declared_by_model) == (1, True, True)
    assert any("penstock-late-invoices" in one or "model version 1" in one for one in found.breaks)
    change_features(world.dana, "deprecate", NAME, [reference], reason="late_share_lately tells more")
    assert predict(world, open_invoices(world, live(1, seed=7, drift=False, of_rows=ROWS)))
