"""S3 corrections: large objects are streamed from disk instead of held in memory."""

import asyncio
import contextvars
import mmap
import tempfile
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

LARGE = 4 * 1024 * 1024
CHUNK = 1024 * 1024
Query = dict[str, Any]
_STREAMED: contextvars.ContextVar[bool] = contextvars.ContextVar("penstock_streamed", default=False)


class FileBody:
    """The bytes of a stored object, read from disk only where they are asked for."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._size = path.stat().st_size

    def __len__(self) -> int:
        """Return the object's size in bytes."""
        return self._size

    def __getitem__(self, part: slice) -> bytes:
        """Read one range of the object."""
        start, stop, _ = part.indices(self._size)
        with self._path.open("rb") as stream:
            stream.seek(start)
            return stream.read(max(0, stop - start))

    async def send(self, send: Any, _receive: Any) -> None:
        """Send the whole object in pieces."""
        stream = await asyncio.to_thread(self._path.open, "rb")
        with stream:
            while piece := await asyncio.to_thread(stream.read, CHUNK):
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _file_body(path: str | None) -> FileBody | None:
    """Return a streaming body for a large file while a GET request asks for one."""
    if path is None or not _STREAMED.get():
        return None
    file = Path(path)
    if not file.is_file() or file.stat().st_size < LARGE:
        return None
    return FileBody(file)


def _stream_reads(s3: Any) -> None:
    """Let the two body readers return files."""
    read_body, version_body = s3._read_body, s3._version_body

    def read(bucket: str, key: str, obj: dict[str, Any]) -> Any:
        """Return an object's bytes, or its file."""
        found = _file_body(s3._object_disk_path(bucket, key)) if obj.get("body") is None else None
        return found or read_body(bucket, key, obj)

    def read_version(record: dict[str, Any], bucket: str, key: str, version: dict[str, Any]) -> Any:
        """Return a version's bytes, or its file."""
        found = _file_body(s3._version_disk_path(bucket, key, version["version_id"]))
        return found or version_body(record, bucket, key, version)

    s3._read_body, s3._version_body = read, read_version


def _stream_get(s3: Any) -> None:
    """Answer GET requests of large objects in pieces."""
    from ministack.core.responses import StreamingResponse

    original = s3._get_object

    def get(bucket: str, key: str, headers: dict[str, str], query: dict[str, Any] | None = None) -> Any:
        """Return a response whose large body is streamed."""
        token = _STREAMED.set("authorization" in headers or bool(query))
        try:
            status, answer, body = original(bucket, key, headers, query)
        finally:
            _STREAMED.reset(token)
        if query and query.get("versionId") and headers.get("range") and status == HTTPStatus.OK:
            return _part(s3, headers["range"], answer, body)
        if not isinstance(body, FileBody):
            return status, answer, body
        answer["Content-Length"] = str(len(body))
        return status, answer, StreamingResponse(body.send)

    s3._get_object = get


def _part(s3: Any, wanted: str, answer: dict[str, str], body: Any) -> Any:
    """Cut the range of an object's version, which the emulator answers whole."""
    bounds = s3._parse_range(wanted, len(body))
    if bounds is None:
        content_range = {"Content-Range": f"bytes */{len(body)}", "Content-Type": "application/xml"}
        return HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, content_range, b""
    first, last = bounds
    whole = ("x-amz-checksum", "content-length")
    kept = {name: value for name, value in answer.items() if not name.lower().startswith(whole)}
    kept["Content-Range"] = f"bytes {first}-{last}/{len(body)}"
    return HTTPStatus.PARTIAL_CONTENT, kept, body[first : last + 1]


def _spool_parts(s3: Any) -> None:
    """Keep the parts of multipart uploads in files that the system may page out."""
    original = s3._upload_part

    def upload(bucket: str, key: str, body: bytes, query: dict[str, Any], headers: dict[str, str]) -> Any:
        """Store one part."""
        answer = original(bucket, key, body, query, headers)
        upload_id = query.get("uploadId", [""])[0]
        parts = s3._multipart_uploads.get(upload_id, {}).get("parts", {})
        part = parts.get(int(query.get("partNumber", ["0"])[0]))
        if answer[0] == HTTPStatus.OK and part is not None and len(body) >= LARGE:
            part["body"] = _spooled(body)
        return answer

    s3._upload_part = upload


def _spooled(body: bytes) -> mmap.mmap:
    """Return a mapping of a nameless file that holds the bytes."""
    with tempfile.TemporaryFile() as stream:
        stream.write(body)
        stream.flush()
        return mmap.mmap(stream.fileno(), 0, access=mmap.ACCESS_READ)


def _forget_versions(s3: Any) -> None:
    """Drop the second copy of a persisted object that its version record holds."""
    original: Callable[..., None] = s3._persist_object

    def persist(bucket: str, key: str, obj: Any) -> None:
        """Persist an object, then forget its bytes."""
        original(bucket, key, obj)
        if not isinstance(obj, dict) or obj.get("body") is not None:
            return
        current = obj.get("version_id") or "null"
        for version in s3._object_versions.get((bucket, key)) or []:
            on_disk = version["version_id"] == current or s3._version_file_exists(
                bucket, key, version["version_id"]
            )
            if version.get("data") is not None and on_disk:
                version["data"] = None

    s3._persist_object = persist


def _beside_the_loop(handler: Any) -> Any:
    """Let large writes hash and store their bytes in a thread, so that other requests go on."""

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Query) -> Any:
        """Serve one request."""
        completes = method == "POST" and "uploadId" in query
        if len(body) < LARGE and not completes:
            return await handler(method, path, headers, body, query)
        return await asyncio.to_thread(lambda: asyncio.run(handler(method, path, headers, body, query)))

    return handle


def install() -> None:
    """Correct how the emulator holds large objects."""
    from ministack import app
    from ministack.services import s3

    app.SERVICE_HANDLERS["s3"] = _beside_the_loop(app.SERVICE_HANDLERS["s3"])
    _stream_reads(s3)
    _stream_get(s3)
    _spool_parts(s3)
    _forget_versions(s3)
