"""``penstock explain``: which question is meant, and what is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.cli.connection import Target
from penstock.errors import InvalidSpec, NotFound
from penstock.models import ModelRepository, Stage
from penstock.specs import load_use_case
from penstock.stores import FolderObjects, MemoryItems
from tests.unit.explanations.test_store import Lake, stored

AT = "2026-01-01T00:00:00.000Z"
EXPLANATION = {"method": "exact", "rows_explained": 9, "global_shap": {"amount": 0.5, "land": 0.1}}


class _Platform:
    """A platform with one champion and two stored explanations."""

    def __init__(self, folder: Path) -> None:
        self.artifacts, self._items = FolderObjects(folder / "artifacts"), MemoryItems()
        lake = Lake(folder)
        self.lake, self.calls = lake.objects, list[tuple[str, dict[str, Any]]]()
        lake.put("one", stored("a", 0), stored("a", 1))
        models = ModelRepository(self._items)
        facts = {"candidate": "c", "model_key": "m", "evaluation_prefix": "runs/demo/r1/evaluation/"}
        for run in ("r1", "r2", "r3"):
            models.register("demo", run_id=run, stage=Stage.DEPLOYING, by="dana", at=AT, facts=facts)
        models.move("demo", 3, Stage.CHAMPION, by="serving", at=AT)
        self.artifacts.write("runs/demo/r1/evaluation/explanation.json", json.dumps(EXPLANATION).encode())

    def items(self, _: str) -> MemoryItems:
        return self._items

    def call(self, function: str, payload: dict[str, Any]) -> dict[str, Any]:
        self.calls.append((function, payload))
        return {"execution_arn": "arn", "requested_by": "dana"}


@pytest.fixture
def platform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> _Platform:
    made = _Platform(tmp_path)
    monkeypatch.setattr(Target, "platform", lambda _: made)
    return made


def told(*arguments: str) -> str:
    result = CliRunner().invoke(app, ["explain", "demo", *arguments], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_a_version_is_told_by_its_evaluation(platform: _Platform) -> None:
    assert "demo, version 3: 9 test rows, exact" in told()
    found = json.loads(told("--version", "2", "--json"))
    assert (found["version"], found["global_shap"]) == (2, EXPLANATION["global_shap"])


def test_a_stored_request_is_told_with_values_and_reasons(platform: _Platform) -> None:
    text = told("--inference-id", "a")
    assert "a row 1: score 0.25, label 0 (version 3)" in text
    assert "***" in text and "- amount is 2.5: raises it" in text
    assert [one["row"] for one in json.loads(told("--inference-id", "a", "--json"))] == [0, 1]


def test_a_time_is_summed_up_and_compared_with_training(platform: _Platform) -> None:
    assert "nDCG against training 1.0000 (no drift: at least 0.9)" in told("--since", "2026-03-01")
    found = json.loads(told("--since", "2026-03-01", "--json"))
    assert (found["rows"], found["violations"]) == (2, [])
    assert json.loads(told("--since", "2026-03-02", "--json"))["rows"] == 0


def test_a_page_is_written(platform: _Platform, tmp_path: Path) -> None:
    for number, arguments in enumerate([(), ("--inference-id", "a"), ("--since", "2026-03-01")]):
        page = tmp_path / f"{number}.html"
        assert page.name in told(*arguments, "--html", str(page))
        assert "<svg" in page.read_text()


def test_a_batch_is_asked_for_in_words_of_the_platform(platform: _Platform) -> None:
    told("--batch", "--since", "2026-03-01", "--share", "0.1", "--top", "2", "--reason", "audit")
    (function, asked) = platform.calls[0]
    assert function == "request_explanations"
    assert (asked["since"], asked["share"], asked["top"]) == ("2026-03-01T00:00:00Z", 0.1, 2)
    assert (asked["reason"], "until" in asked) == ("audit", False)


@pytest.mark.parametrize(
    "arguments",
    [
        ("--inference-id", "a", "--since", "2026-01-01"),
        ("--file", "x.json", "--inference-id", "a"),
        ("--batch", "--file", "x.json"),
        ("--rows", "s3://lake/curated/x"),
        ("--since", "2026-13-45", "--batch"),
        ("--since", "yesterday"),
    ],
)
def test_two_questions_at_once_are_refused(platform: _Platform, arguments: tuple[str, ...]) -> None:
    assert CliRunner().invoke(app, ["explain", "demo", *arguments]).exit_code == 2


def test_a_version_without_a_model_or_an_evaluation_is_an_error(platform: _Platform, tmp_path: Path) -> None:
    unknown = CliRunner().invoke(app, ["explain", "demo", "--version", "9"])
    assert isinstance(unknown.exception, NotFound)
    assert "9" in str(unknown.exception)
    platform.artifacts = FolderObjects(tmp_path / "empty")
    unmeasured = CliRunner().invoke(app, ["explain", "demo"])
    assert isinstance(unmeasured.exception, NotFound)
    assert "runs/demo/r1/evaluation/explanation.json" in str(unmeasured.exception)


def test_what_the_model_refuses_is_told_in_its_words(
    platform: _Platform, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    from botocore.exceptions import ClientError

    from penstock.serving import client

    class _Endpoint:
        def __init__(self, *_: Any) -> None:
            self.instances = list
            self.use_case = load_use_case(Path("examples/late_invoices"))

        def explain(self, *_: Any, **__: Any) -> None:
            told = {"error": "InvalidSpec", "message": "'explain' is wrong.\n  found: magic"}
            answer: Any = {"Error": {"Code": "ModelError"}, "OriginalMessage": json.dumps(told)}
            raise ClientError(answer, "InvokeEndpoint")

    monkeypatch.setattr(client, "EndpointClient", _Endpoint)
    (tmp_path / "rows.json").write_text('[{"amount": 1}]')
    failed = CliRunner().invoke(app, ["explain", "demo", "--file", str(tmp_path / "rows.json")])
    assert isinstance(failed.exception, InvalidSpec)
    assert str(failed.exception) == "'explain' is wrong.\n  found: magic"
