"""Serve the local cloud: ``python -m local_cloud.server --state DIR --port N``."""

import argparse
import asyncio
import os
import signal
import sys
from pathlib import Path

from local_cloud.constants import ACCOUNT, LOOPBACK, REGION, SAGEMAKER_FOLDER
from local_cloud.errors import LocalCloudError
from local_cloud.secrets_file import load_or_create


def environment(state: Path, port: int) -> dict[str, str]:
    """Return the variables that the emulator reads while it is imported.

    Parameters
    ----------
    state
        Folder for everything that must survive a restart.
    port
        The loopback port that will be served.
    """
    keys = load_or_create(state)
    return {
        "GATEWAY_PORT": str(port),
        "BIND_HOST": LOOPBACK,
        "MINISTACK_HOST": LOOPBACK,
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_ACCESS_KEY_ID": keys.root_access_key,
        "AWS_SECRET_ACCESS_KEY": keys.root_secret_key,
        "AWS_ENDPOINT_URL": f"http://{LOOPBACK}:{port}",
        "AWS_EC2_METADATA_DISABLED": "true",
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state / "services"),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(state / "s3"),
        "PENSTOCK_STATE": str(state),
        "PENSTOCK_ADMIN_TOKEN": keys.admin_token,
        "AUTH": "true",
        "LAMBDA_EXECUTOR": "local",
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        "DOCKER_HOST": "unix:///nonexistent/docker.sock",
        "LOG_LEVEL": os.environ.get("PENSTOCK_LOG_LEVEL", "WARNING"),
    }


_FOREIGN = ("AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "SERVICES")


async def _serve(port: int) -> None:
    """Run the application until the process is asked to stop."""
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    from local_cloud.emulator import application

    asked, stop = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, asked.set)
    config = Config()
    config.bind = [f"{LOOPBACK}:{port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 1
    config.shutdown_timeout = 120
    config.h11_max_incomplete_size = 256 * 1024
    config.loglevel = "WARNING"
    served = application()
    beside = asyncio.create_task(_beside(port, asked, stop))
    await serve(served, config, shutdown_trigger=stop.wait)
    beside.cancel()


async def _beside(port: int, asked: asyncio.Event, stop: asyncio.Event) -> None:
    """Start what calls the server once it answers, and end that before the server."""
    from local_cloud.emulator import routing
    from local_cloud.processes import is_healthy

    while not await asyncio.to_thread(is_healthy, port):
        if asked.is_set():
            break
        await asyncio.sleep(0.1)
    # Once it has state, SageMaker starts with the server.
    if Path(os.environ["PENSTOCK_STATE"], SAGEMAKER_FOLDER).exists():
        await asyncio.to_thread(routing.start_services)
    await asked.wait()
    await asyncio.to_thread(routing.stop_services)
    stop.set()


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM, then save the state; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--state", type=Path, required=True, help="folder that keeps the state")
    parser.add_argument("--port", type=int, required=True, help="loopback port to serve")
    options = parser.parse_args(arguments)
    for name in _FOREIGN:
        os.environ.pop(name, None)
    os.environ.update(environment(options.state.resolve(), options.port))
    try:
        asyncio.run(_serve(options.port))
    except LocalCloudError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    finally:
        _end_workers()
    return 0


def _end_workers() -> None:
    """Stop the Lambda workers that this process started."""
    runtime = sys.modules.get("ministack.core.lambda_runtime")
    if runtime is not None:
        runtime.reset()


if __name__ == "__main__":
    # Daemon threads of running executions must not hold up the end of the process.
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
