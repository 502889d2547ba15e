"""What the onboarding handlers share."""

from __future__ import annotations

from functools import cache

from lambdas.runtime import bucket, client, job_settings, now, setting, table
from penstock.catalog import Catalog
from penstock.catalog.tables import GlueTables
from penstock.governance.audit import AuditTrail
from penstock.onboarding.steps import Onboarding


@cache
def onboarding() -> Onboarding:
    """Return the steps, wired to this function's tables and buckets."""
    lake, secret = bucket("lake"), setting("HASH_KEY_SECRET")
    return Onboarding(
        catalog=Catalog(table("catalog")),
        audit=AuditTrail(table("audit")),
        landing=bucket("landing"),
        lake=lake,
        tables=GlueTables(client("glue"), setting("GLUE_DATABASE"), lake.uri),
        now=now,
        job=job_settings(),
        job_environment={"HASH_KEY_SECRET": secret},
        hash_key=_hash_key,
        large_bytes=int(setting("LARGE_BYTES")),
    )


@cache
def _hash_key() -> bytes:
    """Fetch the secret of the keyed hash of personal columns."""
    answer = client("secretsmanager").get_secret_value(SecretId=setting("HASH_KEY_SECRET"))
    return str(answer["SecretString"]).encode()
