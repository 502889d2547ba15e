"""Claim: features are read online 10 times faster than by Feast, and as fast as by the bare call.

Run ``python -m benchmarks.online_features``. Against the local cloud's DynamoDB: 100 entities x 20 features
x 3 views are read, and some thousand entities written, by our online store, by bare boto3 (the same packed
bytes, and an attribute a feature), by plain HTTP and by Feast. Every contender is a process; they take turns.
Packing and unpacking alone are measured in this process, in CPU time.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from benchmarks.contenders import PROJECT, environment
from benchmarks.online_peers import data, ours

OURS, FEAST, BARE = "penstock", "feast", "boto3_packed"
LIMITS = {
    "read_to_bare": ("most", 1.15),
    "feast_to_read_p50": ("least", 10.0),
    "feast_to_read_p99": ("least", 10.0),
    "write_to_bare": ("most", 1.5),
    "unpack_milliseconds": ("most", 0.3),
    "packed_rows_a_second": ("least", 200_000),
}


@dataclass
class Contender:
    """A process that writes and reads, and what its rounds showed."""

    process: subprocess.Popen[str]
    reads: list[float] = field(default_factory=list)
    singles: list[float] = field(default_factory=list)
    writes: list[float] = field(default_factory=list)

    def ask(self, **job: Any) -> list[float]:
        """Do a job and return its seconds."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(job) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{self.process.args!r} failed")
        seconds: list[float] = json.loads(answer)
        return seconds

    def summary(self, entities: int) -> dict[str, float]:
        return {
            "read_p50_ms": _milliseconds(self.reads, 0.5), "read_p99_ms": _milliseconds(self.reads, 0.99),
            "one_entity_p50_ms": _milliseconds(self.singles, 0.5),
            "written_entities_a_second": round(entities / min(self.writes)),
        }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entities", type=int, default=2_000)
    parser.add_argument("--rounds", type=int, default=7)
    asked = parser.parse_args()
    with ExitStack() as stack:
        os.environ.update(stack.enter_context(cloud()))
        contenders = {
            name: stack.enter_context(started(name, asked.entities)) for name in (*ours.CONTENDERS, FEAST)
        }
        race(contenders, asked.entities, asked.rounds)
    conclude(contenders, asked.entities)


def race(contenders: dict[str, Contender], entities: int, rounds: int) -> None:
    """Let all contenders take turns."""
    keys = data.keys(entities)[:100]
    for turn in range(rounds):
        for contender in contenders.values():
            contender.writes += contender.ask(write=turn)
        for contender in contenders.values():
            contender.ask(read=keys, times=3)
            contender.reads += contender.ask(read=keys, times=40)
            contender.singles += contender.ask(read=keys[:1], times=40)


def conclude(contenders: dict[str, Contender], entities: int) -> None:
    """Print values beside their limits, and fail where one is missed."""
    mine, bare, feast = contenders[OURS], contenders[BARE], contenders[FEAST]
    found = {
        "read_to_bare": _quantile(mine.reads, 0.5) / _quantile(bare.reads, 0.5),
        "feast_to_read_p50": _quantile(feast.reads, 0.5) / _quantile(mine.reads, 0.5),
        "feast_to_read_p99": _quantile(feast.reads, 0.99) / _quantile(mine.reads, 0.99),
        "write_to_bare": min(mine.writes) / min(bare.writes),
        "unpack_milliseconds": unpacking(), "packed_rows_a_second": packing(),
    }  # fmt: skip
    print(
        json.dumps(
            {
                "entities": entities,
                "contenders": {name: one.summary(entities) for name, one in contenders.items()},
                **{
                    name: {"measured": round(value, 2), LIMITS[name][0]: LIMITS[name][1]}
                    for name, value in found.items()
                },
                "cores": os.cpu_count(),
                "load_average": round(os.getloadavg()[0], 1),
            },
            indent=1,
        )
    )
    missed = [name for name, (way, limit) in LIMITS.items()
              if (found[name] > limit if way == "most" else found[name] < limit)]  # fmt: skip
    if missed:
        sys.exit(f"missed: {', '.join(missed)}")


def unpacking() -> float:
    """Return the milliseconds of unpacking 100 entities."""
    from penstock.features.online.decoding import unpack

    values = [value for _, value in ours.items(100, 0)]
    return 1_000 * min(_timed(lambda: unpack(values, ours.LAYOUTS)) for _ in range(300))


def packing(rows: int = 100_000) -> float:
    """Return how many rows of a view are packed in a second."""
    from penstock.features.online.codec import encode_one
    from penstock.features.online.packing import pack

    layout, table = next(iter(ours.tables(rows, 0).items()))

    def call() -> None:
        for at in range(0, rows, 2_000):
            for section in pack(layout, table.slice(at, 2_000), write_time=ours.START).sections:
                encode_one(section)

    return rows / min(_timed(call) for _ in range(5))


@contextmanager
def cloud() -> Iterator[dict[str, str]]:
    """Run the local cloud's server and yield the variables by which clients find it."""
    from local_cloud.processes import is_healthy
    from local_cloud.secrets_file import load_or_create

    with tempfile.TemporaryDirectory(prefix="penstock-benchmark-") as name, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        command = [sys.executable, "-m", "local_cloud.server", "--state", name, "--port", str(port)]
        server = subprocess.Popen(command, cwd=PROJECT)
        try:
            while not is_healthy(port):
                if server.poll() is not None:
                    raise SystemExit("the local cloud did not start")
                time.sleep(0.1)
            keys = load_or_create(Path(name))
            yield {
                "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_DEFAULT_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": keys.root_access_key, "AWS_SECRET_ACCESS_KEY": keys.root_secret_key,
            }  # fmt: skip
        finally:
            server.terminate()
            server.wait()


@contextmanager
def started(name: str, entities: int) -> Iterator[Contender]:
    """Run a contender, with a table of its own."""
    if name == FEAST:
        command = [str(feast_python()), str(PROJECT / "benchmarks" / "online_peers" / "feast_contender.py")]
    else:
        command = [sys.executable, "-m", "benchmarks.online_peers.ours", name]
        kinds: Any = [{"AttributeName": key, "AttributeType": "S"} for key in ("pk", "sk")]
        schema: Any = [
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ]
        boto3.client("dynamodb").create_table(
            TableName=f"bench_{name}",
            KeySchema=schema,
            AttributeDefinitions=kinds,
            BillingMode="PAY_PER_REQUEST",
        )
    process = subprocess.Popen([*command, str(entities)], cwd=PROJECT, text=True, stdin=subprocess.PIPE,
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        yield Contender(process)
    finally:
        process.terminate()
        process.wait()


def feast_python() -> Path:
    """Return the Python of Feast's own environment."""
    return environment(PROJECT / "benchmarks" / "feast_peer" / "requirements.txt", FEAST)


def _timed(call: Any) -> float:
    begun = time.process_time()
    call()
    return time.process_time() - begun


def _quantile(seconds: list[float], share: float) -> float:
    return sorted(seconds)[int(share * (len(seconds) - 1))]


def _milliseconds(seconds: list[float], share: float) -> float:
    return round(1_000 * _quantile(seconds, share), 2)


if __name__ == "__main__":
    main()
