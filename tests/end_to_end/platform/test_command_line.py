"""The command line on the session's cloud, as a program reads it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.models import ModelVersion
from tests.end_to_end.platform.world import World


@pytest.fixture
def penstock(world: World, root: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that runs a command in the cloud's folder and returns what it printed, as JSON."""
    monkeypatch.chdir(root)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str) -> Any:
        result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return _documents(result.stdout)

    return run


def _documents(text: str) -> Any:
    """Read what was printed: one JSON document, or a list of all of several."""
    decoder, found, place = json.JSONDecoder(), [], 0
    while rest := text[place:].lstrip():
        document, length = decoder.raw_decode(rest)
        found.append(document)
        place = len(text) - len(rest) + length
    return found[0] if len(found) == 1 else found


def test_status_names_the_cloud_its_people_and_workflows(world: World, penstock: Any) -> None:
    found = penstock("status")
    assert (found["running"], found["endpoint"]) == (True, world.cloud.endpoint)
    assert {"engineer", "scientist", "approver"} <= set(found["people"])
    assert set(found["workflows"]) == set(world.engineer.workflows)


def test_models_lists_the_versions_with_their_stages(
    world: World, pilot: ModelVersion, penstock: Any
) -> None:
    found = {row["version"]: row["stage"] for row in penstock("models", "pilot")}
    assert found == {one.version: one.stage for one in world.models.versions("pilot")}
    assert found[pilot.version] == "champion"


def test_executions_say_why_a_run_failed(world: World, penstock: Any) -> None:
    world.ended(world.run_of("one_class", "failed").execution_arn)
    failed = [
        row for row in penstock("executions", "--workflow", "training", "--limit", "100") if row["failure"]
    ]
    assert any("TrainingRefused" in row["failure"] for row in failed)


def test_predict_answers_with_the_champions_own_test_rows(pilot: ModelVersion, penstock: Any) -> None:
    assert [set(row) for row in penstock("predict", "pilot", "--sample", "3")] == [
        {"row", "score", "label", "inference_id"}
    ] * 3


def test_logs_are_there_of_handlers_and_of_jobs(pilot: ModelVersion, penstock: Any) -> None:
    assert all("OnboardingCommit" in event["logGroupName"] for event in penstock("logs", "OnboardingCommit"))
    assert any("validation:auc" in event["message"] for event in penstock("logs", "logistic"))
