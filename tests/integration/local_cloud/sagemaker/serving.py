"""A container that serves, as a small script, and waiting for what it leads to."""

import io
import tarfile
import time
from collections.abc import Callable
from typing import Any

SERVE = """
import http.server, json, os, pathlib, time
model = (pathlib.Path(os.environ["PENSTOCK_ML_ROOT"]) / "model" / "name").read_text()
if model == "broken":
    raise SystemExit("no model")
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version, wbufsize = "HTTP/1.1", 65536
    def reply(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_GET(self):
        self.reply(200, b"")
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if body == b"sleep":
            time.sleep(10)
        if body == b"pid":
            return self.reply(200, str(os.getpid()).encode())
        if body == b"error" or model == "failing":
            return self.reply(500, b"it broke")
        self.reply(200, model.encode() + b":" + body)
    def log_message(self, *_):
        pass
host = os.environ["SAGEMAKER_BIND_TO_HOST"], int(os.environ["SAGEMAKER_BIND_TO_PORT"])
http.server.ThreadingHTTPServer(host, Handler).serve_forever()
"""


def archive(name: str) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        member = tarfile.TarInfo("name")
        member.size = len(name)
        tar.addfile(member, io.BytesIO(name.encode()))
    return buffer.getvalue()


def wait_for(condition: Callable[[], Any], timeout: float = 30) -> Any:
    deadline = time.monotonic() + timeout
    while not (found := condition()):
        assert time.monotonic() < deadline, "condition was not met in time"
        time.sleep(0.01)
    return found
