"""What the explanation handlers share."""

from __future__ import annotations

import os
from functools import cache

from lambdas.runtime import bucket, client, job_settings, now, setting, table
from penstock.catalog import Catalog
from penstock.explanations.registration import GlueExplanationTables
from penstock.explanations.steps import Explanations
from penstock.governance.audit import AuditTrail
from penstock.models import ModelRepository


@cache
def explanations() -> Explanations:
    """Return the steps, wired to this function's tables and buckets."""
    lake, shown = bucket("lake"), "GLUE_DATABASE" in os.environ
    return Explanations(
        catalog=Catalog(table("catalog")),
        models=ModelRepository(table("models")),
        audit=AuditTrail(table("audit")),
        artifacts=bucket("artifacts"),
        lake=lake,
        now=now,
        job=job_settings() if "JOB_IMAGE" in os.environ else None,
        tables=GlueExplanationTables(client("glue"), setting("GLUE_DATABASE"), lake.uri) if shown else None,
    )
