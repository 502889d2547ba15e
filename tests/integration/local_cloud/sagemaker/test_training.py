import io
import json
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_cloud.sagemaker import ControlPlane, isolation
from local_cloud.sagemaker.errors import ValidationException
from local_cloud.sagemaker.transfer import pack

Call = Callable[..., dict[str, Any]]
Programs = Callable[[str, str], Path]

TRAIN = """
import json, os, pathlib
root = pathlib.Path(os.environ["PENSTOCK_ML_ROOT"])
config = root / "input" / "config"
hyper = json.loads((config / "hyperparameters.json").read_text())
print("epoch 1 auc=0.5;")
print("epoch 2 auc=0.75;")
(root / "model" / "model.json").write_text(json.dumps(hyper))
(root / "output" / "data" / "report.txt").write_text((root / "input/data/train/a.csv").read_text())
names = ("inputdataconfig", "resourceconfig")
(root / "model" / "names.json").write_text(json.dumps(
    {name: json.loads((config / f"{name}.json").read_text()) for name in names}))
"""


def channel(uri: str, **changes: Any) -> dict[str, Any]:
    s3 = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": "train", "DataSource": {"S3DataSource": s3}, **changes}


def members(archive: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        files = [member for member in tar if member.isfile()]
        return {member.name: tar.extractfile(member).read() for member in files}  # type: ignore[union-attr]


def test_a_completed_job_leaves_its_model_output_metrics_and_times(
    call: Call, settled: Call, cloud: Any, training: Call, programs: Programs
) -> None:
    programs("train", TRAIN)
    cloud.put("s3://in/train/a.csv", "1,2")
    request = training(
        "fit",
        InputDataConfig=[channel("s3://in/train")],
        HyperParameters={"depth": "3"},
        Tags=[{"Key": "a", "Value": "b"}],
    )
    request["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "auc", "Regex": "auc=([0-9.]+);"}]
    arn = call("CreateTrainingJob", **request)["TrainingJobArn"]

    described = settled("TrainingJob", "fit")

    assert described["TrainingJobStatus"] == described["SecondaryStatus"] == "Completed"
    passed = [item["Status"] for item in described["SecondaryStatusTransitions"]]
    assert passed == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert described["FinalMetricDataList"][0]["Value"] == 0.75
    assert described["BillableTimeInSeconds"] >= 1
    model = members(cloud.get(described["ModelArtifacts"]["S3ModelArtifacts"]))
    assert json.loads(model["model.json"]) == {"depth": "3"}
    assert json.loads(model["names.json"])["inputdataconfig"]["train"]["TrainingInputMode"] == "File"
    assert members(cloud.get("s3://out/models/fit/output/output.tar.gz")) == {"report.txt": b"1,2"}
    assert call("ListTags", ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "b"}]


def test_the_same_model_gives_the_same_archive(tmp_path: Path) -> None:
    archives = []
    for number in (1, 2):
        folder = tmp_path / f"model{number}"
        (folder / "sub").mkdir(parents=True)
        for name in ("b", "a") if number == 1 else ("a", "b"):
            (folder / "sub" / name).write_text(name)
        time.sleep(0.01)
        pack(folder, tmp_path / f"{number}.tar.gz")
        archives.append((tmp_path / f"{number}.tar.gz").read_bytes())
    assert archives[0] == archives[1]


def test_the_failure_file_tells_why(
    call: Call, settled: Call, cloud: Any, training: Call, programs: Programs
) -> None:
    programs(
        "train",
        "import os, pathlib, sys\n"
        "root = pathlib.Path(os.environ['PENSTOCK_ML_ROOT'])\n"
        "(root / 'output' / 'failure').write_text('bad data ' + 'x' * 2000)\n"
        "sys.exit(1)",
    )
    call("CreateTrainingJob", **training("fails"))

    described = settled("TrainingJob", "fails")

    assert described["FailureReason"].startswith("AlgorithmError: bad data xxx")
    assert described["FailureReason"].endswith("exit code: 1")
    assert len(described["FailureReason"]) <= 1024
    assert described["SecondaryStatus"] == "Failed"
    assert "ModelArtifacts" not in described


def test_a_killed_process_fails_the_job_as_on_aws_and_keeps_its_log(
    call: Call, settled: Call, training: Call, programs: Programs, plane: ControlPlane
) -> None:
    programs("train", "import os, signal; print('alive', flush=True); os.kill(os.getpid(), signal.SIGKILL)")
    call("CreateTrainingJob", **training("killed"))

    assert settled("TrainingJob", "killed")["FailureReason"] == "AlgorithmError: , exit code: 137"
    assert (plane.job_folder("TrainingJob", "killed") / "log.txt").read_text() == "alive\n"


@pytest.mark.parametrize(("stopped", "secondary"), [(True, "Stopped"), (False, "MaxRuntimeExceeded")])
def test_an_ended_job_still_uploads_what_the_model_folder_holds(
    call: Call,
    settled: Call,
    cloud: Any,
    training: Call,
    programs: Programs,
    *,
    stopped: bool,
    secondary: str,
) -> None:
    programs(
        "train",
        "import os, pathlib, signal, sys, time\n"
        "root = pathlib.Path(os.environ['PENSTOCK_ML_ROOT'])\n"
        "def end(*_):\n    (root / 'model' / 'saved').write_text('half'); sys.exit(0)\n"
        "signal.signal(signal.SIGTERM, end); print('ready', flush=True); time.sleep(60)",
    )
    limit = {"MaxRuntimeInSeconds": 60 if stopped else 1}
    call("CreateTrainingJob", **training("ended", StoppingCondition=limit))
    if stopped:
        while ["ready"] not in cloud.logs.values():
            time.sleep(0.01)
        call("StopTrainingJob", TrainingJobName="ended")

    described = settled("TrainingJob", "ended")

    assert (described["TrainingJobStatus"], described["SecondaryStatus"]) == ("Stopped", secondary)
    assert members(cloud.get("s3://out/models/ended/output/model.tar.gz")) == {"saved": b"half"}


def test_script_mode_runs_the_users_script_with_arguments_and_variables(
    call: Call, settled: Call, cloud: Any, training: Call, tmp_path: Path
) -> None:
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "settings.py").write_text("NAME = 'from a sibling'")
    (sources / "fit.py").write_text(
        "import json, os, pathlib, sys, settings\n"
        "seen = {name: value for name, value in os.environ.items() if name.startswith('SM_')}\n"
        "out = {'argv': sys.argv[1:], 'seen': seen, 'name': settings.NAME, 'cwd': os.getcwd()}\n"
        "(pathlib.Path(os.environ['SM_MODEL_DIR']) / 'out.json').write_text(json.dumps(out))"
    )
    pack(sources, tmp_path / "sourcedir.tar.gz")
    cloud.put("s3://code/sourcedir.tar.gz", (tmp_path / "sourcedir.tar.gz").read_bytes())
    cloud.put("s3://in/train/a.csv", "1")
    image = "683313688378.dkr.ecr.us-east-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3"
    hyper = {
        "sagemaker_program": '"fit.py"',
        "sagemaker_submit_directory": '"s3://code/sourcedir.tar.gz"',
        "n-estimators": "100",
        "criterion": '"gini"',
    }
    request = training("script", HyperParameters=hyper, InputDataConfig=[channel("s3://in/train")])
    request["AlgorithmSpecification"]["TrainingImage"] = image
    call("CreateTrainingJob", **request)

    described = settled("TrainingJob", "script")
    assert described["TrainingJobStatus"] == "Completed", described["FailureReason"]
    out = json.loads(members(cloud.get("s3://out/models/script/output/model.tar.gz"))["out.json"])

    assert out["argv"] == ["--criterion", "gini", "--n-estimators", "100"]
    assert json.loads(out["seen"]["SM_HPS"]) == {"n-estimators": 100, "criterion": "gini"}
    assert out["seen"]["SM_HP_CRITERION"] == "gini"
    assert out["seen"]["SM_CHANNEL_TRAIN"].endswith("/input/data/train")
    assert json.loads(out["seen"]["SM_CHANNELS"]) == ["train"]
    assert out["cwd"].endswith("/code")


def test_gzip_channels_and_manifests_arrive_as_plain_files(
    call: Call, settled: Call, cloud: Any, training: Call, programs: Programs
) -> None:
    import gzip

    programs(
        "train",
        "import os, pathlib\nroot = pathlib.Path(os.environ['PENSTOCK_ML_ROOT'])\n"
        "base = root / 'input' / 'data' / 'train'\n"
        "for path in sorted(base.rglob('*')):\n"
        "    print(path.relative_to(base), path.is_file() and path.read_text())",
    )
    cloud.put("s3://in/days/one/a.csv.gz", gzip.compress(b"unpacked"))
    cloud.put("s3://in/days/two/b.csv.gz", gzip.compress(b"not listed"))
    cloud.put("s3://in/list.manifest", json.dumps([{"prefix": "s3://in/days/"}, "one/a.csv.gz"]))
    listed = channel("s3://in/list.manifest", CompressionType="Gzip")
    listed["DataSource"]["S3DataSource"]["S3DataType"] = "ManifestFile"
    call("CreateTrainingJob", **training("gz", InputDataConfig=[listed]))

    assert settled("TrainingJob", "gz")["TrainingJobStatus"] == "Completed"
    (lines,) = cloud.logs.values()
    assert lines == ["one False", "one/a.csv unpacked"]


def test_more_jobs_than_places_wait_as_pending(
    call: Call, settled: Call, training: Call, programs: Programs, plane: ControlPlane
) -> None:
    programs("train", "import time; time.sleep(0.5)")
    for number in range(6):
        call("CreateTrainingJob", **training(f"job-{number}"))
    deadline = time.monotonic() + 20
    states: list[str] = []
    while "Pending" not in states and time.monotonic() < deadline:
        states = [
            call("DescribeTrainingJob", TrainingJobName=f"job-{n}")["SecondaryStatus"] for n in range(6)
        ]
    assert 1 <= states.count("Pending") <= 2
    assert {settled("TrainingJob", f"job-{number}")["TrainingJobStatus"] for number in range(6)} == {
        "Completed"
    }
    listed = call("ListTrainingJobs", SortBy="Name", SortOrder="Ascending", MaxResults=4)
    assert [item["TrainingJobName"] for item in listed["TrainingJobSummaries"]] == [
        f"job-{n}" for n in range(4)
    ]
    rest = call(
        "ListTrainingJobs", SortBy="Name", SortOrder="Ascending", MaxResults=4, NextToken=listed["NextToken"]
    )
    assert [item["TrainingJobName"] for item in rest["TrainingJobSummaries"]] == ["job-4", "job-5"]


def test_pipe_mode_is_refused(call: Call, training: Call) -> None:
    request = training("pipe", InputDataConfig=[channel("s3://in/train", InputMode="Pipe")])
    with pytest.raises(ValidationException, match="Pipe"):
        call("CreateTrainingJob", **request)


def test_a_search_keeps_the_best_of_its_training_jobs(
    call: Call, settled: Call, training: Call, programs: Programs
) -> None:
    programs(
        "train",
        "import json, os, pathlib\n"
        "root = pathlib.Path(os.environ['PENSTOCK_ML_ROOT'])\n"
        "hyper = json.loads((root / 'input/config/hyperparameters.json').read_text())\n"
        "print('score=' + str(-(float(hyper['x']) - 3) ** 2))",
    )
    definition = training("unused")
    del definition["TrainingJobName"]
    definition["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "score", "Regex": "score=(.*)"}]
    tuning = {
        "Strategy": "Random",
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "score"},
        "ResourceLimits": {"MaxNumberOfTrainingJobs": 4, "MaxParallelTrainingJobs": 2},
        "ParameterRanges": {"ContinuousParameterRanges": [{"Name": "x", "MinValue": "0", "MaxValue": "6"}]},
    }
    call(
        "CreateHyperParameterTuningJob",
        HyperParameterTuningJobName="search",
        HyperParameterTuningJobConfig=tuning,
        TrainingJobDefinition=definition,
    )

    described = settled("HyperParameterTuningJob", "search", timeout=30)

    assert described["HyperParameterTuningJobStatus"] == "Completed", described.get("FailureReason")
    assert described["TrainingJobStatusCounters"]["Completed"] == 4
    listed = call(
        "ListTrainingJobsForHyperParameterTuningJob",
        HyperParameterTuningJobName="search",
        SortBy="FinalObjectiveMetricValue",
        SortOrder="Descending",
    )["TrainingJobSummaries"]
    assert described["BestTrainingJob"]["TrainingJobName"] == listed[0]["TrainingJobName"]
    distances = [abs(float(item["TunedHyperParameters"]["x"]) - 3) for item in listed]
    assert distances == sorted(distances)


LONELY = """
import json, os, pathlib, socket
root = pathlib.Path(os.environ["PENSTOCK_ML_ROOT"])
names = sorted(name for name in os.environ if name.startswith("AWS"))
links = [name for _, name in socket.if_nameindex()]
(root / "model" / "told.json").write_text(json.dumps({"names": names, "links": links}))
"""


@pytest.mark.parametrize("isolated", [True, False])
def test_an_isolated_job_has_neither_credentials_nor_network(
    call: Call, settled: Call, cloud: Any, training: Call, programs: Programs, *, isolated: bool
) -> None:
    programs("train", LONELY)
    call("CreateTrainingJob", **training("alone"), EnableNetworkIsolation=isolated)
    described = settled("TrainingJob", "alone")
    assert described["TrainingJobStatus"] == "Completed"
    assert described["EnableNetworkIsolation"] is isolated
    told = json.loads(members(cloud.get(described["ModelArtifacts"]["S3ModelArtifacts"]))["told.json"])
    assert ("AWS_ACCESS_KEY_ID" in told["names"]) is not isolated
    assert "AWS_REGION" in told["names"]
    if isolation._wrapper():
        assert (told["links"] == ["lo"]) is isolated
