"""Injected faults: the next requests of an action fail as they would in a bad hour of AWS."""

import json
import threading
from dataclasses import dataclass
from typing import Any

Response = tuple[int, dict[str, str], bytes]


@dataclass(slots=True)
class Fault:
    """An error that the next ``count`` requests of an action receive."""

    service: str
    action: str
    error: str
    count: int
    status: int = 400


_FAULTS: list[Fault] = []
_LOCK = threading.Lock()


def configure(body: dict[str, Any]) -> dict[str, Any]:
    """Add a fault, kill a function's workers, or clear all faults.

    Parameters
    ----------
    body
        ``{"service", "action", "error", "count", "status"}`` to add one; ``{"kill_function": name}`` to kill
        the processes that serve a function right now; ``{}`` to clear.

    Examples
    --------
    >>> configure({"service": "dynamodb", "action": "PutItem", "error": "ThrottlingException", "count": 1})
    {'faults': 1}
    >>> configure({})
    {'faults': 0}
    """
    if "kill_function" in body:
        from local_cloud.emulator.functions import kill_busy

        return {"killed": kill_busy(str(body["kill_function"]))}
    with _LOCK:
        if body:
            _FAULTS.append(Fault(**body))
        else:
            _FAULTS.clear()
        return {"faults": len(_FAULTS)}


def take(service: str, action: str) -> Fault | None:
    """Return the fault that a request meets, and count it."""
    with _LOCK:
        for fault in _FAULTS:
            if (fault.service, fault.action) == (service, action):
                fault.count -= 1
                if fault.count <= 0:
                    _FAULTS.remove(fault)
                return fault
    return None


def response(fault: Fault) -> Response:
    """Return the error as the JSON protocols and S3 carry it."""
    message = "The rate of requests exceeds the allowed throughput."
    if fault.service == "s3":
        text = f"<Error><Code>{fault.error}</Code><Message>{message}</Message></Error>"
        return fault.status, {"Content-Type": "application/xml"}, text.encode()
    headers = {"Content-Type": "application/x-amz-json-1.0", "x-amzn-errortype": fault.error}
    return fault.status, headers, json.dumps({"__type": fault.error, "message": message}).encode()


def _faulty(service: str, handler: Any) -> Any:
    """Put the faults in front of a service."""

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Any) -> Any:
        """Answer with a fault if one waits for this action."""
        if not _FAULTS:
            return await handler(method, path, headers, body, query)
        from ministack.core.iam_actions import extract_iam_action

        action = extract_iam_action(service, method, path, headers, body, query) or ""
        fault = take(service, action.partition(":")[2])
        return response(fault) if fault else await handler(method, path, headers, body, query)

    return handle


def install() -> None:
    """Let every service meet its faults."""
    from ministack import app

    for service, handler in list(app.SERVICE_HANDLERS.items()):
        app.SERVICE_HANDLERS[service] = _faulty(service, handler)
