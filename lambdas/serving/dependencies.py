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
    )


class LiveEndpoints:
    """SageMaker's endpoints."""

    def exists(self, name: str) -> bool:
        """Say whether an endpoint of that name is there."""
        try:
            client("sagemaker").describe_endpoint(EndpointName=name)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationException":
                return False
            raise
        return True
