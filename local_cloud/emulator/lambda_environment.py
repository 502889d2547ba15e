"""The environment that a function's process sees: what AWS provides, and nothing of the developer's."""

import hashlib
import os
import shutil
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local_cloud.constants import REGION
from local_cloud.emulator.identity import endpoint_url

RESERVED = frozenset(
    {
        *("_HANDLER", "_X_AMZN_TRACE_ID", "AWS_DEFAULT_REGION", "AWS_REGION", "AWS_EXECUTION_ENV"),
        *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "AWS_LAMBDA_FUNCTION_VERSION"),
        *("AWS_LAMBDA_INITIALIZATION_TYPE", "AWS_LAMBDA_LOG_GROUP_NAME", "AWS_LAMBDA_LOG_STREAM_NAME"),
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_LAMBDA_RUNTIME_API"),
        *("LAMBDA_TASK_ROOT", "LAMBDA_RUNTIME_DIR"),
    }
)


def digest(content: bytes) -> str:
    """Return the hash that names a piece of content.

    Examples
    --------
    >>> digest(b"")[:8]
    'e3b0c442'
    """
    return hashlib.sha256(content).hexdigest()


def scratch_folder(name: str) -> str:
    """Make the folder that stands for the environment's ``/tmp``."""
    return tempfile.mkdtemp(prefix=f"penstock-{name[:32]}-")


def discard(folder: str | None) -> None:
    """Remove a scratch folder."""
    if folder:
        shutil.rmtree(folder, ignore_errors=True)


def _stream_name(version: str) -> str:
    """Return the name of a log stream in AWS's form."""
    return f"{datetime.now(UTC):%Y/%m/%d}/[{version}]{os.urandom(16).hex()}"


def _function_variables(config: dict[str, Any], code: Path) -> dict[str, str]:
    """Return the variables that describe the function."""
    name, version = str(config["FunctionName"]), str(config.get("Version", "$LATEST"))
    logging_config = config.get("LoggingConfig") or {}
    return {
        "_HANDLER": str(config["Handler"]),
        "LAMBDA_TASK_ROOT": str(code),
        "LAMBDA_RUNTIME_DIR": "/var/runtime",
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_LAMBDA_FUNCTION_VERSION": version,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(config.get("MemorySize", 128)),
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": str(logging_config.get("LogGroup") or f"/aws/lambda/{name}"),
        "AWS_LAMBDA_LOG_STREAM_NAME": _stream_name(version),
        "AWS_LAMBDA_LOG_FORMAT": str(logging_config.get("LogFormat") or "Text"),
        "AWS_LAMBDA_LOG_LEVEL": str(logging_config.get("ApplicationLogLevel") or ""),
    }


def variables(config: dict[str, Any], code: Path, scratch: str) -> dict[str, str]:
    """Return the whole environment of a function's process.

    Parameters
    ----------
    config
        The function's configuration as the Lambda service holds it.
    code
        The folder of its unpacked code.
    scratch
        The folder that stands for ``/tmp``.
    """
    from ministack.core.lambda_runtime import execution_credentials

    own = (config.get("Environment") or {}).get("Variables") or {}
    return {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "LANG": "en_US.UTF-8",
        "TZ": ":UTC",
        "HOME": scratch,
        "TMPDIR": scratch,
        "AWS_REGION": REGION,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "AWS_ENDPOINT_URL": endpoint_url(),
        # Host prefixes such as `sync-` do not resolve on loopback.
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_XRAY_CONTEXT_MISSING": "LOG_ERROR",
        **_function_variables(config, code),
        **execution_credentials(config),
        **{name: str(value) for name, value in own.items() if name not in RESERVED},
    }
