"""Search is rebuilt on every event that changes what is found; its functions may do what they need alone."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from stacks import staging

Json = dict[str, Any]


def function(dev: Any, handler: str) -> Json:
    (found,) = [
        one
        for one in dev.all("AWS::Lambda::Function").values()
        if one["Handler"] == f"lambdas.{handler}.handler"
    ]
    return dict(found)


def granted(dev: Any, id: str) -> set[tuple[str, str]]:
    """Return the actions of a function's role, each with what it is allowed on."""
    found: set[tuple[str, str]] = set()
    for name, policy in dev.all("AWS::IAM::Policy").items():
        if name.startswith(f"Data/{id}Role"):
            for one in policy["PolicyDocument"]["Statement"]:
                actions = one["Action"] if isinstance(one["Action"], list) else [one["Action"]]
                found |= {(action, json.dumps(one["Resource"])) for action in actions}
    return found


def on_objects_and_items(dev: Any, id: str) -> dict[str, set[str]]:
    """Return by which actions a role reaches objects, items and events, and on which tables or prefixes."""
    place = re.compile(r"repositories([a-z]+)|(search/\*)|(busname)")
    reached: dict[str, set[str]] = {}
    for action, resource in granted(dev, id):
        if action.startswith(("s3:", "dynamodb:", "events:")):
            reached.setdefault(action, set()).update("".join(one) for one in place.findall(resource))
    return reached


def test_whoever_answers_reads_the_index_and_nothing_else(dev: Any) -> None:
    assert on_objects_and_items(dev, "Search") == {
        "s3:GetObject": {"search/*"},
        "s3:GetObjectVersion": {"search/*"},
        "s3:ListBucket": set(),
    }


def test_whoever_builds_reads_three_tables_and_writes_the_index(dev: Any) -> None:
    tables = {"catalog", "features", "models"}
    assert on_objects_and_items(dev, "RebuildSearch") == {
        "dynamodb:GetItem": tables,
        "dynamodb:Query": tables,
        "s3:GetObject": {"search/*"},
        "s3:GetObjectVersion": {"search/*"},
        "s3:ListBucket": set(),
        "s3:PutObject": {"search/*"},
        "s3:AbortMultipartUpload": {"search/*"},
    }


def test_whoever_curates_writes_the_catalogue_and_the_audit_trail_and_tells(dev: Any) -> None:
    tables = {"catalog", "audit"}
    assert on_objects_and_items(dev, "Curate") == {
        "dynamodb:GetItem": tables,
        "dynamodb:Query": tables,
        "dynamodb:PutItem": tables,
        "events:PutEvents": {"busname"},
    }


def test_a_build_that_fails_is_retried_and_then_kept(dev: Any) -> None:
    configured = dev.all("AWS::Lambda::EventInvokeConfig")
    (rebuild,) = [one for name, one in configured.items() if name.startswith("Data/RebuildSearch")]
    assert rebuild["MaximumRetryAttempts"] == 2
    assert "deadletters" in json.dumps(rebuild["DestinationConfig"]["OnFailure"])


@pytest.fixture
def rule(dev: Any) -> Json:
    (found,) = [
        one for name, one in dev.all("AWS::Events::Rule").items() if name.startswith("Data/CatalogChanged")
    ]
    return dict(found)


def test_every_event_that_the_index_waits_for_is_told_by_somebody(rule: Json) -> None:
    sources = [
        *Path(staging.ROOT / "stacks/workflows").glob("*.py"),
        *Path(staging.ROOT / "lambdas").rglob("*.py"),
    ]
    told = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    assert {one for one in rule["EventPattern"]["detail-type"] if f'"{one}"' not in told} == set()
    assert all(one.startswith("penstock.") for one in rule["EventPattern"]["source"])


def test_people_of_both_kinds_may_search_and_curate(dev: Any) -> None:
    names = {
        resource
        for name, policy in dev.all("AWS::IAM::Policy").items()
        if name.startswith("Data/") and "Persona" in name
        for one in policy["PolicyDocument"]["Statement"]
        if one["Action"] == "lambda:InvokeFunction"
        for resource in re.findall(r"(Search|Curate)Function", json.dumps(one["Resource"]))
    }
    assert names == {"Search", "Curate"}


def test_nothing_of_search_costs_while_nobody_asks(dev: Any) -> None:
    for handler in ("catalog.search", "catalog.rebuild", "catalog.curate"):
        assert "ReservedConcurrentExecutions" not in function(dev, handler)
    assert not [one for template in dev.templates.values() for one in template["Resources"].values()
                if one["Type"].startswith(("AWS::OpenSearch", "AWS::Elasticsearch"))]  # fmt: skip
