import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_cloud.sagemaker import ControlPlane
from local_cloud.sagemaker.errors import ResourceInUse, ResourceLimitExceeded, ValidationException
from tests.integration.local_cloud.sagemaker.serving import wait_for

Call = Callable[..., dict[str, Any]]

COPY = """
import json, os, pathlib, shutil, sys
root = pathlib.Path(os.environ["PENSTOCK_ML_ROOT"])
source, target = sys.argv[1:3]
print("arguments", sys.argv[1:])
print("environment", json.dumps(dict(os.environ)))
shutil.copytree(source, target, dirs_exist_ok=True)
(root / "output" / "message").write_text("copied")
(pathlib.Path(target) / "config.json").write_text((root / "config/processingjobconfig.json").read_text())
"""


def s3_input(uri: str, **changes: Any) -> dict[str, Any]:
    s3 = {
        "S3Uri": uri,
        "LocalPath": "/opt/ml/processing/input",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
    }
    return {"InputName": "data", "S3Input": {**s3, **changes}}


def s3_output(uri: str) -> dict[str, Any]:
    s3 = {"S3Uri": uri, "LocalPath": "/opt/ml/processing/output", "S3UploadMode": "EndOfJob"}
    return {"Outputs": [{"OutputName": "result", "S3Output": s3}]}


@pytest.fixture
def copy_job(processing: Call, programs: Callable[[str, str], Path]) -> Call:
    programs("process", COPY)

    def request(name: str, **changes: Any) -> dict[str, Any]:
        made = processing(
            name,
            ProcessingInputs=[s3_input("s3://in/data")],
            ProcessingOutputConfig=s3_output("s3://out/result/"),
            **changes,
        )
        paths = ["/opt/ml/processing/input", "/opt/ml/processing/output"]
        made["AppSpecification"]["ContainerArguments"] = paths
        return made

    return request


def test_files_go_in_and_out_under_their_relative_names(
    call: Call, settled: Call, cloud: Any, copy_job: Call
) -> None:
    cloud.put("s3://in/data/a.csv", "1")
    cloud.put("s3://in/data/day=1/b.csv", "2")
    call("CreateProcessingJob", **copy_job("copy"))

    described = settled("ProcessingJob", "copy")

    assert described["ProcessingJobStatus"] == "Completed"
    assert described["ExitMessage"] == "copied"
    assert described["ProcessingStartTime"] <= described["ProcessingEndTime"]
    assert cloud.get("s3://out/result/a.csv") == b"1"
    assert cloud.get("s3://out/result/day=1/b.csv") == b"2"
    config = json.loads(cloud.get("s3://out/result/config.json"))
    assert Path(config["ProcessingInputs"][0]["S3Input"]["LocalPath"]).name == "input"


def test_the_process_sees_its_role_and_nothing_of_the_developer(
    *,
    call: Call,
    settled: Call,
    cloud: Any,
    copy_job: Call,
    plane: ControlPlane,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONPATH", "/developer")
    monkeypatch.setenv("SECRET", "developer")
    cloud.put("s3://in/data/a.csv", "1")
    call(
        "CreateProcessingJob",
        **copy_job("clean", Environment={"GREETING": "hello", "WHERE": "/opt/ml/model/x"}),
    )
    settled("ProcessingJob", "clean")

    log = (plane.job_folder("ProcessingJob", "clean") / "log.txt").read_text()
    seen = json.loads(log.partition("environment ")[2].splitlines()[0])

    assert seen["GREETING"] == "hello"
    assert seen["WHERE"] == seen["PENSTOCK_ML_ROOT"] + "/model/x"
    assert seen["AWS_SESSION_TOKEN"] == "arn:aws:iam::000000000000:role/jobs"
    assert seen["PROCESSING_JOB_NAME"] == "clean"
    assert not seen.keys() & {"PYTHONPATH", "SECRET", "USER"}
    stream = next(key for key in cloud.logs if key[0] == "/aws/sagemaker/ProcessingJobs")
    assert stream[1].startswith("clean/algo-1-")
    assert cloud.logs[stream][0].startswith("arguments")


def test_a_failing_container_fails_the_job_with_its_exit_code(
    call: Call, settled: Call, processing: Call, programs: Callable[[str, str], Path], cloud: Any
) -> None:
    programs("process", "import sys; print('about to fail'); sys.exit(3)")
    call("CreateProcessingJob", **processing("fails"))

    described = settled("ProcessingJob", "fails")

    assert described["ProcessingJobStatus"] == "Failed"
    assert described["FailureReason"] == "AlgorithmError: , exit code: 3"
    assert ["about to fail"] in cloud.logs.values()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        (
            {"AppSpecification": {"ImageUri": "ubuntu:24.04"}},
            "Known repositories: scripts, sagemaker-scikit-learn",
        ),
        ({"ProcessingInputs": [s3_input("s3://in/none")]}, "No S3 objects found"),
        (
            {"ProcessingInputs": [s3_input("s3://in/data", LocalPath="/home/me")]},
            "not under /opt/ml",
        ),
        (
            {"AppSpecification": {"ImageUri": "x/scripts", "ContainerEntrypoint": ["absent"]}},
            "has no program 'absent'",
        ),
    ],
)
def test_what_cannot_be_prepared_fails_with_the_reason(
    *, call: Call, settled: Call, cloud: Any, processing: Call, changes: dict[str, Any], reason: str
) -> None:
    cloud.put("s3://in/data/a.csv", "1")
    call("CreateProcessingJob", **processing("bad", **changes))

    described = settled("ProcessingJob", "bad")

    assert described["ProcessingJobStatus"] == "Failed"
    assert reason in described["FailureReason"]


def test_a_role_without_permission_fails_the_job(
    call: Call, settled: Call, cloud: Any, copy_job: Call
) -> None:
    cloud.put("s3://in/data/a.csv", "1")
    cloud.refused.add("arn:aws:iam::000000000000:role/jobs")
    call("CreateProcessingJob", **copy_job("denied"))

    assert "AccessDenied" in settled("ProcessingJob", "denied")["FailureReason"]


def test_stopping_ends_the_process_and_its_children(
    call: Call, settled: Call, processing: Call, programs: Callable[[str, str], Path], cloud: Any
) -> None:
    programs(
        "process",
        "import signal, subprocess, sys, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = subprocess.Popen(['sleep', '60'])\nprint('child', child.pid)\ntime.sleep(60)",
    )
    call("CreateProcessingJob", **processing("long"))
    wait_for(lambda: any("child" in line for lines in cloud.logs.values() for line in lines))
    call("StopProcessingJob", ProcessingJobName="long")

    assert call("DescribeProcessingJob", ProcessingJobName="long")["ProcessingJobStatus"] == "Stopping"
    assert settled("ProcessingJob", "long")["ProcessingJobStatus"] == "Stopped"
    child = next(
        line.split()[1] for lines in cloud.logs.values() for line in lines if line.startswith("child")
    )
    assert not is_running(int(child))


def test_a_job_over_its_time_is_stopped(
    call: Call, settled: Call, processing: Call, programs: Callable[[str, str], Path]
) -> None:
    programs("process", "import time; time.sleep(60)")
    call("CreateProcessingJob", **processing("slow", StoppingCondition={"MaxRuntimeInSeconds": 1}))

    assert settled("ProcessingJob", "slow")["ProcessingJobStatus"] == "Stopped"


def test_names_are_unique_and_clusters_are_refused(
    call: Call, settled: Call, processing: Call, programs: Callable[[str, str], Path]
) -> None:
    programs("process", "")
    call("CreateProcessingJob", **processing("once"))
    with pytest.raises(ResourceInUse, match="already exists"):
        call("CreateProcessingJob", **processing("once"))
    big = processing("big")
    big["ProcessingResources"]["ClusterConfig"]["InstanceCount"] = 2
    with pytest.raises(ResourceLimitExceeded, match=r"ml\.t3\.medium"):
        call("CreateProcessingJob", **big)
    settled("ProcessingJob", "once")
    with pytest.raises(ValidationException, match="in status Completed"):
        call("StopProcessingJob", ProcessingJobName="once")


def test_events_tell_of_every_change_of_state(
    call: Call, settled: Call, processing: Call, programs: Callable[[str, str], Path], cloud: Any
) -> None:
    programs("process", "")
    call("CreateProcessingJob", **processing("told"))
    settled("ProcessingJob", "told")
    wait_for(lambda: len(cloud.events) == 2)

    assert {kind for kind, _ in cloud.events} == {"SageMaker Processing Job State Change"}
    assert [detail["ProcessingJobStatus"] for _, detail in cloud.events] == ["InProgress", "Completed"]
    assert isinstance(cloud.events[0][1]["CreationTime"], int)
    assert cloud.events[0][1]["CreationTime"] > 1_000_000_000_000


def test_jobs_of_a_server_that_died_are_failed_at_the_next_start(
    plane: ControlPlane, cloud: Any, processing: Call
) -> None:
    record = {**processing("lost"), "ProcessingJobStatus": "InProgress", "CreationTime": 1.0}
    plane.context.store.put("ProcessingJob", "lost", {**record, "ProcessingJobArn": "arn"})
    again = ControlPlane(plane.context.config, cloud)
    again.start()

    described = again.call("DescribeProcessingJob", b'{"ProcessingJobName": "lost"}')
    again.shutdown()

    assert described["ProcessingJobStatus"] == "Failed"
    assert described["FailureReason"] == "InternalServerError: the host was stopped"


def test_shutdown_leaves_no_process_behind(
    call: Call, plane: ControlPlane, processing: Call, programs: Callable[[str, str], Path], cloud: Any
) -> None:
    programs("process", "import os, time; print('pid', os.getpid()); time.sleep(60)")
    call("CreateProcessingJob", **processing("running"))
    wait_for(lambda: bool(cloud.logs))
    plane.shutdown()

    (line,) = next(iter(cloud.logs.values()))
    assert not is_running(int(line.split()[1]))
    described = call("DescribeProcessingJob", ProcessingJobName="running")
    assert described["FailureReason"] == "InternalServerError: the host was stopped"


def is_running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
