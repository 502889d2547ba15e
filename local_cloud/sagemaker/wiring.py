"""Joins the local SageMaker to the emulator: its roles, its events, its metrics, its request handlers."""

import os
import threading
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from local_cloud.constants import ACCOUNT, REGION, SAGEMAKER_FOLDER
from local_cloud.emulator import identity, signals
from local_cloud.sagemaker.boto_session import BotoSession
from local_cloud.sagemaker.config import SageMakerConfig
from local_cloud.sagemaker.control_plane import ControlPlane
from local_cloud.sagemaker.images import Image

_installed: list[ControlPlane] = []
_installing = threading.RLock()
STATE_VARIABLE = "PENSTOCK_STATE"
PROJECT_VARIABLE = "PENSTOCK_PROJECT"


class EmulatorCloud:
    """Implements ``Cloud`` with the services of the emulator in this process."""

    def session(self, role_arn: str, name: str) -> BotoSession:
        """Open a session of a role."""
        return BotoSession(
            lambda service: identity.role_client(service, role_arn, name),
            partial(_environment, role_arn, name),
        )

    def emit(self, detail_type: str, detail: Mapping[str, Any], resources: Sequence[str]) -> None:
        """Put an event of ``aws.sagemaker`` onto the default bus."""
        signals.emit_event(detail_type, "aws.sagemaker", detail, resources)

    def put_metrics(self, namespace: str, metrics: Iterable[Mapping[str, Any]]) -> None:
        """Record metric data."""
        signals.put_metric_data(namespace, metrics)


def config_from_environment(environment: Mapping[str, str]) -> SageMakerConfig:
    """Return the settings that the server's environment gives.

    Parameters
    ----------
    environment
        ``PENSTOCK_STATE`` names the folder that keeps the cloud's state, ``PENSTOCK_PROJECT`` the checkout
        that the runtime image is built from (by default the one that this package lies in).

    Examples
    --------
    >>> config_from_environment({"PENSTOCK_STATE": "/x/.penstock"}).images_path
    PosixPath('/x/.penstock/images')
    """
    state = Path(environment.get(STATE_VARIABLE, ".penstock")).absolute()
    checkout = Path(environment.get(PROJECT_VARIABLE, Path(__file__).parents[2])).absolute()
    return SageMakerConfig(
        state_dir=state / SAGEMAKER_FOLDER,
        project_dir=checkout,
        images_dir=state / "images",
        account=ACCOUNT,
        region=REGION,
    )


def install(config: SageMakerConfig, images: tuple[Image, ...] = ()) -> ControlPlane:
    """Make the local SageMaker of this process without starting anything.

    Parameters
    ----------
    config
        Folders and limits.
    images
        Images beyond the published ones.
    """
    with _installing:
        if _installed:
            raise RuntimeError("the local SageMaker is already installed in this process")
        _installed.append(ControlPlane(config, EmulatorCloud(), images))
        return _installed[0]


def control_plane() -> ControlPlane:
    """Return the started control plane of this process, made from its environment unless installed."""
    with _installing:
        plane = _installed[0] if _installed else install(config_from_environment(os.environ))
        plane.start()
        return plane


def uninstall() -> None:
    """End all processes of the local SageMaker and forget it."""
    while _installed:
        _installed.pop().shutdown()


def _environment(role_arn: str, name: str) -> dict[str, str]:
    """Return the variables that give a process a role's identity at this emulator."""
    return {**identity.role_credentials(role_arn, name), "AWS_ENDPOINT_URL": identity.endpoint_url()}
