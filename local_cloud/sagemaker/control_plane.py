"""The control plane: one entry for every operation, checked against the service model."""

import json
import logging
import threading
from pathlib import Path
from typing import Any

from local_cloud.sagemaker.callers import acting_as
from local_cloud.sagemaker.cloud import Cloud
from local_cloud.sagemaker.config import SageMakerConfig
from local_cloud.sagemaker.context import Context
from local_cloud.sagemaker.endpoints import Endpoints
from local_cloud.sagemaker.errors import JobError, SerializationException, UnknownOperationException
from local_cloud.sagemaker.experiments import Experiments
from local_cloud.sagemaker.images import Image, ImageRegistry, published_images
from local_cloud.sagemaker.model_cards import ModelCards
from local_cloud.sagemaker.models import EndpointConfigs, Models
from local_cloud.sagemaker.orphans import Reaper, end_orphans
from local_cloud.sagemaker.packages import PackageGroups, Packages
from local_cloud.sagemaker.processing import ProcessingJobs
from local_cloud.sagemaker.resources import Json, Operation
from local_cloud.sagemaker.runtime_image import RuntimeImage
from local_cloud.sagemaker.store import RecordStore
from local_cloud.sagemaker.tags import Tags
from local_cloud.sagemaker.training import TrainingJobs
from local_cloud.sagemaker.transform import TransformJobs
from local_cloud.sagemaker.tuning import TuningJobs
from local_cloud.sagemaker.validation import validate

logger = logging.getLogger(__name__)


class ControlPlane:
    """A local SageMaker.

    Parameters
    ----------
    config
        Folders and limits.
    cloud
        The account around it.
    images
        Further images, looked at before the published ones; for tests and for users' own environments.
    """

    def __init__(self, config: SageMakerConfig, cloud: Cloud, images: tuple[Image, ...] = ()) -> None:
        self.runtime_image = RuntimeImage(config.images_path, config.project_dir, config.lock_path)
        registry = ImageRegistry([*images, *published_images(self.runtime_image.environment)])
        store = RecordStore(config.state_dir / "records")
        self.context = Context(config, store, cloud, registry)
        self._started = False
        self._reaper: Reaper | None = None
        self._build()

    def _build(self) -> None:
        """Make the parts and collect their operations."""
        groups = PackageGroups(self.context)
        packages = Packages(self.context, groups)
        models = Models(self.context, packages)
        configs = EndpointConfigs(self.context, models)
        self.endpoints = Endpoints(self.context, models, configs)
        training = TrainingJobs(self.context)
        self._jobs = (
            TuningJobs(self.context, training),
            training,
            ProcessingJobs(self.context),
            TransformJobs(self.context, models),
        )
        parts = (groups, packages, models, configs, self.endpoints, *self._jobs)
        others = (ModelCards(self.context), Tags(self.context), Experiments(self.context))
        self._operations: dict[str, Operation] = {}
        for part in (*parts, *others):
            self._operations.update(part.operations())

    @property
    def operations(self) -> list[str]:
        """The operations that are offered."""
        return sorted(self._operations)

    def start(self) -> None:
        """Settle what an earlier server left: end its processes, fail its jobs, bring endpoints back.

        Only the first call does anything. The emulator must accept requests already, because endpoints
        read their models from S3.
        """
        if self._started:
            return
        self._started = True
        end_orphans(self.context.config.state_dir)
        self._reaper = Reaper(self.context.config.state_dir)
        for jobs in self._jobs:
            jobs.recover()
        self.endpoints.start()

    def prewarm(self) -> None:
        """Build the runtime image in the background, so that the first job need not wait for it."""
        threading.Thread(target=self._build_image, name="sagemaker-image", daemon=True).start()

    def _build_image(self) -> None:
        """Build the runtime image; the first job that needs it tells its user what went wrong."""
        try:
            self.runtime_image.environment()
        except JobError as error:
            logger.warning("%s", error)

    def shutdown(self) -> None:
        """End every process and flush what is waiting to be written."""
        for jobs in self._jobs:
            jobs.shutdown()
        self.endpoints.shutdown()
        self.context.dispatcher.close()
        if self._reaper:
            self._reaper.close()
            self._reaper = None

    def call(self, operation: str, body: bytes, caller: str = "") -> Json:
        """Answer one request.

        Parameters
        ----------
        operation
            For example ``CreateTrainingJob``.
        body
            The JSON request.
        caller
            ARN of the IAM identity that sends it, which some resources remember.

        Raises
        ------
        SageMakerError
            Whatever is wrong with the request, as AWS names it.
        """
        shape = self.context.api.operation(operation).input_shape
        action = self._operations.get(operation)
        if action is None:
            raise UnknownOperationException(
                f"The operation {operation} is not offered by the local cloud. Offered: "
                f"{', '.join(self.operations)}."
            )
        request = _decoded(body)
        validate(shape, request)
        with acting_as(caller):
            return action(request)

    def job_folder(self, kind: str, name: str) -> Path:
        """Return the private folder of a job, where ``log.txt`` is."""
        return next(jobs for jobs in self._jobs if jobs.kind.name == kind).folder(name)


def _decoded(body: bytes) -> Json:
    """Return a request's members without those that are null."""
    try:
        request: Any = json.loads(body or b"{}")
    except ValueError as error:
        raise SerializationException(f"The request is no JSON: {error}") from error
    if not isinstance(request, dict):
        raise SerializationException(f"The request must be a JSON object, found {type(request).__name__}.")
    return {key: without_nulls(value) for key, value in request.items() if value is not None}


def without_nulls(value: Any) -> Any:
    """Drop members that are null, at every depth: for AWS they are absent.

    Examples
    --------
    >>> without_nulls({"a": None, "b": [{"c": None}]})
    {'b': [{}]}
    """
    if isinstance(value, dict):
        return {key: without_nulls(item) for key, item in value.items() if item is not None}
    return [without_nulls(item) for item in value] if isinstance(value, list) else value
