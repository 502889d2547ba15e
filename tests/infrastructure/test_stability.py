"""Environments differ as their settings say, modules bring their stacks, and nothing moves by itself."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from stacks import staging
from stacks.settings import Settings
from stacks.synth import synthesise

HERE = Path(__file__).parent
PINNED = HERE / "stateful.json"
STATEFUL = ("AWS::S3::Bucket", "AWS::DynamoDB::Table", "AWS::KMS::Key", "AWS::SecretsManager::Secret",
            "AWS::ECR::Repository", "AWS::Glue::Database")  # fmt: skip
DATA = {"Foundation", "Repositories", "Governance", "Data"}
HASHED = re.compile(r"(PenstockENV\w*)[0-9A-F]{8}\b")
PAID_BY_THE_HOUR = (
    "AWS::EC2::", "AWS::ECS::", "AWS::EKS::", "AWS::ElasticLoadBalancing", "AWS::RDS::", "AWS::Redshift",
    "AWS::OpenSearchService::", "AWS::Elasticsearch::", "AWS::ElastiCache::", "AWS::MSK::", "AWS::EMR::",
    "AWS::SageMaker::Endpoint", "AWS::SageMaker::NotebookInstance", "AWS::Kinesis::", "AWS::Lambda::Version",
)  # fmt: skip


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_what_holds_data_keeps_its_logical_id(assemblies: Any, environment: str) -> None:
    found = sorted(name for kind in STATEFUL for name in assemblies[environment].all(kind))
    # Another id would replace the resource, and what it holds, at the next deployment.
    assert found == json.loads(PINNED.read_text())


@pytest.fixture(scope="module")
def again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Synthesise the development environment once more, in a process of its own."""
    return synthesise(output=tmp_path_factory.mktemp("again") / "cdk.out")


def test_two_syntheses_are_identical(dev: Any, again: Path) -> None:
    names = sorted(path.name for kind in ("template", "assets") for path in dev.folder.glob(f"*.{kind}.json"))
    assert len(names) == 14
    for name in names:
        assert (again / name).read_bytes() == (dev.folder / name).read_bytes(), name


def test_nothing_is_synthesised_again_when_no_source_has_changed(again: Path) -> None:
    manifest = again / "manifest.json"
    before = manifest.stat().st_mtime_ns
    synthesise(output=again)
    assert manifest.stat().st_mtime_ns == before


@pytest.mark.parametrize(
    ("modules", "stacks"),
    [
        ("data", DATA),
        ("experimentation", DATA | {"Training"}),
        ("dev", DATA | {"Training", "Serving", "Monitoring"}),
    ],
)
def test_modules_bring_their_stacks(assemblies: Any, modules: str, stacks: set[str]) -> None:
    assert set(assemblies[modules].templates) == stacks


def test_there_are_no_approvals_without_the_production_module(assemblies: Any) -> None:
    machines = {name for name, _ in assemblies["experimentation"].machines()}
    assert not any("Approval" in name for name in machines)
    handlers = {one["Handler"] for one in assemblies["experimentation"].all("AWS::Lambda::Function").values()}
    assert "lambdas.governance.register_use_case.handler" in handlers
    assert "lambdas.governance.decide_approval.handler" not in handlers


@pytest.mark.parametrize("modules", ["data", "experimentation", "dev", "prod"])
def test_what_a_stack_reads_another_one_publishes(assemblies: Any, modules: str) -> None:
    assembly = assemblies[modules]
    published = {
        one["Name"]: name.partition("/")[0] for name, one in assembly.all("AWS::SSM::Parameter").items()
    }
    manifest = json.loads((assembly.folder / "manifest.json").read_text())["artifacts"]
    for stack, template in assembly.templates.items():
        for one in template.get("Parameters", {}).values():
            if one["Type"].startswith("AWS::SSM::Parameter::Value") and one["Default"].startswith(
                "/penstock/"
            ):
                owner = published[one["Default"]]
                assert owner != stack
                assert owner in before(manifest, stack), f"{stack} may be deployed before {owner}"


def before(manifest: dict[str, Any], stack: str) -> set[str]:
    """Return the stacks that are deployed before another."""
    (artifact,) = (name for name in manifest if name.endswith(f"-{stack}"))
    names = {
        name.rpartition("-")[2] for name in manifest[artifact].get("dependencies", []) if "." not in name
    }
    return names | {further for name in names for further in before(manifest, name)}


def test_production_keeps_its_data_and_development_does_not(dev: Any, prod: Any) -> None:
    for assembly, policy in ((dev, "Delete"), (prod, "Retain")):
        for template in assembly.templates.values():
            for name, one in template["Resources"].items():
                if one["Type"] in STATEFUL and one["Type"] != "AWS::Glue::Database":
                    assert one["DeletionPolicy"] == one["UpdateReplacePolicy"] == policy, name
    for assembly, protected in ((dev, False), (prod, True)):
        tables = assembly.all("AWS::DynamoDB::Table").values()
        assert {one["DeletionProtectionEnabled"] for one in tables} == {protected}


def test_environments_differ_in_their_settings_and_in_nothing_else(dev: Any, prod: Any) -> None:
    for stack, template in dev.templates.items():
        assert without_settings(template) == without_settings(prod.templates[stack]), stack


def without_settings(template: dict[str, Any]) -> Any:
    """Return a template's resources without what the settings of an environment decide."""
    decided = {"DeletionPolicy", "UpdateReplacePolicy", "DeletionProtectionEnabled", "RetentionInDays",
               "ScheduleExpression", "POLL_SECONDS", "EmptyOnDelete"}  # fmt: skip

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(part) for key, part in value.items() if key not in decided}
        if isinstance(value, list):
            return [plain(part) for part in value]
        return neutral(value) if isinstance(value, str) else value

    return sorted(json.dumps(plain(one), sort_keys=True) for one in template["Resources"].values())


def neutral(text: str) -> str:
    """Return a text without the environment's name, and without the hashes that CDK makes of it."""
    if text.startswith("SsmParameterValuepenstock"):
        return "SSM"
    return HASHED.sub(r"\1", text.replace("prod", "ENV").replace("dev", "ENV"))


def test_settings_reach_their_resources(prod: Any) -> None:
    settings = Settings.of(json.loads((staging.ROOT / "cdk.json").read_text())["context"]["penstock"], "prod")
    groups = prod.all("AWS::Logs::LogGroup").values()
    assert {one["RetentionInDays"] for one in groups} == {settings.log_retention_days}
    schedules = {one["ScheduleExpression"] for one in prod.all("AWS::Scheduler::Schedule").values()}
    assert schedules & {"rate(1 hour)", f"rate({settings.monitoring_minutes} minutes)"}
    polls = {
        one["Environment"]["Variables"].get("POLL_SECONDS")
        for one in prod.all("AWS::Lambda::Function").values()
        if one["Handler"] == "lambdas.serving.plan.handler"
    }
    assert polls == {str(settings.poll_seconds)}


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_nothing_is_paid_by_the_hour(assemblies: Any, environment: str) -> None:
    for stack, template in assemblies[environment].templates.items():
        for name, one in template["Resources"].items():
            assert not one["Type"].startswith(PAID_BY_THE_HOUR), f"{stack}/{name}"
            text = json.dumps(one.get("Properties", {}))
            assert '"ProvisionedThroughput":' not in text and '"ProvisionedConcurrency' not in text
