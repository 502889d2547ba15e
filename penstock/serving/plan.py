"""Names, requests, alarms and rollout of an endpoint, as plain documents: imports nothing heavy."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from penstock.specs import Rollout, UseCase
from penstock.specs.serving import ExplainSpec
from penstock.training.plan import job_name

VARIANT = "AllTraffic"
NAMESPACE = "AWS/SageMaker"
_ALARM_PERIOD_SECONDS = 60
_MINIMUM_TIMEOUT_SECONDS = 600
_MAXIMUM_TIMEOUT_SECONDS = 28_800


class ServingPlan(BaseModel):
    """Everything that deploying one version needs, beside image, role and model address.

    ``endpoint_config`` is a CreateEndpointConfig request; ``deployment_config`` belongs into
    UpdateEndpoint; each of ``alarms`` is a PutMetricAlarm request.
    """

    model_config = ConfigDict(frozen=True)

    use_case: str
    version: str
    model_name: str
    endpoint_config_name: str
    endpoint_name: str
    variant_name: str
    environment: dict[str, str]
    endpoint_config: dict[str, Any]
    deployment_config: dict[str, Any]
    alarms: tuple[dict[str, Any], ...]


def plan_serving(
    use_case: UseCase,
    *,
    version: str,
    capture_uri: str,
    deployment: str = "",
    kms_key_id: str | None = None,
    environment: dict[str, str] | None = None,
) -> ServingPlan:
    """Plan the deployment of a version.

    Parameters
    ----------
    use_case
        Names instance type, capture and rollout.
    version
        The version's number.
    capture_uri
        S3 address below which SageMaker writes ``<endpoint>/<variant>/yyyy/mm/dd/hh``.
    deployment
        Keeps the names of a second deployment of the same version apart from the first.
    kms_key_id
        For the captured data and the instances' volumes.
    environment
        Further variables of the container.

    Examples
    --------
    >>> from pathlib import Path
    >>> from penstock.specs import load_use_case
    >>> plan = plan_serving(load_use_case(Path("examples/late_invoices")), version="2", capture_uri="s3://a/capture")
    >>> plan.endpoint_name, plan.model_name
    ('penstock-late-invoices', 'penstock-late-invoices-v2')
    """
    endpoint = endpoint_name(use_case.name)
    suffix = f"v{version}-{deployment}" if deployment else f"v{version}"
    unique = job_name(endpoint, suffix)
    alarms = rollout_alarms(use_case.serving.rollout, endpoint, unique)
    return ServingPlan(
        use_case=use_case.name,
        version=version,
        model_name=unique,
        endpoint_config_name=unique,
        endpoint_name=endpoint,
        variant_name=VARIANT,
        environment=container_environment(use_case, version) | (environment or {}),
        endpoint_config=_endpoint_config(use_case, unique, capture_uri, kms_key_id),
        deployment_config=deployment_config(
            use_case.serving.rollout, [alarm["AlarmName"] for alarm in alarms]
        ),
        alarms=tuple(alarms),
    )


def endpoint_name(use_case: str) -> str:
    """Name the endpoint of a use case; it stays the same for all versions.

    Examples
    --------
    >>> endpoint_name("late_invoices")
    'penstock-late-invoices'
    """
    return job_name("penstock", use_case.replace("_", "-"))


def container_environment(use_case: UseCase, version: str) -> dict[str, str]:
    """Return the variables that the serving container reads."""
    explain = use_case.serving.explain
    explaining = {
        "PENSTOCK_EXPLAIN_SHARE": str(explain.share),
        "PENSTOCK_EXPLAIN_TOP": str(explain.top),
        "PENSTOCK_EXPLAIN_ROWS": str(explain.max_rows),
    }
    return {
        "PENSTOCK_USE_CASE": use_case.name,
        "PENSTOCK_VERSION": version,
        "PENSTOCK_MAX_BATCH_ROWS": str(use_case.serving.max_batch_rows),
        **(explaining if explain != ExplainSpec() else {}),
    }


def deployment_config(rollout: Rollout, alarm_names: list[str]) -> dict[str, Any]:
    """Return UpdateEndpoint's ``DeploymentConfig``: how traffic moves, and what takes it back.

    Examples
    --------
    >>> config = deployment_config(Rollout(strategy="canary", percent=20, wait_seconds=60), ["errors"])
    >>> config["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]["CanarySize"]
    {'Type': 'CAPACITY_PERCENT', 'Value': 20}
    """
    size = {"Type": "CAPACITY_PERCENT", "Value": rollout.percent}
    shapes: dict[str, dict[str, Any]] = {
        "all_at_once": {"Type": "ALL_AT_ONCE"},
        "canary": {"Type": "CANARY", "CanarySize": size},
        "linear": {"Type": "LINEAR", "LinearStepSize": size},
    }
    steps = -(-100 // rollout.percent) if rollout.strategy == "linear" else 2
    timeout = _MINIMUM_TIMEOUT_SECONDS * 3 + steps * rollout.wait_seconds
    return {
        "BlueGreenUpdatePolicy": {
            "TrafficRoutingConfiguration": {
                **shapes[rollout.strategy],
                "WaitIntervalInSeconds": rollout.wait_seconds,
            },
            "TerminationWaitInSeconds": 0,
            "MaximumExecutionTimeoutInSeconds": min(timeout, _MAXIMUM_TIMEOUT_SECONDS),
        },
        "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": name} for name in alarm_names]},
    }


def rollout_alarms(rollout: Rollout, endpoint: str, endpoint_config: str) -> list[dict[str, Any]]:
    """Return PutMetricAlarm requests for refused rows, failures and latency.

    One set watches all traffic of the endpoint; the other the fleet of the new configuration alone, whose
    errors a small canary would otherwise hide in the old fleet's successes.

    SageMaker publishes 0 or 1 a request for ``Invocation4XXErrors`` and ``Invocation5XXErrors``, so
    their average is the error rate; ``ModelLatency`` is in microseconds.
    """
    whole = {"EndpointName": endpoint, "VariantName": VARIANT}
    canary = {**whole, "EndpointConfigName": endpoint_config}
    return [
        _alarm(endpoint, f"{scope}-{name}", metric, threshold, dimensions)
        for scope, dimensions in (("endpoint", whole), ("canary", canary))
        for name, metric, threshold in _limits(rollout)
    ]


def _limits(rollout: Rollout) -> list[tuple[str, str, float]]:
    """Return name, metric and threshold of what is watched."""
    rate, latency = rollout.maximum_error_rate, rollout.maximum_latency_milliseconds * 1_000
    return [
        ("client-errors", "Invocation4XXErrors", rate),
        ("server-errors", "Invocation5XXErrors", rate),
        ("latency", "ModelLatency", latency),
    ]


def _alarm(
    endpoint: str, name: str, metric: str, threshold: float, dimensions: dict[str, str]
) -> dict[str, Any]:
    """Return one PutMetricAlarm request."""
    return {
        "AlarmName": f"{endpoint}-{name}",
        "AlarmDescription": f"{metric} of {endpoint} is above its rollout limit",
        "Namespace": NAMESPACE, "MetricName": metric, "Statistic": "Average",
        "Dimensions": [{"Name": key, "Value": value} for key, value in dimensions.items()],
        "Period": _ALARM_PERIOD_SECONDS, "EvaluationPeriods": 1, "Threshold": threshold,
        "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching",
    }  # fmt: skip


def _endpoint_config(
    use_case: UseCase, name: str, capture_uri: str, kms_key_id: str | None
) -> dict[str, Any]:
    """Return the CreateEndpointConfig request."""
    serving = use_case.serving
    variant = {
        "VariantName": VARIANT,
        "ModelName": name,
        "InitialInstanceCount": serving.instance_count,
        "InstanceType": serving.instance_type,
        "InitialVariantWeight": 1.0,
    }
    key = {"KmsKeyId": kms_key_id} if kms_key_id else {}
    capture = {
        "EnableCapture": serving.capture_percent > 0,
        "InitialSamplingPercentage": serving.capture_percent,
        "DestinationS3Uri": capture_uri,
        **key,
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {
            "CsvContentTypes": ["text/csv"],
            "JsonContentTypes": ["application/json"],
        },
    }
    return {"EndpointConfigName": name, "ProductionVariants": [variant], "DataCaptureConfig": capture, **key}
