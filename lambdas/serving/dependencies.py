"""What the serving handlers share."""

from __future__ import annotations

from functools import cache

from botocore.exceptions import ClientError

from lambdas.runtime import bucket, client, job_settings, now, setting, table
from penstock.catalog import Catalog
from penstock.governance.audit import AuditTrail
from penstock.models import ModelRepository
from penstock.serving.steps import Deployment


@cache
def deployment() -> Deployment:
    """Return the steps, wired to this function's tables and buckets."""
    return Deployment(
        catalog=Catalog(table("catalog")),
        models=ModelRepository(table("models")),
        audit=AuditTrail(table("audit")),
        artifacts=bucket("artifacts"),
        endpoints=LiveEndpoints(),
        job=job_settings(),
        now=now,
        poll_seconds=int(setting("POLL_SECONDS")),
        online_table=setting("ONLINE_TABLE"),
    )


class LiveEndpoints:
    """SageMaker's endpoints."""

    def status(self, name: str) -> str | None:
        """Return the status of an endpoint, or None when there is none of that name."""
        try:
            return str(client("sagemaker").describe_endpoint(EndpointName=name)["EndpointStatus"])
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationException":
                return None
            raise
