"""Plans of deployments, checked against SageMaker's own service model."""

from __future__ import annotations

from pathlib import Path

import botocore.session
import pytest
from botocore.validate import ParamValidator

from penstock.serving.plan import deployment_config, plan_serving, rollout_alarms
from penstock.specs import Rollout, load_use_case

USE_CASE = load_use_case(Path(__file__).parents[3] / "examples" / "late_invoices")


@pytest.fixture(scope="module")
def validate():
    session = botocore.session.get_session()

    def check(service, operation, request):
        shape = session.get_service_model(service).operation_model(operation).input_shape
        report = ParamValidator().validate(request, shape)
        assert not report.has_errors(), report.generate_report()

    return check


def plan(**options):
    return plan_serving(USE_CASE, version="2", capture_uri="s3://bucket/capture/late_invoices", **options)


def test_the_requests_are_ones_that_aws_takes(validate):
    found = plan(kms_key_id="key", deployment="d1")
    validate("sagemaker", "CreateEndpointConfig", found.endpoint_config)
    validate(
        "sagemaker",
        "UpdateEndpoint",
        {
            "EndpointName": found.endpoint_name,
            "EndpointConfigName": found.endpoint_config_name,
            "DeploymentConfig": found.deployment_config,
        },
    )
    for alarm in found.alarms:
        validate("cloudwatch", "PutMetricAlarm", alarm)


def test_the_endpoint_outlives_versions_and_deployments_differ():
    first, again = plan(deployment="d1"), plan(deployment="d2")
    assert first.endpoint_name == again.endpoint_name == "penstock-late-invoices"
    assert first.endpoint_config_name != again.endpoint_config_name


def test_the_container_learns_what_it_serves():
    assert plan(environment={"EXTRA": "1"}).environment == {
        "PENSTOCK_USE_CASE": "late_invoices",
        "PENSTOCK_VERSION": "2",
        "PENSTOCK_MAX_BATCH_ROWS": "1000",
        "EXTRA": "1",
    }


@pytest.mark.parametrize(
    ("strategy", "kind", "size"),
    [
        ("canary", "CANARY", "CanarySize"),
        ("linear", "LINEAR", "LinearStepSize"),
        ("all_at_once", "ALL_AT_ONCE", None),
    ],
)
def test_each_strategy_has_its_traffic_routing(strategy, kind, size):
    config = deployment_config(Rollout(strategy=strategy, percent=20, wait_seconds=7), ["a"])
    routing = config["BlueGreenUpdatePolicy"]["TrafficRoutingConfiguration"]
    assert routing["Type"] == kind
    assert {key for key in routing if key.endswith("Size")} == ({size} if size else set())
    assert config["AutoRollbackConfiguration"]["Alarms"] == [{"AlarmName": "a"}]


def test_alarms_watch_errors_and_latency_of_the_endpoint_and_of_the_canary_alone():
    alarms = rollout_alarms(Rollout(maximum_error_rate=0.05, maximum_latency_milliseconds=100), "e", "c")
    limits = {"Invocation4XXErrors": 0.05, "Invocation5XXErrors": 0.05, "ModelLatency": 100_000}
    whole, canary = alarms[:3], alarms[3:]
    for scope in (whole, canary):
        assert {alarm["MetricName"]: alarm["Threshold"] for alarm in scope} == limits
    assert all({"Name": "EndpointConfigName", "Value": "c"} in alarm["Dimensions"] for alarm in canary)
    assert all(len(alarm["Dimensions"]) == 2 for alarm in whole)
    assert len({alarm["AlarmName"] for alarm in alarms}) == 6
