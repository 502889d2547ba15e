"""``serve``: the entry point of the serving container; loads the model, then answers."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import PenstockError
from sagemaker_jobs.container import load_library, root

if TYPE_CHECKING:
    from penstock.features import FeatureServer

_GRACE_SECONDS = 25
"""SageMaker kills a container 30 seconds after it asked it to stop."""


def main() -> int:
    """Load the model and serve until SIGTERM."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    # uvicorn lets running requests finish, then raises the signal again: to stop when asked is success.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        _serve(root() / "model")
    except PenstockError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


def _serve(folder: Path) -> None:
    """Build the application around the model and run the server."""
    from penstock.models.signing import verify_folder
    from penstock.training.artefact import read_card

    verify_folder(folder, os.environ.get("PENSTOCK_MODEL_DIGEST", ""))
    load_library(read_card(folder).algorithm)
    import uvicorn

    from penstock.explanations.reasoner import Reasoner
    from penstock.serving.app import application
    from penstock.serving.explaining import Explaining
    from penstock.serving.predictor import Predictor

    predictor = Predictor.load(folder)
    environment = os.environ
    model = {
        "use_case": environment.get("PENSTOCK_USE_CASE", ""),
        "version": environment.get("PENSTOCK_VERSION", ""),
        "candidate": predictor.card.candidate.name,
    }
    rows = int(environment.get("PENSTOCK_MAX_BATCH_ROWS", "1000"))
    # A container listens on all addresses of its own network; elsewhere the variable says which one.
    host = environment.get("SAGEMAKER_BIND_TO_HOST", "0.0.0.0")  # noqa: S104
    port = int(environment.get("SAGEMAKER_BIND_TO_PORT", "8080"))
    explaining = Explaining.of(Reasoner(predictor, folder=folder), environment)
    explaining.load()
    uvicorn.run(
        application(
            predictor,
            model=model,
            max_batch_rows=rows,
            features=_features(environment),
            explaining=explaining,
        ),
        host=host,
        port=port,
        lifespan="off",
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


def _features(environment: Mapping[str, str]) -> FeatureServer | None:
    """Return what completes the rows of requests, where the deployment names the online table.

    ``PENSTOCK_ONLINE_TABLE`` is the table, and ``PENSTOCK_FEATURES_0`` and so on say what the model takes
    (``ModelFeatures.environment``). Without them, requests must have all columns.
    """
    from penstock.features import DynamoEntities, FeatureServer, ModelFeatures, OnlineStore

    features, table = ModelFeatures.from_environment(environment), environment.get("PENSTOCK_ONLINE_TABLE")
    if features is None or not table or not features.names:
        return None
    import boto3
    from botocore.config import Config

    # A prediction waits for the features: give up early rather than answer late.
    config = Config(connect_timeout=1, read_timeout=2, retries={"max_attempts": 3, "mode": "standard"})
    return FeatureServer(
        OnlineStore(DynamoEntities(boto3.client("dynamodb", config=config), table)), features
    )


if __name__ == "__main__":
    sys.exit(main())
