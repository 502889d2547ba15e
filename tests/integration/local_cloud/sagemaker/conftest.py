"""An account in memory, and images whose programs are small scripts."""

import json
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from local_cloud.sagemaker import ControlPlane, SageMakerConfig
from local_cloud.sagemaker.cloud import CloudError
from local_cloud.sagemaker.config import Timings
from local_cloud.sagemaker.images import folder_image
from local_cloud.sagemaker.invocation import Invocation, Prediction
from tests.integration.local_cloud.sagemaker.serving import SERVE, archive

Call = Callable[..., dict[str, Any]]
Programs = Callable[[str, str], Path]
ROLE = "arn:aws:iam::000000000000:role/jobs"
SERVING_ROLE = "arn:aws:iam::000000000000:role/serving"
IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/scripts:latest"


class MemoryCloud:
    """Objects, logs, alarms, events and metrics of one account."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], bytes] = {}
        self.logs: dict[tuple[str, str], list[str]] = {}
        self.alarms: dict[str, str] = {}
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.metrics: list[dict[str, Any]] = []
        self.refused: set[str] = set()
        self.lock = threading.Lock()

    def session(self, role_arn: str, name: str) -> "MemorySession":
        return MemorySession(self, role_arn)

    def emit(self, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str]) -> None:
        self.events.append((detail_type, json.loads(json.dumps(detail))))

    def put_metrics(self, namespace: str, metrics: Any) -> None:
        self.metrics.extend({"Namespace": namespace, **metric} for metric in metrics)

    def put(self, uri: str, body: bytes | str) -> str:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        self.objects[bucket, key] = body.encode() if isinstance(body, str) else body
        return uri

    def get(self, uri: str) -> bytes:
        bucket, _, key = uri.removeprefix("s3://").partition("/")
        return self.objects[bucket, key]

    def keys(self) -> list[str]:
        return sorted(f"s3://{bucket}/{key}" for bucket, key in self.objects)


class MemorySession:
    """A session of a role, which may be refused everything."""

    def __init__(self, cloud: MemoryCloud, role_arn: str) -> None:
        self._cloud = cloud
        self._role = role_arn

    def _check(self) -> None:
        if self._role in self._cloud.refused:
            raise CloudError("AccessDenied", f"{self._role} is not authorized")

    def environment(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": "ASIATEST",
            "AWS_SECRET_ACCESS_KEY": "s",
            "AWS_SESSION_TOKEN": self._role,
        }

    def list_keys(self, bucket: str, prefix: str) -> list[str]:
        self._check()
        return sorted(key for owner, key in self._cloud.objects if owner == bucket and key.startswith(prefix))

    def read(self, bucket: str, key: str) -> bytes:
        self._check()
        try:
            return self._cloud.objects[bucket, key]
        except KeyError:
            raise CloudError("NoSuchKey", f"{bucket}/{key} does not exist") from None

    def download(self, bucket: str, key: str, path: Path) -> None:
        path.write_bytes(self.read(bucket, key))

    def upload(self, path: Path, bucket: str, key: str, kms_key: str | None = None) -> None:
        self.write(path.read_bytes(), bucket, key, kms_key)

    def write(self, body: bytes, bucket: str, key: str, kms_key: str | None = None) -> None:
        self._check()
        self._cloud.objects[bucket, key] = body

    def put_logs(self, group: str, stream: str, events: Sequence[tuple[int, str]]) -> None:
        with self._cloud.lock:
            self._cloud.logs.setdefault((group, stream), []).extend(line for _, line in events)

    def alarm_states(self, names: Sequence[str]) -> dict[str, str]:
        self._check()
        return {name: self._cloud.alarms[name] for name in names if name in self._cloud.alarms}


@pytest.fixture
def cloud() -> MemoryCloud:
    return MemoryCloud()


@pytest.fixture
def programs(tmp_path: Path) -> Callable[[str, str], Path]:
    """Return a function that adds a Python program to the test image."""
    folder = tmp_path / "image"
    folder.mkdir()
    (folder / "python").symlink_to(sys.executable)

    def add(name: str, body: str) -> Path:
        path = folder / name
        path.write_text(f"#!{sys.executable}\n{body}")
        path.chmod(0o755)
        return path

    return add


@pytest.fixture
def invocation_limit() -> float:
    """Return after how many seconds an invocation times out."""
    return 20.0


@pytest.fixture
def config(tmp_path: Path, invocation_limit: float) -> SageMakerConfig:
    timings = Timings(
        ping=20,
        invocation=2,
        stop_job=1,
        stop_serving=1,
        publish=0.1,
        restart_delay=0.05,
        drain=0.05,
        alarm_check=0.02,
    )
    return SageMakerConfig(state_dir=tmp_path / "state", project_dir=tmp_path, timings=timings)


@pytest.fixture
def plane(
    tmp_path: Path, config: SageMakerConfig, cloud: MemoryCloud, programs: Callable[[str, str], Path]
) -> Iterator[ControlPlane]:
    images = (
        folder_image("scripts", tmp_path / "image"),
        folder_image("sagemaker-scikit-learn", tmp_path / "image", script_mode=True),
    )
    plane = ControlPlane(config, cloud, images)
    plane.start()
    yield plane
    plane.shutdown()


@pytest.fixture
def call(plane: ControlPlane) -> Callable[..., dict[str, Any]]:
    """Return a function that calls an operation as a client would."""

    def send(operation: str, **request: Any) -> dict[str, Any]:
        return plane.call(operation, json.dumps(request).encode())

    return send


@pytest.fixture
def settled(call: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Return a function that waits until a described resource has left its transient states."""

    def wait(kind: str, name: str, timeout: float = 40) -> dict[str, Any]:
        deadline = time.monotonic() + timeout
        while time.monotonic() < deadline:
            described = call(f"Describe{kind}", **{f"{kind}Name": name})
            if described[f"{kind}Status"] in ("Completed", "Failed", "Stopped", "InService"):
                return described
            time.sleep(0.01)
        raise AssertionError(f"{kind} {name} did not settle: {described}")

    return wait


@pytest.fixture
def processing() -> Callable[..., dict[str, Any]]:
    """Return a function that makes a CreateProcessingJob request."""

    def request(name: str, **changes: Any) -> dict[str, Any]:
        cluster = {"InstanceCount": 1, "InstanceType": "ml.t3.medium", "VolumeSizeInGB": 1}
        return {
            "ProcessingJobName": name,
            "ProcessingResources": {"ClusterConfig": cluster},
            "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": ["process"]},
            "RoleArn": ROLE,
            **changes,
        }

    return request


@pytest.fixture
def training() -> Callable[..., dict[str, Any]]:
    """Return a function that makes a CreateTrainingJob request."""

    def request(name: str, **changes: Any) -> dict[str, Any]:
        return {
            "TrainingJobName": name,
            "AlgorithmSpecification": {"TrainingImage": IMAGE, "TrainingInputMode": "File"},
            "RoleArn": ROLE,
            "OutputDataConfig": {"S3OutputPath": "s3://out/models"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            **changes,
        }

    return request


@pytest.fixture
def configure(call: Call, cloud: Any, programs: Programs) -> Call:
    """Return a function that makes models and an endpoint configuration of them."""
    programs("serve", SERVE)

    def make(name: str, *models: str, weights: tuple[float, ...] = (), **changes: Any) -> dict[str, Any]:
        for model in models:
            container = {
                "Image": IMAGE,
                "ModelDataUrl": cloud.put(f"s3://models/{model}.tar.gz", archive(model)),
            }
            call(
                "CreateModel",
                ModelName=f"{name}-{model}",
                PrimaryContainer=container,
                ExecutionRoleArn=SERVING_ROLE,
            )
        shares = weights or (1.0,) * len(models)
        variants = [
            {
                "VariantName": f"v{number}",
                "ModelName": f"{name}-{model}",
                "InitialInstanceCount": 1,
                "InstanceType": "ml.t2.medium",
                "InitialVariantWeight": share,
            }
            for number, (model, share) in enumerate(zip(models, shares, strict=True), 1)
        ]
        shadows = changes.pop("shadow", None)
        if shadows:
            changes["ShadowProductionVariants"] = [{**variants.pop(), "VariantName": "shadow"}]
        return call("CreateEndpointConfig", EndpointConfigName=name, ProductionVariants=variants, **changes)

    return make


@pytest.fixture
def invoke(plane: ControlPlane) -> Callable[..., Prediction]:
    def send(body: str, endpoint: str = "live", **options: Any) -> Prediction:
        invocation = Invocation(endpoint=endpoint, body=body.encode(), content_type="text/csv", **options)
        return plane.endpoints.invoke(invocation)

    return send


@pytest.fixture
def live(call: Call, settled: Call, configure: Call) -> dict[str, Any]:
    configure("one", "good")
    call("CreateEndpoint", EndpointName="live", EndpointConfigName="one")
    return settled("Endpoint", "live")
