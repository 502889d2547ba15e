"""The one place that adapts ministack: every module here corrects or extends one of its services.

An upgrade of the emulator touches this package alone: raise ``EMULATOR_VERSION`` and run its tests.
"""

import functools
from collections.abc import Awaitable, Callable
from importlib.metadata import version
from typing import Any

from local_cloud.constants import EMULATOR_VERSION
from local_cloud.errors import UnsupportedEmulatorError

Asgi = Callable[[Any, Any, Any], Awaitable[None]]


def check_version(found: str) -> None:
    """Refuse an emulator that the adapter was not written for.

    Examples
    --------
    >>> check_version("1.5.33")
    >>> check_version("9.0.0")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    local_cloud.errors.UnsupportedEmulatorError: The local cloud needs ministack 1.5.33 but found 9.0.0...
    """
    if found != EMULATOR_VERSION:
        raise UnsupportedEmulatorError(
            f"The local cloud needs ministack {EMULATOR_VERSION} but found {found}: "
            f"install it with `pip install 'ministack=={EMULATOR_VERSION}'`."
        )


@functools.cache
def install() -> None:
    """Register the extensions and corrections in the emulator's tables, once a process."""
    check_version(version("ministack"))
    from local_cloud.emulator import (
        alarms,
        athena,
        authorization,
        buckets,
        definitions,
        events,
        faults,
        functions,
        policy_variables,
        resources,
        routing,
        schedules,
        storage,
        tables,
        workflow_paths,
        workflows,
    )

    parts = (
        routing,
        authorization,
        policy_variables,
        storage,
        functions,
        workflow_paths,
        workflows,
        alarms,
        events,
        schedules,
        athena,
        resources,
        buckets,
        tables,
        definitions,
        faults,
    )
    for part in parts:
        part.install()


def application() -> Asgi:
    """Return the emulator as an ASGI application, with the administration routes in front."""
    install()
    from ministack.app import app

    from local_cloud.emulator.admin import with_admin_routes

    return with_admin_routes(app)
