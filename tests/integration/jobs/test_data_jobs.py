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
from penstock.features import OnlineStore
from penstock.onboarding import OnboardingReport
from penstock.specs import load_use_case
from penstock.stores.aws import DynamoItems
from sagemaker_jobs import features, onboard
from sagemaker_jobs.process import main

USE_CASE = load_use_case(Path("examples/late_invoices"))


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
    boto3.client("dynamodb").create_table(
        TableName="online",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")],
        BillingMode="PAY_PER_REQUEST",
    )
    monkeypatch.setenv("ONLINE_TABLE", "online")
    processing = ask(tmp_path, snapshot_id="s1")
    for arrival in (1, 2):
        folder = processing / "input" / "data" / f"arrival={arrival}"
        folder.mkdir(parents=True)
        duckdb.connect().sql(
            f"SELECT 'C' || range AS customer_id, DATE '2025-01-0{arrival}' AS settled_on, "
            f"range - 1 AS days_late, 10.0 * {arrival} AS amount FROM range(3)"
        ).write_parquet(str(folder / "part-00000.parquet"))
    for _ in range(2):
        features.run(tmp_path)
    [view] = USE_CASE.features
    assert (processing / "output" / "features" / view.name / "part-00000.parquet").exists()
    assert (processing / "output" / "online" / f"{view.name}.parquet").exists()
    store = OnlineStore(DynamoItems(boto3.resource("dynamodb").Table("online")))
    found = store.read(USE_CASE.name, [view], ["C2"])["C2"]
    assert (found["late_share"], found["mean_days_late"], found["mean_amount"]) == (1, 1, 15)
