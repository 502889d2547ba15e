"""An emulator in a process of its own, with images whose programs are small scripts."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config

ROLE = "arn:aws:iam::000000000000:role/sagemaker-test"


@dataclass
class Emulator:
    """Starts and stops the emulator, and makes clients of it."""

    folder: Path
    port: int = 0
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    def start(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        script = Path(__file__).with_name("emulator.py")
        command = [
            sys.executable,
            str(script),
            str(self.port),
            str(self.folder / "state"),
            str(self.programs),
        ]
        environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
        with (self.folder / "server.log").open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline:
            try:
                self.client("sagemaker").list_models()
                return
            except Exception:
                assert self.process.poll() is None, (self.folder / "server.log").read_text()
                time.sleep(0.05)
        raise AssertionError("the emulator did not start")

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process:
            self.process.send_signal(number)
            self.process.wait(20)
            self.process = None

    @property
    def programs(self) -> Path:
        return self.folder / "image"

    def program(self, name: str, body: str) -> None:
        path = self.programs / name
        path.write_text(f"#!{sys.executable}\n{body}")
        path.chmod(0o755)

    def client(self, service: str) -> Any:
        return boto3.client(  # type: ignore[call-overload]
            service,
            endpoint_url=f"http://127.0.0.1:{self.port}",
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
            config=Config(retries={"max_attempts": 1}, max_pool_connections=32),
        )

    def settled(self, kind: str, name: str, timeout: float = 30) -> dict[str, Any]:
        client = self.client("sagemaker")
        describe = getattr(
            client, "describe_" + "".join(f"_{c.lower()}" if c.isupper() else c for c in kind)[1:]
        )
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            described: dict[str, Any] = describe(**{f"{kind}Name": name})
            if described[f"{kind}Status"] in ("Completed", "Failed", "Stopped", "InService"):
                return described
            time.sleep(0.02)
        raise AssertionError(f"{kind} {name} did not settle: {described}")


@pytest.fixture(scope="module")
def emulator(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    folder = tmp_path_factory.mktemp("emulator")
    (folder / "image").mkdir()
    emulator = Emulator(folder)
    emulator.start()
    principal = {"Service": "sagemaker.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    emulator.client("iam").create_role(RoleName="sagemaker-test", AssumeRolePolicyDocument=trust)
    emulator.client("s3").create_bucket(Bucket="lake")
    yield emulator
    emulator.stop()


@pytest.fixture
def until() -> Callable[..., Any]:
    """Return a function that waits until another returns something true."""

    def wait(found: Callable[[], Any], timeout: float = 15) -> Any:
        deadline = time.monotonic() + timeout
        while not (value := found()):
            assert time.monotonic() < deadline, "condition was not met in time"
            time.sleep(0.05)
        return value

    return wait
