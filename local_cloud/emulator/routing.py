"""Registration of SageMaker, which the emulator lacks, in its tables.

``local_cloud.sagemaker.service`` and ``local_cloud.sagemaker.runtime`` each offer
``async handle_request(method, path, headers, body, query_params) -> (status, headers, body)``. The service
may also offer ``startup()``, called once requests are served, and ``shutdown()``, called while they are.
"""

import importlib
import json
import logging
import re
import sys
from collections.abc import Awaitable, Callable
from typing import Any

logger = logging.getLogger("penstock.routing")
Response = tuple[int, dict[str, str], bytes]
Handler = Callable[[str, str, dict[str, str], bytes, dict[str, list[str]]], Awaitable[Response]]
INVOCATION_PATH = re.compile(
    r"^/endpoints/([^/]+)/(invocations|async-invocations|invocations-response-stream)$"
)
_MODULES = {
    "sagemaker": "local_cloud.sagemaker.service",
    "runtime.sagemaker": "local_cloud.sagemaker.runtime",
}


def _imported(module: str) -> Any | None:
    """Import a module; without it, or when it is broken, the rest of the cloud still works."""
    try:
        return importlib.import_module(module)
    except Exception:
        logger.exception("The module %s cannot be used", module)
        return None


def _forward(module: str) -> Handler:
    """Return a handler that imports its module with the first request."""

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> Response:
        """Hand the request to the module."""
        loaded = _imported(module)
        if loaded is None:
            message = f"The local cloud cannot use {module}."
            return 501, {"Content-Type": "application/json"}, json.dumps({"message": message}).encode()
        answer: Response = await loaded.handle_request(method, path, headers, body, query)
        return answer

    return handle


def _call_service(name: str) -> None:
    """Call one of the optional functions of the local SageMaker."""
    loaded = _imported(_MODULES["sagemaker"])
    work = getattr(loaded, name, None)
    if work is not None:
        try:
            work()
        except Exception:
            logger.exception("The local SageMaker's %s failed", name)


def start_services() -> None:
    """Bring back what ran before a restart; call it once requests are served."""
    _call_service("startup")


def stop_services() -> None:
    """End what runs beside the emulator; call it while requests are still served."""
    if _MODULES["sagemaker"] in sys.modules:
        _call_service("shutdown")


def install() -> None:
    """Register the handlers, the routes that lead to them and their state."""
    from ministack import app
    from ministack.core import router

    router.SERVICE_PATTERNS["runtime.sagemaker"] = {"host_patterns": [r"runtime\.sagemaker\."]}
    router.SERVICE_PATTERNS["sagemaker"] = {
        "target_prefixes": ["SageMaker."],
        "host_patterns": [r"api\.sagemaker\."],
    }
    for name, module in _MODULES.items():
        app.SERVICE_HANDLERS[name] = _forward(module)
    _split_by_path(app, router)


def _split_by_path(app: Any, router: Any) -> None:
    """Tell the runtime from the control plane: both are signed for ``sagemaker``."""
    original = router.detect_service

    def detect(method: str, path: str, headers: dict[str, str], query: dict[str, Any]) -> str:
        """Name the service of a request."""
        service = str(original(method, path, headers, query))
        if service == "sagemaker" and INVOCATION_PATH.match(path) and "x-amz-target" not in headers:
            return "runtime.sagemaker"
        return service

    router.detect_service = detect
    app.detect_service = detect
