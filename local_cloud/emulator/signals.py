"""Events and metrics that an AWS service emits on its own account."""

import json
import time
from collections.abc import Iterable, Mapping
from typing import Any


def emit_event(
    detail_type: str, source: str, detail: Mapping[str, Any], resources: Iterable[str] = ()
) -> None:
    """Put a service's event onto the default bus, where rules see it as they do on AWS.

    Parameters
    ----------
    detail_type
        For example ``"SageMaker Training Job State Change"``.
    source
        For example ``"aws.sagemaker"``; only services may use names that start with ``aws.``.
    detail
        The body, JSON-serialisable.
    resources
        The ARNs that the event is about.
    """
    from ministack.services import eventbridge

    entry = {
        "DetailType": detail_type,
        "Source": source,
        "Detail": json.dumps(detail, default=str),
        "Resources": list(resources),
    }
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)


def put_metric_data(namespace: str, metrics: Iterable[Mapping[str, Any]]) -> None:
    """Record metric data points, shaped as in ``PutMetricData``, and re-evaluate the alarms.

    Parameters
    ----------
    namespace
        For example ``"AWS/SageMaker"``.
    metrics
        Mappings with ``MetricName``, ``Value`` (or ``Values`` and ``Counts``, or ``StatisticValues``) and
        optionally ``Dimensions`` (list of ``Name``, ``Value``), ``Unit`` and ``Timestamp`` (epoch seconds).
    """
    from ministack.services import cloudwatch

    for metric in metrics:
        cloudwatch._store_datum(
            namespace,
            metric["MetricName"],
            {item["Name"]: item["Value"] for item in metric.get("Dimensions", ())},
            metric.get("Timestamp") or time.time(),
            metric.get("Unit", "None"),
            metric.get("Value"),
            metric.get("Values"),
            metric.get("Counts"),
            metric.get("StatisticValues"),
        )
    cloudwatch._evaluate_all_alarms()
