"""Network isolation: as on AWS, a container has neither a network nor credentials."""

import functools
import logging
import shutil
import subprocess
from pathlib import Path

logger = logging.getLogger(__name__)
_OF_A_SESSION = (
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ENDPOINT_URL",
    "AWS_CONTAINER_", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE",
)  # fmt: skip
_TRIED = (["--net"], ["--map-root-user", "--net"])


def isolated(command: list[str], environment: dict[str, str]) -> tuple[list[str], dict[str, str]]:
    """Return a command that runs without network, and an environment without credentials.

    Where the machine cannot make a namespace of its own for the network, the process keeps the network, and
    only the credentials and the endpoint are taken away.
    """
    kept = {name: value for name, value in environment.items() if not name.startswith(_OF_A_SESSION)}
    wrapper = _wrapper()
    if not wrapper:
        logger.warning("this machine makes no network namespaces: an isolated job keeps its network")
    return [*wrapper, *command], kept


@functools.cache
def _wrapper() -> list[str]:
    """Return what starts a program without network here, as root or as anybody; nothing if neither works."""
    program = shutil.which("unshare")
    if program is None:
        return []
    true = shutil.which("true") or str(Path("/bin/true"))
    for options in _TRIED:
        trial = [program, *options, true]
        if subprocess.run(trial, capture_output=True, check=False, timeout=10).returncode == 0:  # noqa: S603
            return [program, *options, "--"]
    return []
