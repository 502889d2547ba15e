"""What the features handlers share."""

from __future__ import annotations

from functools import cache

from lambdas.runtime import bucket, job_settings, now, setting, table
from penstock.catalog import Catalog
from penstock.features.steps import FeatureRefresh
from penstock.governance.audit import AuditTrail


@cache
def refresh() -> FeatureRefresh:
    """Return the steps, wired to this function's tables and buckets."""
    return FeatureRefresh(
        catalog=Catalog(table("catalog")),
        audit=AuditTrail(table("audit")),
        lake=bucket("lake"),
        job=job_settings(),
        online_table=setting("ONLINE_TABLE"),
        now=now,
    )
