import json
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_cloud.sagemaker import ControlPlane
from local_cloud.sagemaker.errors import ModelError, ValidationError, ValidationException
from local_cloud.sagemaker.invocation import Invocation, Prediction
from tests.integration.local_cloud.sagemaker.serving import wait_for

Call = Callable[..., dict[str, Any]]
Programs = Callable[[str, str], Path]
ROLE = "arn:aws:iam::000000000000:role/serving"
IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/scripts:latest"


def test_an_endpoint_serves_its_model(
    live: dict[str, Any], invoke: Callable[..., Prediction], cloud: Any
) -> None:
    assert live["EndpointStatus"] == "InService"
    assert live["ProductionVariants"][0]["CurrentInstanceCount"] == 1

    answer = invoke("1,2")

    assert (answer.body, answer.content_type, answer.variant) == (b"good:1,2", "text/csv", "v1")
    datum = wait_for(lambda: [item for item in cloud.metrics if item["MetricName"] == "Invocations"])
    assert datum[0]["Namespace"] == "AWS/SageMaker"
    assert [item["Name"] for item in datum[0]["Dimensions"]] == ["EndpointName", "VariantName"]
    assert [item["Name"] for item in datum[1]["Dimensions"]][-1] == "EndpointConfigName"
    states = [
        detail["EndpointStatus"] for kind, detail in cloud.events if kind == "SageMaker Endpoint State Change"
    ]
    assert states == ["CREATING", "IN_SERVICE"]


def test_an_error_of_the_model_is_told_apart_from_one_of_the_endpoint(
    live: dict[str, Any], invoke: Callable[..., Prediction], cloud: Any
) -> None:
    with pytest.raises(ModelError) as caught:
        invoke("error")
    assert caught.value.status == 424
    assert caught.value.body()["OriginalStatusCode"] == 500
    assert caught.value.body()["OriginalMessage"] == "it broke"
    with pytest.raises(ValidationError, match="Endpoint absent of account 000000000000 not found"):
        invoke("1", endpoint="absent")
    wait_for(lambda: sum_of(cloud, "Invocation5XXErrors") == 1)


@pytest.mark.parametrize("invocation_limit", [0.3])
def test_an_answer_that_takes_too_long_is_an_error_of_the_model(
    live: dict[str, Any], invoke: Callable[..., Prediction]
) -> None:
    with pytest.raises(ModelError, match=r"server error \(0\) .* timed out"):
        invoke("sleep")


def sum_of(cloud: Any, metric: str) -> float:
    found = [item for item in cloud.metrics if item["MetricName"] == metric and len(item["Dimensions"]) == 2]
    return float(sum(v * c for item in found for v, c in zip(item["Values"], item["Counts"], strict=True)))


def test_weights_and_targets_choose_the_variant(
    call: Call, settled: Call, configure: Call, invoke: Callable[..., Prediction]
) -> None:
    configure("two", "first", "second", weights=(1.0, 0.0))
    call("CreateEndpoint", EndpointName="live", EndpointConfigName="two")
    settled("Endpoint", "live")

    assert {invoke("1").variant for _ in range(10)} == {"v1"}
    assert invoke("1", target_variant="v2").body == b"second:1"
    with pytest.raises(ValidationError, match="v9"):
        invoke("1", target_variant="v9")

    desired = [{"VariantName": "v1", "DesiredWeight": 0}, {"VariantName": "v2", "DesiredWeight": 2}]
    call("UpdateEndpointWeightsAndCapacities", EndpointName="live", DesiredWeightsAndCapacities=desired)
    assert {invoke("1").variant for _ in range(10)} == {"v2"}
    shown = settled("Endpoint", "live")["ProductionVariants"]
    assert [variant["CurrentWeight"] for variant in shown] == [0, 2]


def test_shadows_see_the_traffic_but_do_not_answer(
    call: Call, settled: Call, configure: Call, invoke: Callable[..., Prediction], cloud: Any
) -> None:
    configure("shadowed", "good", "failing", shadow=True)
    call("CreateEndpoint", EndpointName="live", EndpointConfigName="shadowed")
    assert settled("Endpoint", "live")["ShadowProductionVariants"][0]["VariantName"] == "shadow"

    assert invoke("1").body == b"good:1"

    def mirrored() -> list[Any]:
        return [
            item for item in cloud.metrics if {"Name": "VariantName", "Value": "shadow"} in item["Dimensions"]
        ]

    assert wait_for(mirrored)


def test_a_model_that_does_not_start_fails_the_endpoint(
    call: Call, settled: Call, configure: Call, cloud: Any
) -> None:
    configure("bad", "broken")
    call("CreateEndpoint", EndpointName="live", EndpointConfigName="bad")

    described = settled("Endpoint", "live")

    assert described["EndpointStatus"] == "Failed"
    assert "production variant v1 did not pass the ping health check" in described["FailureReason"]
    assert cloud.logs[("/aws/sagemaker/Endpoints/live", next(iter(cloud.logs))[1])] == ["no model"]
    with pytest.raises(ValidationException, match="delete it"):
        call("UpdateEndpoint", EndpointName="live", EndpointConfigName="bad")


def test_a_process_that_dies_is_started_again(
    live: dict[str, Any], invoke: Callable[..., Prediction]
) -> None:
    first = int(invoke("pid").body)
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: not Path(f"/proc/{first}").exists())

    assert int(invoke("pid").body) != first


def test_captured_data_has_the_layout_of_model_monitor(
    call: Call, settled: Call, configure: Call, invoke: Callable[..., Prediction], cloud: Any
) -> None:
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://lake/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
        "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
    }
    configure("captured", "good", DataCaptureConfig=capture)
    call("CreateEndpoint", EndpointName="live", EndpointConfigName="captured")
    assert settled("Endpoint", "live")["DataCaptureConfig"]["CaptureStatus"] == "Started"
    for number in range(3):
        invoke(f"{number},2", inference_id=f"row-{number}")

    def lines() -> list[dict[str, Any]]:
        bodies = [body for (bucket, _), body in sorted(cloud.objects.items()) if bucket == "lake"]
        return [json.loads(line) for body in bodies for line in body.decode().splitlines()]

    wait_for(lambda: len(lines()) == 3)
    event = lines()[0]
    assert event["captureData"]["endpointInput"] == {
        "observedContentType": "text/csv",
        "mode": "INPUT",
        "data": "0,2",
        "encoding": "CSV",
    }
    assert event["captureData"]["endpointOutput"]["data"] == "good:0,2"
    assert event["eventMetadata"]["inferenceId"] == "row-0"
    assert event["eventVersion"] == "0"
    key = next(key for bucket, key in cloud.objects if bucket == "lake")
    hour = time.strftime("%Y/%m/%d/%H", time.gmtime())
    assert key.startswith(f"capture/live/v1/{hour}/")
    assert key.endswith(".jsonl")


def test_what_the_old_fleet_captured_is_written_when_it_goes(
    *,
    call: Call,
    settled: Call,
    configure: Call,
    invoke: Callable[..., Prediction],
    plane: ControlPlane,
    cloud: Any,
) -> None:
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://lake/capture",
        "CaptureOptions": [{"CaptureMode": "Input"}],
    }
    configure("captured", "good", DataCaptureConfig=capture)
    configure("plain", "better")
    call("CreateEndpoint", EndpointName="live", EndpointConfigName="captured")
    settled("Endpoint", "live")
    plane.endpoints._halted.set()
    plane.endpoints._publisher.join()
    plane.endpoints._halted.clear()
    invoke("1")
    call("UpdateEndpoint", EndpointName="live", EndpointConfigName="plain")
    settled("Endpoint", "live")

    wait_for(lambda: [key for bucket, key in cloud.objects if bucket == "lake"])


def test_endpoints_come_back_with_the_next_server_even_if_their_model_is_forgotten(
    plane: ControlPlane, call: Call, live: dict[str, Any], cloud: Any, tmp_path: Path
) -> None:
    from local_cloud.sagemaker.images import folder_image

    call("DeleteModel", ModelName="one-good")
    call("DeleteEndpointConfig", EndpointConfigName="one")
    plane.shutdown()
    again = ControlPlane(plane.context.config, cloud, (folder_image("scripts", tmp_path / "image"),))
    again.start()
    try:
        wait_for(
            lambda: (
                b'"InService"'
                in json.dumps(again.call("DescribeEndpoint", b'{"EndpointName":"live"}')).encode()
            )
        )
        assert again.endpoints.invoke(Invocation(endpoint="live", body=b"1")).body == b"good:1"
    finally:
        again.shutdown()


def test_a_deleted_endpoint_is_gone_with_its_processes(
    call: Call, live: dict[str, Any], invoke: Callable[..., Prediction]
) -> None:
    process = int(invoke("pid").body)
    call("DeleteEndpoint", EndpointName="live")

    def gone() -> bool:
        try:
            call("DescribeEndpoint", EndpointName="live")
        except ValidationException as error:
            return "Could not find endpoint" in error.message
        return False

    wait_for(gone)
    wait_for(lambda: not Path(f"/proc/{process}").exists())


def test_batch_transform_keeps_the_order_of_records(
    call: Call, settled: Call, configure: Call, cloud: Any
) -> None:
    configure("batch", "good")
    cloud.put("s3://in/rows/a.csv", "1\n2\n3\n")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://in/rows"}}
    call(
        "CreateTransformJob",
        TransformJobName="batch",
        ModelName="batch-good",
        TransformInput={"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
        TransformOutput={"S3OutputPath": "s3://out/batch", "AssembleWith": "Line"},
        TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1},
        BatchStrategy="SingleRecord",
        MaxConcurrentTransforms=4,
    )

    described = settled("TransformJob", "batch")

    assert described["TransformJobStatus"] == "Completed", described.get("FailureReason")
    assert cloud.get("s3://out/batch/a.csv.out") == b"good:1\ngood:2\ngood:3\n"
