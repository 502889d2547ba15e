"""What the monitoring handlers share."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

from lambdas.runtime import bucket, client, job_settings, now, table
from penstock.catalog import Catalog
from penstock.experiments import Runs
from penstock.governance.audit import AuditTrail
from penstock.models import ModelRepository
from penstock.monitoring.steps import Monitoring

_NAMESPACE = "Penstock/Monitoring"
_BATCH = 500


@cache
def monitoring() -> Monitoring:
    """Return the steps, wired to this function's tables and buckets."""
    return Monitoring(
        catalog=Catalog(table("catalog")),
        models=ModelRepository(table("models")),
        runs=Runs(table("experiments")),
        windows=table("monitoring"),
        audit=AuditTrail(table("audit")),
        artifacts=bucket("artifacts"),
        now=now,
        job=job_settings() if "JOB_IMAGE" in os.environ else None,
    )


class CloudWatch:
    """Where the metrics of monitoring go."""

    def publish(self, metrics: list[dict[str, Any]]) -> None:
        """Send metric data in batches."""
        data = [
            {
                "MetricName": metric["name"],
                "Value": metric["value"],
                "Unit": metric["unit"],
                "Dimensions": metric["dimensions"],
            }
            for metric in metrics
        ]
        for start in range(0, len(data), _BATCH):
            client("cloudwatch").put_metric_data(
                Namespace=_NAMESPACE, MetricData=data[start : start + _BATCH]
            )
