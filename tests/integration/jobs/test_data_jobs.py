"""The jobs of the data side: request and files in, files and items out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import duckdb
import pytest
from moto import mock_aws

from examples.late_invoices.generate import generate
from penstock.errors import InvalidSpec, UnregisteredDataset
from penstock.features import DynamoEntities, Layout, OnlineStore, definition_digest
from penstock.features.manifests import read_feature_manifest
from penstock.features.materialisations import ViewPlace, Writing
from penstock.features.work import ViewWork
from penstock.onboarding import OnboardingReport
from penstock.specs import FeatureView, load_use_case
from penstock.specs.feature_sets import feature_types
from penstock.stores.aws import S3Objects
from sagemaker_jobs import features, onboard
from sagemaker_jobs.process import main

USE_CASE = load_use_case(Path("examples/late_invoices"))
SETTLED = FeatureView.model_validate({
    "name": "settled", "entity": {"name": "customer", "key": "customer_id"}, "dataset": "invoices",
    "timestamp": "settled_on",
    "features": [{"name": "late_share", "aggregate": "share_above", "of": "days_late", "threshold": 0},
                 {"name": "mean_amount", "aggregate": "mean", "of": "amount"}],
})  # fmt: skip


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield


def ask(root: Path, **fields: Any) -> Path:
    folder = root / "processing" / "input" / "request"
    folder.mkdir(parents=True, exist_ok=True)
    request = {"use_case": USE_CASE.model_dump(mode="json"), **fields}
    (folder / "request.json").write_text(json.dumps(request))
    return root / "processing"


def test_onboard_writes_data_and_report(tmp_path: Path, aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    boto3.client("secretsmanager").create_secret(
        Name="penstock/hash-key", SecretString="a secret of some length"
    )
    monkeypatch.setenv("HASH_KEY_SECRET", "penstock/hash-key")
    processing = ask(tmp_path, dataset="invoices", arrival_id="a1", file_name="mai & juni.csv")
    [file] = generate(500, 1, seed=7, output=tmp_path)
    (processing / "input" / "file").mkdir()
    file.rename(processing / "input" / "file" / "mai & juni.csv")
    onboard.run(tmp_path)
    output = processing / "output"
    report = OnboardingReport.model_validate_json((output / "report" / "report.json").read_text())
    assert (report.arrival_id, report.file_name, report.rows_in) == ("a1", "mai & juni.csv", 500)
    assert (output / "curated" / "part-00000.parquet").exists()


def test_onboard_without_a_key_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HASH_KEY_SECRET", raising=False)
    ask(tmp_path, dataset="invoices", arrival_id="a1", file_name="x.csv")
    with pytest.raises(InvalidSpec, match="no key"):
        onboard.run(tmp_path)


def test_onboard_knows_only_declared_datasets(tmp_path: Path) -> None:
    ask(tmp_path, dataset="orders", arrival_id="a1", file_name="x.csv")
    with pytest.raises(UnregisteredDataset, match="orders"):
        onboard.run(tmp_path)


def test_a_refusal_is_told_to_sagemaker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, aws: None) -> None:
    boto3.client("secretsmanager").create_secret(Name="key", SecretString="a secret of some length")
    monkeypatch.setenv("HASH_KEY_SECRET", "key")
    monkeypatch.setenv("PENSTOCK_ML_ROOT", str(tmp_path))
    processing = ask(tmp_path, dataset="invoices", arrival_id="a1", file_name="x.csv")
    (processing / "input" / "file").mkdir()
    (processing / "input" / "file" / "x.csv").write_text("a,b\n1,2\n")
    assert main(["onboard"]) == 1
    assert (
        (tmp_path / "output" / "message").read_text().startswith("SchemaMismatch: The columns are not those")
    )


def test_features_go_offline_and_online(tmp_path: Path, aws: None, monkeypatch: pytest.MonkeyPatch) -> None:
    boto3.client("s3").create_bucket(
        Bucket="lake", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"}
    )
    boto3.client("dynamodb").create_table(
        TableName="online",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    monkeypatch.setenv("ONLINE_TABLE", "online")
    monkeypatch.setenv("LAKE_BUCKET", "lake")
    view, processing = SETTLED, tmp_path / "processing"
    types = dict(feature_types(view, USE_CASE.datasets[0]))
    for arrival in (1, 2):
        folder = processing / "input" / "data" / f"arrival={arrival}"
        folder.mkdir(parents=True)
        duckdb.connect().sql(
            f"SELECT 'C' || range AS customer_id, DATE '2025-01-0{arrival}' AS settled_on, "
            f"range - 1 AS days_late, 10.0 * {arrival} AS amount FROM range(3)"
        ).write_parquet(str(folder / "part-00000.parquet"))
    writing = Writing(id="s1", snapshot_id="s1", sequence=1, definition=definition_digest(view),
                      write_time="2025-02-01T00:00:00.000Z")  # fmt: skip
    work = ViewWork(view=view, types=types, writing=writing)
    ask(tmp_path, dataset="invoices", views=[work.model_dump(mode="json")])
    for _ in range(2):
        features.run(tmp_path)
    manifest = read_feature_manifest(
        S3Objects(boto3.client("s3"), "lake"), ViewPlace(USE_CASE.name, view.name, 1), "s1"
    )
    assert (manifest.rows, manifest.entities, len(manifest.files)) == (6, 3, 1)
    store = OnlineStore(DynamoEntities(boto3.client("dynamodb"), "online"))
    found = store.read(USE_CASE.name, [Layout.of(view, types)], ["C2"]).rows()[0]
    assert (found["late_share"], found["mean_amount"]) == (1, 15)
