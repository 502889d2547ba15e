"""What the training handlers share."""

from __future__ import annotations

import json
from functools import cache

from lambdas.runtime import bucket, job_settings, now, setting, table
from penstock.catalog import Catalog
from penstock.experiments import Runs
from penstock.features.catalogue import FeatureCatalogue
from penstock.features.materialisations import Materialisations
from penstock.governance.audit import AuditTrail
from penstock.models import ModelRepository
from penstock.training.steps import Training


@cache
def training() -> Training:
    """Return the steps, wired to this function's tables and buckets."""
    return Training(
        catalog=Catalog(table("catalog")),
        runs=Runs(table("experiments")),
        models=ModelRepository(table("models")),
        audit=AuditTrail(table("audit")),
        lake=bucket("lake"),
        artifacts=bucket("artifacts"),
        job=job_settings(),
        now=now,
        features=FeatureCatalogue(table("features")),
        known=Materialisations(table("features")),
        prices=json.loads(setting("HOURLY_PRICES")) or None,
        mlflow=setting("MLFLOW_TRACKING"),
    )
