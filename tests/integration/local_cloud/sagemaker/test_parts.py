"""Parts that need no running control plane."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from local_cloud.sagemaker.deployment import plan
from local_cloud.sagemaker.errors import JobError
from local_cloud.sagemaker.orphans import Reaper, note
from local_cloud.sagemaker.runtime_image import RuntimeImage
from local_cloud.sagemaker.search_space import candidates
from local_cloud.sagemaker.transfer import relative_key, unpack
from local_cloud.sagemaker.workspace import Workspace


def blue_green(kind: str, termination: int = 30, **size: Any) -> dict[str, Any]:
    routing = {"Type": kind, "WaitIntervalInSeconds": 60, **size}
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": routing,
            "TerminationWaitInSeconds": termination,
        }
    }


@pytest.mark.parametrize(
    ("deployment", "instances", "steps"),
    [
        (None, 1, [(1.0, 0)]),
        (blue_green("ALL_AT_ONCE"), 1, [(1.0, 30)]),
        (
            blue_green("CANARY", CanarySize={"Type": "INSTANCE_COUNT", "Value": 1}),
            4,
            [(0.25, 60), (1.0, 30)],
        ),
        (
            blue_green("LINEAR", LinearStepSize={"Type": "CAPACITY_PERCENT", "Value": 40}),
            1,
            [(0.4, 60), (0.8, 60), (1.0, 30)],
        ),
        (
            {
                "RollingUpdatePolicy": {
                    "MaximumBatchSize": {"Type": "CAPACITY_PERCENT", "Value": 50},
                    "WaitIntervalInSeconds": 5,
                }
            },
            2,
            [(0.5, 5), (1.0, 5)],
        ),
    ],
)
def test_a_policy_is_a_list_of_steps(
    deployment: dict[str, Any] | None, instances: int, steps: list[tuple[float, int]]
) -> None:
    assert [(step.share, step.bake) for step in plan(deployment, instances)] == steps


def test_the_message_of_a_step_reads_as_on_aws() -> None:
    canary = blue_green("CANARY", CanarySize={"Type": "INSTANCE_COUNT", "Value": 1})
    assert plan(canary, 3)[0].message == (
        "Baking for 60 seconds (WaitIntervalInSeconds) with traffic enabled on canary capacity of "
        "1 instance(s)."
    )


@pytest.mark.parametrize(
    ("prefix", "key", "relative"),
    [
        ("data/", "data/a/b.csv", "a/b.csv"),
        ("data", "data/a.csv", "a.csv"),
        ("data", "data2/a.csv", "data2/a.csv"),
        ("x/data.csv", "x/data.csv", "data.csv"),
        ("x/part-", "x/part-1.csv", "part-1.csv"),
        ("", "a/b.csv", "a/b.csv"),
    ],
)
def test_a_prefix_becomes_a_folder(prefix: str, key: str, relative: str) -> None:
    assert relative_key(prefix, key) == relative


def test_a_path_outside_of_the_container_root_is_refused(tmp_path: Path) -> None:
    space = Workspace(tmp_path)
    assert space.path("/opt/ml/processing/in") == tmp_path / "ml/processing/in"
    for bad in ("/etc/passwd", "/opt/ml/../../etc", "relative"):
        with pytest.raises(JobError, match="not under /opt/ml"):
            space.path(bad)


def test_an_archive_that_climbs_out_is_refused(tmp_path: Path) -> None:
    import io
    import tarfile

    archive = tmp_path / "model.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        member = tarfile.TarInfo("../evil")
        tar.addfile(member, io.BytesIO())
    with pytest.raises(JobError, match="Failed to extract"):
        unpack(archive, tmp_path / "model")
    assert not (tmp_path / "evil").exists()


def test_a_search_is_the_same_for_the_same_seed_and_stays_in_its_ranges() -> None:
    config = {
        "Strategy": "Bayesian",
        "ParameterRanges": {
            "IntegerParameterRanges": [{"Name": "depth", "MinValue": "2", "MaxValue": "8"}],
            "ContinuousParameterRanges": [
                {"Name": "rate", "MinValue": "0.0001", "MaxValue": "1", "ScalingType": "Logarithmic"}
            ],
        },
    }

    def first(seed: str) -> list[dict[str, str]]:
        source = candidates(config, seed)
        return [next(source) for _ in range(200)]

    assert first("a") == first("a") != first("b")
    assert all(2 <= int(item["depth"]) <= 8 and 0.0001 <= float(item["rate"]) <= 1 for item in first("a"))
    assert 60 < sum(float(item["rate"]) < 0.01 for item in first("a")) < 140


def test_the_runtime_image_is_built_once_and_follows_its_sources(tmp_path: Path) -> None:
    project = tmp_path / "project"
    for package in ("penstock", "sagemaker_jobs"):
        (project / package).mkdir(parents=True)
        (project / package / "__init__.py").touch()
    entry = project / "sagemaker_jobs" / "train.py"
    lock = project / "lock.txt"
    lock.touch()
    image = RuntimeImage(tmp_path / "images", project, lock)

    def output(text: str) -> str:
        entry.write_text(f"def main():\n    print({text!r})\n    return 0\n")
        programs = image.environment()
        command = programs.resolve(["/usr/local/bin/train"])
        return subprocess.run(
            command, env={"PATH": programs.path}, check=True, capture_output=True, text=True
        ).stdout

    assert output("one") == "one\n"
    began = time.perf_counter()
    assert output("two") == "two\n"
    assert time.perf_counter() - began < 1
    assert len(list((tmp_path / "images").glob("packages-*"))) == 1
    assert len(list((tmp_path / "images").glob("runtime-*"))) == 2


def test_a_missing_lock_is_told(tmp_path: Path) -> None:
    with pytest.raises(JobError, match=r"lock .*runtime\.txt does not exist"):
        RuntimeImage(tmp_path, tmp_path, tmp_path / "runtime.txt").environment()


def test_processes_end_with_their_server_however_it_ends(tmp_path: Path) -> None:
    folder = tmp_path / "jobs" / "TrainingJob" / "long"
    folder.mkdir(parents=True)
    job = subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
    note(folder, job.pid)
    server = subprocess.Popen(
        [sys.executable, "-c", _SERVER, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert server.stdout
    assert server.stdout.readline() == "ready\n"
    server.kill()
    server.communicate()

    assert job.wait(10) == -9


_SERVER = """
import sys, time
from pathlib import Path
from local_cloud.sagemaker.orphans import Reaper
reaper = Reaper(Path(sys.argv[1]))
print("ready", flush=True)
time.sleep(60)
"""


def test_a_process_with_a_reused_id_is_left_alone(tmp_path: Path) -> None:
    folder = tmp_path / "jobs" / "TrainingJob" / "old"
    folder.mkdir(parents=True)
    other = subprocess.Popen(["/bin/sleep", "60"], start_new_session=True)
    (folder / "process.json").write_text(f'{{"pid": {other.pid}, "born": "1"}}')
    Reaper(tmp_path).close()
    assert other.poll() is None
    other.kill()
    other.wait()
