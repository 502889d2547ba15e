"""Processing jobs: inputs from S3, a container, outputs to S3."""

import threading
from pathlib import Path

from local_cloud.sagemaker.context import Context
from local_cloud.sagemaker.errors import JobStopped, ValidationException
from local_cloud.sagemaker.jobs import HOST, Jobs, Run, algorithm_error, require_one_instance
from local_cloud.sagemaker.kinds import PROCESSING
from local_cloud.sagemaker.resources import Json
from local_cloud.sagemaker.transfer import S3Source, S3Target, fetch, store
from local_cloud.sagemaker.workspace import Workspace

_CONTINUOUS_SECONDS = 5.0


class ProcessingJobs(Jobs):
    """Creates, runs, describes, lists and stops processing jobs."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, PROCESSING)

    def check_request(self, request: Json) -> None:
        """Refuse clusters, and inputs or outputs that are not in S3."""
        cluster = request["ProcessingResources"]["ClusterConfig"]
        require_one_instance(cluster["InstanceType"], cluster["InstanceCount"], "processing job")
        for item in request.get("ProcessingInputs", []):
            if "S3Input" not in item:
                raise ValidationException(
                    f"ProcessingInput {item['InputName']!r} has no S3Input; the local cloud reads S3 only."
                )
        for item in request.get("ProcessingOutputConfig", {}).get("Outputs", []):
            if "S3Output" not in item:
                raise ValidationException(
                    f"Output {item['OutputName']!r} has no S3Output; the local cloud writes to S3 only."
                )

    def execute(self, record: Json, run: Run) -> Json:
        """Fetch, run, store."""
        specification = record["AppSpecification"]
        programs = self.context.images.find(specification["ImageUri"]).environment()
        self._prepare(record, run)
        command = [
            *specification.get("ContainerEntrypoint", ["process"]),
            *specification.get("ContainerArguments", []),
        ]
        environment = self.environment(run, programs, record.get("Environment", {}))
        names = {"PROCESSING_JOB_NAME": run.name, "PROCESSING_JOB_ARN": record["ProcessingJobArn"]}
        run.check()
        started = self.change(run.name, ProcessingStartTime=self.context.clock())["ProcessingStartTime"]
        limit = record.get("StoppingCondition", {}).get("MaxRuntimeInSeconds")
        with _ContinuousUpload(_outputs(record, run, "Continuous"), run):
            code = self.run_container(
                run, programs.resolve(run.workspace.localise(command)), {**names, **environment}, limit
            )
        return self._judge(record, run, code, started)

    def ending(self, _record: Json, _status: str, _secondary: str) -> Json:
        """Note when the job ended."""
        return {"ProcessingEndTime": self.context.clock()}

    def _prepare(self, record: Json, run: Run) -> None:
        """Fill the workspace with inputs, output folders and configuration files."""
        for item in record.get("ProcessingInputs", []):
            source = item["S3Input"]
            uri = S3Source(
                source["S3Uri"], source.get("S3DataType", "S3Prefix"), source.get("S3CompressionType", "None")
            )
            fetch(run.session, uri, run.workspace.path(source["LocalPath"]), record["RoleArn"])
            run.check()
        for folder, _target in _outputs(record, run):
            folder.mkdir(parents=True, exist_ok=True)
        write_configuration(record, run.workspace)

    def _judge(self, record: Json, run: Run, code: int, started: float) -> Json:
        """Turn the exit code and the message file into the job's end."""
        message = run.workspace.message("message")
        self.change(run.name, ProcessingStartTime=started, ExitMessage=message or None)
        if run.expired:
            raise JobStopped("MaxRuntimeExceeded")
        if run.stop_requested:
            raise JobStopped
        if code:
            raise algorithm_error(run.workspace.message("failure"), code)
        for folder, target in _outputs(record, run, "EndOfJob"):
            store(run.session, folder, target)
        return {}


def write_configuration(record: Json, workspace: Workspace) -> None:
    """Write the files that tell a processing container about its job."""
    names = (
        "ProcessingJobArn",
        "ProcessingJobName",
        "AppSpecification",
        "Environment",
        "ProcessingInputs",
        "ProcessingOutputConfig",
        "ProcessingResources",
        "NetworkConfig",
        "RoleArn",
        "StoppingCondition",
    )
    content = {name: record[name] for name in names if name in record}
    workspace.write_json("config/processingjobconfig.json", workspace.localise(content))
    workspace.write_json("config/resourceconfig.json", {"current_host": HOST, "hosts": [HOST]})


def _outputs(record: Json, run: Run, mode: str | None = None) -> list[tuple[Path, S3Target]]:
    """Return the folder and the address of each output, of one upload mode or all."""
    settings = record.get("ProcessingOutputConfig", {})
    outputs = [item["S3Output"] for item in settings.get("Outputs", [])]
    return [
        (run.workspace.path(item["LocalPath"]), S3Target(item["S3Uri"], settings.get("KmsKeyId")))
        for item in outputs
        if mode in (None, item["S3UploadMode"])
    ]


class _ContinuousUpload:
    """Uploads outputs of the mode Continuous while the container runs, and once after."""

    def __init__(self, outputs: list[tuple[Path, S3Target]], run: Run) -> None:
        self._outputs = outputs
        self._run = run
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._work, name="sagemaker-continuous", daemon=True)

    def __enter__(self) -> None:
        if self._outputs:
            self._thread.start()

    def __exit__(self, *_error: object) -> None:
        self._over.set()
        if self._outputs:
            self._thread.join()
            self._upload()

    def _work(self) -> None:
        """Upload at intervals."""
        while not self._over.wait(_CONTINUOUS_SECONDS):
            self._upload()

    def _upload(self) -> None:
        """Upload everything there is."""
        for folder, target in self._outputs:
            store(self._run.session, folder, target)
