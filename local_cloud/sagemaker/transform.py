"""Batch transform jobs: a serving process, fed with every record of the input, its answers to S3."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from local_cloud.sagemaker.config import SageMakerConfig
from local_cloud.sagemaker.context import Context
from local_cloud.sagemaker.errors import JobError, ValidationException
from local_cloud.sagemaker.jobs import Jobs, Run, require_one_instance
from local_cloud.sagemaker.kinds import TRANSFORM
from local_cloud.sagemaker.models import Models
from local_cloud.sagemaker.resources import Json
from local_cloud.sagemaker.serving import Server, ServerSpec
from local_cloud.sagemaker.transfer import S3Source, S3Target, fetch, store

_MEGABYTE = 1 << 20
_DEFAULT_PAYLOAD_MB = 6
_DEFAULT_TIMEOUT = 600
_SUCCESS = range(200, 300)


class TransformJobs(Jobs):
    """Creates, runs, describes, lists and stops transform jobs."""

    def __init__(self, context: Context, models: Models) -> None:
        super().__init__(context, TRANSFORM)
        self._models = models

    def check_request(self, request: Json) -> None:
        """Refuse clusters, filters and unknown models."""
        self._models.find(request["ModelName"])
        resources = request["TransformResources"]
        require_one_instance(resources["InstanceType"], resources["InstanceCount"], "transform job")
        processing = request.get("DataProcessing", {})
        filters = {processing.get("InputFilter", "$"), processing.get("OutputFilter", "$")}
        if filters != {"$"} or processing.get("JoinSource", "None") != "None":
            raise ValidationException("DataProcessing filters and joins are not offered by the local cloud.")
        if request["TransformInput"].get("SplitType", "None") not in ("None", "Line"):
            raise ValidationException("SplitType must be None or Line in the local cloud.")

    def role(self, record: Json) -> str:
        """Return the role of the model."""
        return str(self._models.find(record["ModelName"])["ExecutionRoleArn"])

    def execute(self, record: Json, run: Run) -> Json:
        """Fetch, serve, ask, store."""
        model = self._models.resolved(record["ModelName"])
        started = self.context.clock()
        self.change(run.name, TransformStartTime=started)
        source = record["TransformInput"]
        s3 = source["DataSource"]["S3DataSource"]
        inputs, outputs = (
            run.workspace.root / "transform" / "input",
            run.workspace.root / "transform" / "output",
        )
        compression = source.get("CompressionType", "None")
        fetch(run.session, S3Source(s3["S3Uri"], s3["S3DataType"], compression), inputs, self.role(record))
        server = self._server(record, model, run)
        run.on_stop(server.kill)
        try:
            server.start()
            for path in sorted(path for path in inputs.rglob("*") if path.is_file()):
                self._transform(
                    record, run, server, path, outputs / f"{path.relative_to(inputs).as_posix()}.out"
                )
        except JobError:
            run.check()
            raise
        finally:
            server.stop()
        target = record["TransformOutput"]
        store(run.session, outputs, S3Target(target["S3OutputPath"], target.get("KmsKeyId")))
        return {}

    def ending(self, _record: Json, _status: str, _secondary: str) -> Json:
        """Note when the job ended."""
        return {"TransformEndTime": self.context.clock()}

    def _server(self, record: Json, model: Json, run: Run) -> Server:
        """Make the serving process of a job."""
        target = self.log_target(run)
        spec = ServerSpec(
            container=model["Containers"][0],
            role_arn=model["ExecutionRoleArn"],
            folder=run.workspace.folder / "serving",
            log_group=target.group,
            log_stream=target.stream,
            what=f"container for transform job {run.name}",
            extra={**record.get("Environment", {}), "SAGEMAKER_BATCH": "true"},
        )
        return Server(spec, _patient(self.context.config, record), self.context.images, run.session)

    def _transform(self, record: Json, run: Run, server: Server, source: Path, target: Path) -> None:
        """Ask for every payload of a file, keeping the order of the answers."""
        headers = _headers(record)

        def ask(payload: bytes) -> bytes:
            run.check()
            answer = server.invoke(payload, headers)
            if answer.status not in _SUCCESS:
                said = answer.body.decode("utf-8", "replace")[:500]
                raise JobError(
                    f"ClientError: {source.name}: Bad HTTP status received from algorithm: "
                    f"{answer.status} {said}"
                )
            return answer.body

        target.parent.mkdir(parents=True, exist_ok=True)
        lines = record["TransformOutput"].get("AssembleWith", "None") == "Line"
        with ThreadPoolExecutor(record.get("MaxConcurrentTransforms") or 1) as pool, target.open("wb") as out:
            for answer in pool.map(ask, payloads(record, source)):
                out.write(answer)
                if lines and not answer.endswith(b"\n"):
                    out.write(b"\n")


def payloads(record: Json, path: Path) -> Iterator[bytes]:
    """Yield what is sent at once: the whole file, single lines, or as many lines as fit.

    Raises
    ------
    JobError
        One record is larger than the largest payload.
    """
    megabytes = record.get("MaxPayloadInMB", _DEFAULT_PAYLOAD_MB)
    limit = megabytes * _MEGABYTE if megabytes else float("inf")
    if record["TransformInput"].get("SplitType", "None") == "None":
        yield _fitting(path.read_bytes(), limit, path)
        return
    single = record.get("BatchStrategy") == "SingleRecord"
    batch = bytearray()
    with path.open("rb") as source:
        for line in source:
            if batch and (single or len(batch) + len(line) > limit):
                yield bytes(batch)
                batch.clear()
            batch += _fitting(line, limit, path)
    if batch:
        yield bytes(batch)


def _fitting(payload: bytes, limit: float, path: Path) -> bytes:
    """Refuse a payload that is too large."""
    if len(payload) > limit:
        raise JobError(f"ClientError: {path.name}: a record of {len(payload)} bytes exceeds MaxPayloadInMB.")
    return payload


def _headers(record: Json) -> dict[str, str]:
    """Return the headers of the requests to the container."""
    content_type = record["TransformInput"].get("ContentType", "application/octet-stream")
    accept = record["TransformOutput"].get("Accept")
    return {"Content-Type": content_type, **({"Accept": accept} if accept else {})}


def _patient(config: SageMakerConfig, record: Json) -> SageMakerConfig:
    """Return the settings with the time limit of batch invocations."""
    wanted = record.get("ModelClientConfig", {}).get("InvocationsTimeoutInSeconds", _DEFAULT_TIMEOUT)
    return replace(config, timings=replace(config.timings, invocation=float(wanted)))
