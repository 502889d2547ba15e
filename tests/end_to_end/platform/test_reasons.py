"""Why predictions were made: answered, computed from captures, stored in the lake, found again."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError
from typer.testing import CliRunner

from penstock.cli.app import app
from penstock.errors import NotFound, NotPermitted
from penstock.explanations.asking import Ask
from penstock.explanations.on_the_spot import explain_captured
from penstock.explanations.store import ExplanationStore
from penstock.models import ModelVersion
from penstock.serving.client import EndpointClient
from tests.end_to_end.platform.world import World, eventually

NAME = "pilot"
ROWS = [{"meter": "M1", "amount": 95.0, "colour": "red"}, {"meter": "M2", "amount": 3.0, "colour": None}]
PLAIN, ASKED = "reasons-plain", "reasons-asked"


@pytest.fixture(scope="module")
def traffic(world: World, pilot: ModelVersion) -> list[dict[str, Any]]:
    """Send one request without and one with the question why; return the answers to the second."""
    identifiers = iter((PLAIN, ASKED))
    client = EndpointClient(world.dana, NAME, new_id=lambda: next(identifiers))
    client.predict(ROWS)
    answers = client.explain(ROWS, top=1)
    eventually(lambda: _captured(world, PLAIN) and _captured(world, ASKED), "the capture of both requests")
    return answers


@pytest.fixture
def penstock(world: World, root: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that runs a command as a person and returns what it printed."""
    monkeypatch.chdir(root)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"):
        monkeypatch.delenv(name, raising=False)

    def run(*arguments: str, by: str = "scientist") -> str:
        result = CliRunner().invoke(
            app, ["--profile", by, "explain", NAME, *arguments], catch_exceptions=False
        )
        assert result.exit_code == 0, result.output
        return result.stdout

    return run


def _captured(world: World, identifier: str) -> bool:
    keys = world.engineer.artifacts.keys(f"capture/{NAME}/")
    return any(identifier.encode() in world.engineer.artifacts.read(key) for key in keys)


def test_the_endpoint_gives_reasons_with_its_answers(traffic: list[dict[str, Any]]) -> None:
    high, low = (one["explanation"] for one in traffic)
    assert high["shap"]["amount"] > 0 > low["shap"]["amount"]
    assert set(high["shap"]) == {"amount", "colour", "mean_amount"}
    for told in (high, low):
        assert told["base_value"] + sum(told["shap"].values()) == pytest.approx(told["output"])
        assert (len(told["reasons"]), "amount" in told["reasons"][0]) == (1, True)
    assert [one["inference_id"] for one in traffic] == [ASKED, ASKED]


def test_the_endpoint_refuses_a_method_that_there_is_not(world: World, pilot: ModelVersion) -> None:
    client = EndpointClient(world.dana, NAME)
    with pytest.raises(ClientError, match="'explain' is wrong"):
        client.explain(ROWS, method="magic")


def test_who_reviews_explains_a_captured_request_on_the_spot_and_a_scientist_does_not(
    world: World, traffic: list[dict[str, Any]]
) -> None:
    found = explain_captured(world.priya, NAME, PLAIN, Ask())
    assert [one.shap for one in found] == [pytest.approx(one["explanation"]["shap"]) for one in traffic]
    assert [one.score for one in found] == [one["score"] for one in traffic]
    with pytest.raises(NotPermitted, match="may not read"):
        explain_captured(world.dana, NAME, PLAIN, Ask())
    with pytest.raises(NotFound):
        explain_captured(world.priya, NAME, "nobody", Ask())


def test_a_batch_stores_what_was_answered_and_what_was_not_and_sql_reads_it(
    world: World, traffic: list[dict[str, Any]], penstock: Any
) -> None:
    asked = json.loads(
        penstock(
            "--batch", "--inference-id", PLAIN, "--inference-id", ASKED, "--reason", "a complaint", "--json"
        )
    )
    assert asked["requested_by"] == "dana"
    done = world.ended(asked["execution_arn"])
    assert done["status"] == "SUCCEEDED", done
    assert world.entered(done["executionArn"])[-1] == "Explained"
    told = json.loads(done["output"])
    assert (told["explained"], told["answered"], told["mismatched"]) == (4, 2, 0)
    assert "predictions explained" in world.actions(NAME)
    found = json.loads(penstock("--inference-id", ASKED, "--json"))
    assert [one["reasons"] for one in found] == [one["explanation"]["reasons"] for one in traffic]
    query = "SELECT count(*), max(shap['amount']) FROM pilot__explanations WHERE version = 1"
    count, largest = athena(world, query)
    assert (int(count), float(largest) > 0) == (4, True)


def test_what_is_asked_again_is_stored_once(world: World, traffic: list[dict[str, Any]]) -> None:
    request = {"use_case": NAME, "inference_ids": [PLAIN]}
    for _ in range(2):
        done = world.ended(world.dana.call("request_explanations", request)["execution_arn"])
        assert done["status"] == "SUCCEEDED", done
    found = [
        one for one in ExplanationStore(world.dana.lake, NAME).explanations() if one.inference_id == PLAIN
    ]
    assert sorted(one.row for one in found) == [0, 1]


def test_a_checked_window_is_sampled_where_the_use_case_says_so(world: World, pilot: ModelVersion) -> None:
    client = EndpointClient(world.dana, NAME)
    document = world.catalog.use_case(NAME).model_dump(mode="json")
    document["monitoring"] = {**document["monitoring"], "explain_share": 1.0}
    world.register(document)
    client.predict([{"meter": f"M{n % 20}", "amount": 1.0 + n, "colour": "red"} for n in range(60)])
    time.sleep(2)
    eventually(lambda: _newest(world), "the capture")
    world.run("monitoring", {"use_case": NAME})
    done = world.ended_run("explanations", '"explain": true')
    assert done["status"] == "SUCCEEDED", done
    assert json.loads(done["output"])["requested_by"] == "monitoring"


def _newest(world: World) -> bool:
    keys = list(world.engineer.artifacts.keys(f"capture/{NAME}/"))
    return sum(world.engineer.artifacts.read(key).count(b"\n") for key in keys) >= 5


def test_what_a_version_looks_at_is_told_and_compared_with_training(
    traffic: list[dict[str, Any]], penstock: Any, tmp_path: Path
) -> None:
    told = json.loads(penstock("--version", "1", "--json"))
    assert next(iter(told["global_shap"])) == "amount"
    live = json.loads(penstock("--since", "2020-01-01", "--json"))
    assert live["rows"] >= 4
    assert live["ndcg"] == pytest.approx(1.0, abs=0.1)
    penstock("--since", "2020-01-01", "--html", str(tmp_path / "drift.html"))
    penstock("--inference-id", PLAIN, "--html", str(tmp_path / "rows.html"))
    assert "<svg" in (tmp_path / "drift.html").read_text() and PLAIN in (tmp_path / "rows.html").read_text()


def test_rows_of_a_file_are_asked_about(traffic: list[dict[str, Any]], penstock: Any, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("meter,amount,colour\nM1,95,red\nM2,3,\n")
    found = json.loads(penstock("--file", str(tmp_path / "rows.csv"), "--counterfactual", "--json"))
    assert [one["shap"]["amount"] > 0 for one in found] == [True, False]
    assert all(one["counterfactual"]["found"] for one in found)
    assert "base value" in penstock("--file", str(tmp_path / "rows.csv"))


def test_rows_of_the_lake_are_explained_by_any_version(world: World, pilot: ModelVersion) -> None:
    prepared = f"{world.engineer.artifacts.uri}/runs/{NAME}/{pilot.run_id}/prepared/"
    answer = world.dana.call(
        "request_explanations", {"use_case": NAME, "rows": prepared, "version": pilot.version, "share": 0.5}
    )
    done = world.ended(answer["execution_arn"])
    assert done["status"] == "SUCCEEDED", done
    assert json.loads(done["output"])["explained"] > 20


def test_what_cannot_be_explained_is_told(world: World, pilot: ModelVersion) -> None:
    with pytest.raises(NotFound):
        world.dana.call("request_explanations", {"use_case": NAME, "version": 99})
    answer = world.dana.call("request_explanations", {"use_case": NAME, "inference_ids": ["nobody"]})
    assert world.ended(answer["execution_arn"])["status"] == "FAILED"
    assert world.inbox.told("predictions were not explained", "nobody")


def athena(world: World, query: str) -> list[str]:
    """Run a query as an analyst would, and return the first row."""
    client = world.aws("athena")
    context = {"Database": f"penstock_{world.engineer.environment}"}
    started = client.start_query_execution(
        QueryString=query, QueryExecutionContext=context, WorkGroup=f"penstock-{world.engineer.environment}"
    )["QueryExecutionId"]

    def ended() -> str | None:
        status = client.get_query_execution(QueryExecutionId=started)["QueryExecution"]["Status"]
        return None if status["State"] in {"QUEUED", "RUNNING"} else f"{status}"

    state = eventually(ended, "the query")
    assert "SUCCEEDED" in state, state
    rows = client.get_query_results(QueryExecutionId=started)["ResultSet"]["Rows"]
    return [str(cell.get("VarCharValue")) for cell in rows[1]["Data"]]
