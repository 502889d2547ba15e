"""Administration routes of the local cloud; each request carries the cloud's random token."""

import asyncio
import hmac
import json
import logging
import os
from collections.abc import Awaitable, Callable
from typing import Any

from local_cloud.constants import ADMIN_PREFIX
from local_cloud.emulator import faults

logger = logging.getLogger("penstock.admin")
_AUTOSAVE_SECONDS = 30.0
_FORBIDDEN = ("/_ministack/reset", "/_ministack/config")
Asgi = Callable[[Any, Any, Any], Awaitable[None]]


def save_state() -> None:
    """Write every service's state to disk."""
    from ministack import app
    from ministack.core.persistence import save_all

    save_all(app._build_persistence_save_dict())


def _set_auth(body: dict[str, Any]) -> dict[str, Any]:
    """Switch the enforcement of IAM policies."""
    from ministack import app
    from ministack.core import lambda_runtime

    app.AUTH = bool(body["enabled"])
    lambda_runtime.reset()
    return {"enabled": app.AUTH}


def _save(_body: dict[str, Any]) -> dict[str, Any]:
    """Save the state now."""
    save_state()
    return {"saved": True}


_ROUTES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "auth": _set_auth,
    "save": _save,
    "faults": faults.configure,
}


def _authorized(scope: Any) -> bool:
    """Tell whether the request carries the token."""
    expected = f"Bearer {os.environ.get('PENSTOCK_ADMIN_TOKEN', '')}".encode()
    given = dict(scope["headers"]).get(b"authorization", b"")
    return bool(os.environ.get("PENSTOCK_ADMIN_TOKEN")) and hmac.compare_digest(given, expected)


async def _body(receive: Any) -> bytes:
    """Read the whole request body."""
    parts, more = [], True
    while more:
        message = await receive()
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


async def _answer(send: Any, status: int, content: dict[str, Any]) -> None:
    """Send a JSON answer."""
    data = json.dumps(content).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": data})


async def _serve_admin(scope: Any, receive: Any, send: Any) -> None:
    """Answer one administration request."""
    route = _ROUTES.get(scope["path"].removeprefix(ADMIN_PREFIX))
    if not _authorized(scope):
        await _answer(send, 403, {"message": "This route needs the local cloud's token."})
    elif route is None or scope["method"] != "POST":
        await _answer(send, 404, {"message": f"No such route; there are {sorted(_ROUTES)} (POST)."})
    else:
        try:
            result = await asyncio.to_thread(route, json.loads(await _body(receive) or b"{}"))
            await _answer(send, 200, result)
        except (KeyError, ValueError, TypeError) as error:
            await _answer(send, 400, {"message": f"{type(error).__name__}: {error}"})


async def _autosave() -> None:
    """Save the state regularly, so that a crash loses little."""
    while True:
        await asyncio.sleep(_AUTOSAVE_SECONDS)
        try:
            await asyncio.to_thread(save_state)
        except Exception:
            logger.exception("The state could not be saved; it will be tried again")


def with_admin_routes(inner: Asgi) -> Asgi:
    """Put the administration routes in front of the emulator.

    Parameters
    ----------
    inner
        The emulator's own application.
    """
    background: list[asyncio.Task[None]] = []

    async def outer(scope: Any, receive: Any, send: Any) -> None:
        """Answer administration requests here and hand on all others."""
        if scope["type"] == "lifespan":
            background.append(asyncio.create_task(_autosave()))
            await inner(scope, receive, send)
        elif scope["type"] == "http" and scope["path"].startswith(ADMIN_PREFIX):
            await _serve_admin(scope, receive, send)
        elif scope["type"] == "http" and scope["path"] in _FORBIDDEN:
            await _answer(send, 403, {"message": "This route is closed in the local cloud."})
        else:
            await inner(scope, receive, send)

    return outer
