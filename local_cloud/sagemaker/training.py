"""Training jobs: channels from S3, a container, the model's archive to S3."""

import re
from typing import Any

from local_cloud.sagemaker.context import Context
from local_cloud.sagemaker.errors import JobStopped, ValidationException
from local_cloud.sagemaker.images import Environment, Image
from local_cloud.sagemaker.isolation import isolated
from local_cloud.sagemaker.jobs import HOST, Jobs, Run, algorithm_error, require_one_instance
from local_cloud.sagemaker.kinds import TRAINING
from local_cloud.sagemaker.resources import Json
from local_cloud.sagemaker.script_mode import prepare_script
from local_cloud.sagemaker.transfer import S3Source, S3Target, fetch, split_uri, store, store_archive
from local_cloud.sagemaker.workspace import Workspace

_MESSAGES = {
    "Starting": "Preparing the instances for training",
    "Pending": "Waiting for capacity",
    "Downloading": "Downloading input data",
    "Training": "Training image download completed. Training in progress.",
    "Uploading": "Uploading generated training model",
    "Stopping": "Stopping the training job",
    "Completed": "Training job completed",
    "Failed": "Training job failed",
    "Stopped": "Training job stopped",
    "MaxRuntimeExceeded": "Training job runtime exceeded MaxRuntimeInSeconds provided",
}


class TrainingJobs(Jobs):
    """Creates, runs, describes, lists and stops training jobs."""

    duplicate = (
        "Training job names must be unique within an AWS account and region, and a training job with this "
        "name already exists ({arn})"
    )

    def __init__(self, context: Context) -> None:
        super().__init__(context, TRAINING)

    def check_request(self, request: Json) -> None:
        """Refuse clusters, other sources than S3, and streams."""
        resources = request.get("ResourceConfig", {})
        kind = resources.get("InstanceType", "instance")
        require_one_instance(kind, resources.get("InstanceCount", 1), "training job")
        if "TrainingImage" not in request["AlgorithmSpecification"]:
            raise ValidationException("AlgorithmSpecification.TrainingImage is needed by the local cloud.")
        for channel in request.get("InputDataConfig", []):
            _check_channel(channel, request["AlgorithmSpecification"]["TrainingInputMode"])

    def initial(self) -> Json:
        """Begin the record of transitions."""
        now = self.context.clock()
        return {"SecondaryStatus": "Starting", "SecondaryStatusTransitions": [_transition("Starting", now)]}

    def stopping(self, record: Json) -> Json:
        """Note that the job stops."""
        return self._secondary(record, "Stopping")

    def ending(self, record: Json, _status: str, secondary: str) -> Json:
        """Close the last transition and count the time."""
        now = self.context.clock()
        started = record.get("TrainingStartTime")
        elapsed = max(1, round(now - started)) if started else 0
        times = {"TrainingTimeInSeconds": elapsed, "BillableTimeInSeconds": elapsed} if started else {}
        changes = self._secondary(record, secondary)
        changes["SecondaryStatusTransitions"][-1]["EndTime"] = now
        return {**changes, **times, "TrainingEndTime": now}

    def await_turn(self, run: Run) -> None:
        """Wait for a place, visibly."""
        if not self.context.slots.acquire(blocking=False):
            self._enter(run.name, "Pending")
            super().await_turn(run)

    def execute(self, record: Json, run: Run) -> Json:
        """Fetch, train, store."""
        image = self.context.images.find(record["AlgorithmSpecification"]["TrainingImage"])
        programs = image.environment()
        self._enter(run.name, "Downloading", TrainingStartTime=self.context.clock())
        self._prepare(record, run)
        command, environment = self._command(record, run, image, programs)
        if record.get("EnableNetworkIsolation"):
            command, environment = isolated(command, environment)
        run.check()
        self._enter(run.name, "Training")
        limit = record.get("StoppingCondition", {}).get("MaxRuntimeInSeconds")
        code = self.run_container(run, command, environment, limit)
        self.change(run.name, FinalMetricDataList=self._metrics(record, run) or None)
        self._upload(record, run, code)
        if code and not (run.stop_requested or run.expired):
            raise algorithm_error(run.workspace.message("failure"), code)
        if run.expired:
            raise JobStopped("MaxRuntimeExceeded")
        if run.stop_requested:
            raise JobStopped
        return {}

    def _prepare(self, record: Json, run: Run) -> None:
        """Fill the workspace with channels, checkpoints and configuration files."""
        workspace = run.workspace
        for channel in record.get("InputDataConfig", []):
            s3 = channel["DataSource"]["S3DataSource"]
            source = S3Source(s3["S3Uri"], s3["S3DataType"], channel.get("CompressionType", "None"))
            folder = workspace.root / "input" / "data" / channel["ChannelName"]
            fetch(run.session, source, folder, record["RoleArn"])
            run.check()
        checkpoints = record.get("CheckpointConfig")
        if checkpoints:
            _restore_checkpoints(checkpoints, run)
        write_configuration(record, workspace)

    def _command(
        self, record: Json, run: Run, image: Image, programs: Environment
    ) -> tuple[list[str], dict[str, str]]:
        """Return what to start, and with which variables."""
        specification = record["AlgorithmSpecification"]
        names = {"TRAINING_JOB_NAME": run.name, "TRAINING_JOB_ARN": record["TrainingJobArn"]}
        environment = {**self.environment(run, programs, record.get("Environment", {})), **names}
        entry = specification.get("ContainerEntrypoint")
        if image.script_mode and not entry:
            script = prepare_script(record, run.workspace, run.session)
            return programs.resolve(script.command), {**script.environment, **environment}
        command = [*(entry or ["train"]), *specification.get("ContainerArguments", [])]
        return programs.resolve(run.workspace.localise(command)), environment

    def _upload(self, record: Json, run: Run, code: int) -> None:
        """Store the model and the output data, each as the request asks."""
        output = record["OutputDataConfig"]
        base = f"{output['S3OutputPath'].rstrip('/')}/{run.name}/output"
        plain = output.get("CompressionType") == "NONE"
        changes: Json = {}
        if not code or run.stop_requested or run.expired:
            if not run.stop_requested:
                self._enter(run.name, "Uploading")
            model = f"{base}/model" if plain else f"{base}/model.tar.gz"
            self._send(run, "model", S3Target(model, output.get("KmsKeyId")), plain=plain)
            changes["ModelArtifacts"] = {"S3ModelArtifacts": model}
        if any((run.workspace.root / "output" / "data").iterdir()):
            data = f"{base}/output" if plain else f"{base}/output.tar.gz"
            self._send(run, "output/data", S3Target(data, output.get("KmsKeyId")), plain=plain)
        if "CheckpointConfig" in record:
            folder = run.workspace.path(_checkpoint_path(record["CheckpointConfig"]))
            store(run.session, folder, S3Target(record["CheckpointConfig"]["S3Uri"], output.get("KmsKeyId")))
        self.change(run.name, **changes)

    def _send(self, run: Run, relative: str, target: S3Target, *, plain: bool) -> None:
        """Store one folder, as an archive or file by file."""
        folder = run.workspace.root / relative
        if plain:
            store(run.session, folder, target)
        else:
            store_archive(run.session, folder, target, run.workspace.folder)

    def _metrics(self, record: Json, run: Run) -> list[Json]:
        """Read the last value of every defined metric from the log."""
        log = run.workspace.log.read_text(encoding="utf-8")
        now = self.context.clock()
        definitions = record["AlgorithmSpecification"].get("MetricDefinitions", [])
        found = ((item["Name"], last_value(item["Regex"], log)) for item in definitions)
        return [
            {"MetricName": name, "Value": value, "Timestamp": now}
            for name, value in found
            if value is not None
        ]

    def _enter(self, name: str, status: str, **changes: Any) -> None:
        """Record a new secondary status, unless the job is being stopped."""
        record = self.find(name)
        if record["TrainingJobStatus"] == "InProgress":
            self.change(name, **self._secondary(record, status), **changes)

    def _secondary(self, record: Json, status: str) -> Json:
        """Return the changes for a new secondary status."""
        now = self.context.clock()
        transitions = record["SecondaryStatusTransitions"]
        transitions[-1].setdefault("EndTime", now)
        transitions.append(_transition(status, now))
        return {"SecondaryStatus": status, "SecondaryStatusTransitions": transitions}


def write_configuration(record: Json, workspace: Workspace) -> None:
    """Write the files that tell a training container about its job."""
    channels = {
        channel["ChannelName"]: {
            "TrainingInputMode": "File",
            "S3DistributionType": channel["DataSource"]["S3DataSource"].get(
                "S3DataDistributionType", "FullyReplicated"
            ),
            "RecordWrapperType": channel.get("RecordWrapperType", "None"),
            **({"ContentType": channel["ContentType"]} if "ContentType" in channel else {}),
        }
        for channel in record.get("InputDataConfig", [])
    }
    instance = record.get("ResourceConfig", {}).get("InstanceType", "local")
    group = {"instance_group_name": "homogeneousCluster", "instance_type": instance, "hosts": [HOST]}
    resources = {
        "current_host": HOST,
        "current_instance_type": instance,
        "current_group_name": "homogeneousCluster",
        "hosts": [HOST],
        "instance_groups": [group],
        "network_interface_name": "lo",
    }
    workspace.write_json(
        "input/config/hyperparameters.json", workspace.localise(record.get("HyperParameters", {}))
    )
    workspace.write_json("input/config/inputdataconfig.json", channels)
    workspace.write_json("input/config/resourceconfig.json", resources)


def last_value(pattern: str, log: str) -> float | None:
    """Return the last number that a metric's expression captures.

    Examples
    --------
    >>> last_value(r"auc=([0-9.]+)", "auc=0.5 then auc=0.75")
    0.75
    >>> last_value(r"auc=(.*)", "auc=unknown") is None
    True
    """
    value: float | None = None
    for match in re.finditer(pattern, log):
        try:
            value = float(match.group(1))
        except (IndexError, ValueError):
            continue
    return value


def _check_channel(channel: Json, mode: str) -> None:
    """Refuse a channel that cannot be a folder of files."""
    name = channel["ChannelName"]
    if "S3DataSource" not in channel["DataSource"]:
        raise ValidationException(f"Channel {name!r} has no S3DataSource; the local cloud reads S3 only.")
    if channel.get("InputMode", mode) == "Pipe" or channel.get("RecordWrapperType") == "RecordIO":
        raise ValidationException(
            f"Channel {name!r} asks for Pipe or RecordIO; the local cloud offers File only."
        )


def _checkpoint_path(settings: Json) -> str:
    """Return where a container keeps its checkpoints."""
    return str(settings.get("LocalPath", "/opt/ml/checkpoints/"))


def _restore_checkpoints(settings: Json, run: Run) -> None:
    """Fetch checkpoints of an earlier run, if there are any."""
    folder = run.workspace.path(_checkpoint_path(settings))
    folder.mkdir(parents=True, exist_ok=True)
    source = S3Source(settings["S3Uri"].rstrip("/") + "/")
    if run.session.list_keys(*split_uri(source.uri)):
        fetch(run.session, source, folder, "")


def _transition(status: str, now: float) -> Json:
    """Return an entry of the secondary status transitions."""
    return {"Status": status, "StartTime": now, "StatusMessage": _MESSAGES.get(status, status)}
