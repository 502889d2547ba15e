"""The job that materialises a dataset's feature views: ``process features``."""

from __future__ import annotations

import os
from pathlib import Path

from penstock.features import MaterialisedView, OnlineStore, latest_rows, materialise
from penstock.specs import FeatureView
from sagemaker_jobs.container import inputs, outputs, read_request


def run(root: Path) -> None:
    """Materialise every view of the request's dataset, then bring the online store up to date.

    Parameters
    ----------
    root
        The container's folder, ``/opt/ml``. Below ``processing/output``, each view gets
        ``features/<view>/part-00000.parquet`` (all moments) and ``online/<view>.parquet`` (the newest). The
        online items go to the DynamoDB table that the environment variable ``ONLINE_TABLE`` names.
    """
    use_case, request = read_request(root)
    dataset = request.get("dataset", use_case.model.dataset)
    files = sorted((inputs(root) / "data").rglob("*.parquet"))
    for view in use_case.features:
        if view.dataset == dataset:
            latest = outputs(root) / "online" / f"{view.name}.parquet"
            made = materialise(view, files, outputs(root) / "features" / view.name, latest=latest)
            _put_online(use_case.name, view, made)


def _put_online(use_case: str, view: FeatureView, made: MaterialisedView) -> None:
    """Write the newest rows to the online table and say how many changed."""
    import boto3

    from penstock.features.dynamo import DynamoBatches
    from penstock.stores.aws import DynamoItems

    table = os.environ["ONLINE_TABLE"]
    store = OnlineStore(
        DynamoItems(boto3.resource("dynamodb").Table(table)),
        batches=DynamoBatches(boto3.client("dynamodb"), table),
    )
    changed = store.write(use_case, view, latest_rows(made.latest))
    print(
        f"{view.name}: {made.rows:,} rows, {made.entities:,} entities, {changed:,} changed online", flush=True
    )
