"""What the retention handlers share."""

from __future__ import annotations

from functools import cache, partial

from lambdas.runtime import bucket, client, now, setting, table
from penstock.catalog import Catalog
from penstock.catalog.retention import Retention
from penstock.catalog.tables import GlueTables
from penstock.governance.audit import AuditTrail
from penstock.onboarding.current_table import write_current
from penstock.onboarding.exports import listed_keys


@cache
def retention() -> Retention:
    """Return the steps, wired to this function's tables and buckets."""
    catalog, lake = Catalog(table("catalog")), bucket("lake")
    tables = GlueTables(client("glue"), setting("GLUE_DATABASE"), lake.uri)
    return Retention(
        catalog=catalog,
        audit=AuditTrail(table("audit")),
        landing=bucket("landing"),
        lake=lake,
        tables=tables,
        now=now,
        renew=partial(write_current, catalog, lake, tables),
        listed=listed_keys,
    )
