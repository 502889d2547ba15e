"""The command line of ``python -m stacks.cdk`` deploys the platform to a local cloud and removes it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from local_cloud import lifecycle
from local_cloud.lifecycle import Cloud
from stacks import cdk, staging

SECONDS = 420
STACKS = {
    f"Penstock-dev-{name}"
    for name in ("Foundation", "Repositories", "Governance", "Data", "Training", "Serving", "Monitoring")
}


def test_the_app_runs_in_this_python_and_apart_from_other_assemblies(tmp_path: Path) -> None:
    command = cdk.command(tmp_path / "cdk", ["diff", "--all"])
    assert command[1:4] == [str(tmp_path / "cdk"), "diff", "--all"]
    assert command[command.index("--app") + 1] == f"{sys.executable} app.py"
    assert command[command.index("--output") + 1] == str(staging.BUILD / "cdk.out")


@pytest.mark.parametrize("given", [["--app", "cdk.out"], ["--app=cdk.out"], ["-a", "cdk.out"]])
def test_an_app_that_the_caller_names_is_taken(tmp_path: Path, given: list[str]) -> None:
    command = cdk.command(tmp_path / "cdk", ["list", *given])
    assert f"{sys.executable} app.py" not in command


@pytest.fixture(scope="module")
def program() -> Path:
    """Install the command line, or skip what needs it."""
    try:
        return cdk.install()
    except subprocess.CalledProcessError:
        pytest.skip("npm's registry is out of reach, so the CDK command line cannot be installed")


@pytest.fixture
def cloud(tmp_path: Path) -> Iterator[Cloud]:
    """Start a cloud without anything in it."""
    try:
        yield lifecycle.up(tmp_path)
    finally:
        lifecycle.down(tmp_path)


def run(cloud: Cloud, *arguments: str) -> str:
    """Run the command line as the engineer of a local cloud."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    env |= {"CI": "true", "PYTHONPATH": str(staging.ROOT), **cloud.environment("engineer")}
    done = subprocess.run(
        [sys.executable, "-m", "stacks.cdk", *arguments, "--no-color", "--context", "nag=off"],
        env=env, cwd=staging.ROOT, capture_output=True, text=True, timeout=SECONDS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-6000:]
    return done.stdout + done.stderr


def stacks(cloud: Cloud) -> dict[str, str]:
    """Return the stacks there are and their status."""
    client: Any = cloud.session("engineer").client("cloudformation")
    listed = client.describe_stacks()["Stacks"]
    return {stack["StackName"]: stack["StackStatus"] for stack in listed}


@pytest.mark.slow
@pytest.mark.end_to_end
def test_the_whole_platform_is_deployed_and_destroyed(program: Path, cloud: Cloud) -> None:
    run(cloud, "bootstrap", f"aws://{cloud.account}/{cloud.region}")
    run(cloud, "deploy", "--all", "--require-approval", "never")
    assert stacks(cloud) == dict.fromkeys({"CDKToolkit", *STACKS}, "CREATE_COMPLETE")
    assert "no differences" in run(cloud, "diff", "--all").lower()
    run(cloud, "destroy", "--all", "--force")
    assert set(stacks(cloud)) == {"CDKToolkit"}
