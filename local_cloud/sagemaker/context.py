"""What every part of the local SageMaker shares."""

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from local_cloud.sagemaker.api_model import ApiModel
from local_cloud.sagemaker.cloud import Cloud, CloudError, RoleSession
from local_cloud.sagemaker.config import SageMakerConfig
from local_cloud.sagemaker.images import ImageRegistry
from local_cloud.sagemaker.store import RecordStore

logger = logging.getLogger(__name__)
SESSION_NAME = "SageMaker"


class Dispatcher:
    """Runs calls to other services one after the other in the background, in the order they were given."""

    def __init__(self) -> None:
        self._queue: queue.Queue[Callable[[], None] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._work, name="sagemaker-dispatch", daemon=True)
        self._thread.start()

    def submit(self, call: Callable[[], None]) -> None:
        """Run a call soon; its errors are logged."""
        self._queue.put(call)

    def close(self) -> None:
        """Run what was submitted, then stop."""
        self._queue.put(None)
        self._thread.join(timeout=5)

    def _work(self) -> None:
        """Run calls until closed."""
        while (call := self._queue.get()) is not None:
            try:
                call()
            except Exception:
                logger.exception("a call to another service failed")


@dataclass
class Context:
    """The collaborators of one local SageMaker."""

    config: SageMakerConfig
    store: RecordStore
    cloud: Cloud
    images: ImageRegistry
    api: ApiModel = field(default_factory=ApiModel.load)
    clock: Callable[[], float] = time.time
    dispatcher: Dispatcher = field(default_factory=Dispatcher)

    def __post_init__(self) -> None:
        self.slots = threading.Semaphore(self.config.max_processes)

    def session(self, role_arn: str) -> RoleSession:
        """Open the session that SageMaker has for a role, as CloudTrail would name it."""
        return self.cloud.session(role_arn, SESSION_NAME)

    def emit(self, detail_type: str, detail: dict[str, Any], arn: str) -> None:
        """Send an event in the background."""
        self.dispatcher.submit(lambda: self._emit(detail_type, detail, arn))

    def _emit(self, detail_type: str, detail: dict[str, Any], arn: str) -> None:
        """Send an event; a missing bus is not the job's fault."""
        try:
            self.cloud.emit(detail_type, detail, [arn])
        except CloudError as error:
            logger.warning("event %s of %s was not delivered: %s", detail_type, arn, error)
