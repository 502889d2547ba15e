"""The gate finds what it looks for, and the definitions satisfy an independent validator."""

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from stacks import check
from stacks.node import use_bundled_node

VALIDATOR = "asl-validator@4.0.0"


def test_findings_are_listed_with_their_construct_and_rule(tmp_path: Path) -> None:
    report = tmp_path / "validation-report.json"
    construct = {"constructPath": "Stack/Bucket"}
    violation = {"ruleName": "AwsSolutions-S1", "description": "No logs.", "violatingConstructs": [construct]}
    plugins = [{"violations": [violation], "suppressedViolations": [violation]}]
    report.write_text(json.dumps({"pluginReports": plugins}))
    assert check.findings(report) == ["Stack/Bucket: AwsSolutions-S1: No logs."]


def test_a_report_that_was_not_written_has_no_findings(tmp_path: Path) -> None:
    assert check.findings(tmp_path / "none.json") == []


def test_a_fault_in_a_template_is_found_and_what_is_always_so_is_not(tmp_path: Path) -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {}, "Descripton": "typo"}}
    (tmp_path / "a.template.json").write_text(json.dumps({"Resources": {"Role": role}}))
    (found,) = [one for one in check.lint([tmp_path]) if "E3002" in one]
    assert "Descripton" in found


def test_a_faulty_state_machine_is_found_in_its_template(tmp_path: Path) -> None:
    definition = json.dumps({"QueryLanguage": "JSONata", "StartAt": "A", "States": {"A": {"Type": "Pass"}}})
    machine = {"Type": "AWS::StepFunctions::StateMachine", "Properties": {"DefinitionString": definition}}
    (tmp_path / "Stack.template.json").write_text(json.dumps({"Resources": {"Machine": machine}}))
    assert "Stack/Machine: A: needs either Next or End" in check.machines(tmp_path)


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_an_unacknowledged_wildcard_is_found(assemblies: Any, environment: str) -> None:
    from aws_cdk import App, Stack, Validations
    from aws_cdk import aws_iam as iam
    from cdk_nag import AwsSolutionsChecks

    from stacks import access

    assert assemblies[environment]
    app = App(context={"@aws-cdk/core:failSynthOnValidationErrors": False})
    checks = AwsSolutionsChecks(app)
    Validations.of(app).add_plugins(checks)
    stack = Stack(app, "Stack")
    role = iam.Role(stack, "Role", assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"))
    access.allow(role, ["s3:GetObject"], ["arn:aws:s3:::a/*"], because="One prefix.")
    access.allow(role, ["s3:PutObject"], ["arn:aws:s3:::b/*"])
    folder = Path(app.synth().directory)
    found = check.findings(folder / "validation-report.json")
    assert [one.split(": ")[1] for one in found] == ["AwsSolutions-IAM5[Resource::arn:aws:s3:::b/*]"]


@pytest.fixture(scope="module")
def validator(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Install the validator that other projects use, or skip what needs it."""
    folder, node = tmp_path_factory.mktemp("validator"), use_bundled_node()
    npm = node.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    command = [str(node / "node"), str(npm), "install", "--silent", "--no-audit", "--no-fund", VALIDATOR]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=120)
    if done.returncode:
        pytest.skip(f"npm's registry is out of reach, so {VALIDATOR} cannot be installed")
    return [str(node / "node"), str(folder / "node_modules/asl-validator/dist/bin/asl-validator.js")]


@pytest.mark.slow
def test_the_definitions_satisfy_an_independent_validator(
    dev: Any, validator: list[str], tmp_path: Path
) -> None:
    paths = []
    for name, definition in dev.machines():
        paths += ["--json-path", str(tmp_path / f"{name}.json")]
        (tmp_path / f"{name}.json").write_text(json.dumps(definition))
    done = subprocess.run([*validator, *paths], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
