"""``penstock feature export`` and ``import``: files out, differences told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.errors import InvalidSpec

REGISTRY = Path(__file__).parents[2] / "data" / "feast" / "registry.json"
USE_CASE = "examples/late_invoices"


def invoke(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["feature", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_feast_repository_is_written_with_what_differs(tmp_path: Path) -> None:
    told = invoke("export", USE_CASE, "--to", "feast", "--lake", "s3://lake/", "--output", str(tmp_path))
    assert "differs: feature view 'customer_history'" in " ".join(told.split())
    text = (tmp_path / "definitions.py").read_text()
    assert 'path="s3://lake/features/late_invoices/customer_history/v1/data"' in text


def test_a_request_a_feature_group_is_written(tmp_path: Path) -> None:
    invoke("export", USE_CASE, "--to", "sagemaker", "--role", "arn:aws:iam::123456789012:role/f", "--s3-uri",
           "s3://lake/offline", "--output", str(tmp_path))  # fmt: skip
    request = json.loads((tmp_path / "late_invoices-customer_history-v1.json").read_text())
    assert request["RecordIdentifierFeatureName"] == "customer_id"


@pytest.mark.parametrize("arguments", [("feast",), ("feast", "--rows", "x", "--lake", "y"), ("sagemaker",)])
def test_an_export_that_lacks_a_place_is_refused(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    with pytest.raises(InvalidSpec, match="--"):
        invoke("export", USE_CASE, "--output", str(tmp_path), "--to", *arguments)


def test_a_registry_becomes_a_features_file_that_tells_what_is_left_out(tmp_path: Path) -> None:
    told = invoke("import", str(REGISTRY), "--from", "feast", "--to", str(tmp_path / "features.yaml"))
    assert "3 views, 1 services" in told
    text = (tmp_path / "features.yaml").read_text()
    assert "# left out: feature view 'weather'" in text
    assert [view["name"] for view in yaml.safe_load(text)["views"]] == [
        "driver_daily", "driver_hourly", "driver_pushed",
    ]  # fmt: skip
    assert invoke("import", str(REGISTRY), "--from", "feast") == text
    assert json.loads(invoke("import", str(REGISTRY), "--from", "feast", "--json"))["unsaid"]


def test_a_file_that_is_no_registry_is_refused(tmp_path: Path) -> None:
    (tmp_path / "r.json").write_text("{")
    with pytest.raises(InvalidSpec, match="not JSON"):
        invoke("import", str(tmp_path / "r.json"), "--from", "feast")
