"""The emulator with the local SageMaker and a test image: ``emulator.py PORT STATE PROGRAMS``."""

import asyncio
import os
import signal
import sys
from pathlib import Path


async def main(port: int, state: Path, programs: Path) -> None:
    from hypercorn.asyncio import serve
    from hypercorn.config import Config
    from ministack import app
    from ministack.core import router

    from local_cloud.constants import SAGEMAKER_FOLDER
    from local_cloud.sagemaker import SageMakerConfig, runtime, service, wiring
    from local_cloud.sagemaker.images import folder_image

    router.SERVICE_PATTERNS["sagemaker"] = {"target_prefixes": ["SageMaker."], "host_patterns": []}
    app.SERVICE_HANDLERS["sagemaker"] = service.handle_request
    app.SERVICE_HANDLERS["runtime.sagemaker"] = runtime.handle_request
    stop, ended = asyncio.Event(), asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    settings = Config()
    settings.bind = [f"127.0.0.1:{port}"]
    settings.loglevel = "WARNING"
    settings.graceful_timeout = 1
    config = SageMakerConfig(state_dir=state / SAGEMAKER_FOLDER, project_dir=Path.cwd())
    wiring.install(config, (folder_image("scripts", programs),))
    server = asyncio.create_task(serve(app.app, settings, shutdown_trigger=ended.wait))
    await asyncio.sleep(0.2)
    await asyncio.to_thread(service.startup)
    await stop.wait()
    await asyncio.to_thread(service.shutdown)
    ended.set()
    await server


if __name__ == "__main__":
    number, folder, image = sys.argv[1:]
    os.environ.update(
        GATEWAY_PORT=number,
        STATE_DIR=f"{folder}/services",
        S3_DATA_DIR=f"{folder}/s3",
        PERSIST_STATE="1",
        S3_PERSIST="1",
        IOT_MTLS_ENABLED="0",
        SFTP_ENABLED="0",
        LOG_LEVEL="WARNING",
        DOCKER_HOST="unix:///nonexistent/docker.sock",
    )
    asyncio.run(main(int(number), Path(folder), Path(image)))
    os._exit(0)
