"""The job that materialises a dataset's feature views: ``process features``."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from penstock.features.refreshing import Refreshing
from penstock.features.work import FeatureWork
from sagemaker_jobs.container import inputs, read_request


def run(root: Path) -> None:
    """Write the views of the request to the lake, then to the online store.

    Parameters
    ----------
    root
        The container's folder, ``/opt/ml``. Below ``processing/input`` it has ``data``, the curated files of
        the snapshot, and ``known``, the files of the offline store so far.

    Notes
    -----
    Environment: ``LAKE_BUCKET``, ``ONLINE_TABLE``, and ``HASH_KEY_SECRET``, the secret of the keyed hash by
    which erased entities are known. The job writes to the bucket itself: what SageMaker uploads at its end
    would come after the online store.
    """
    import boto3

    from penstock.features.latest import LatestRows
    from penstock.features.online import DynamoEntities, OnlineStore
    from penstock.stores.aws import S3Objects

    use_case, request = read_request(root)
    work = FeatureWork.model_validate({**request, "use_case": use_case.name})
    make: Any = boto3.client
    store = OnlineStore(DynamoEntities(make("dynamodb"), os.environ["ONLINE_TABLE"]))
    Refreshing(
        lake=S3Objects(make("s3"), os.environ["LAKE_BUCKET"]),
        online=LatestRows(store),
        data=inputs(root) / "data",
        known=inputs(root) / "known",
        scratch=root / "processing" / "scratch",
        hash_key=_secret() if any(work.erased.values()) else b"",
    ).run(work)


def _secret() -> bytes:
    """Fetch the secret of the keyed hash."""
    import boto3

    make: Any = boto3.client
    answer = make("secretsmanager").get_secret_value(SecretId=os.environ["HASH_KEY_SECRET"])
    return str(answer["SecretString"]).encode()
