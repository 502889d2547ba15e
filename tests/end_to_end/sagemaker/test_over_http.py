"""What boto3 clients see: jobs, endpoints and their traces in the other services."""

import io
import json
import signal
import tarfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

pytestmark = pytest.mark.end_to_end
ROLE = "arn:aws:iam::000000000000:role/sagemaker-test"
IMAGE = "000000000000.dkr.ecr.us-east-1.amazonaws.com/scripts:1"

SERVE = """
import http.server, os
class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version, wbufsize = "HTTP/1.1", 65536
    def do_GET(self):
        self.reply(b"")
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.reply(b"got " + body, 500 if body == b"error" else 200)
    def reply(self, body, status=200):
        self.send_response(status)
        self.send_header("Content-Type", "text/csv")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
address = os.environ["SAGEMAKER_BIND_TO_HOST"], int(os.environ["SAGEMAKER_BIND_TO_PORT"])
http.server.ThreadingHTTPServer(address, Handler).serve_forever()
"""


def process_request(name: str, **changes: Any) -> dict[str, Any]:
    cluster = {"InstanceCount": 1, "InstanceType": "ml.t3.medium", "VolumeSizeInGB": 1}
    return {
        "ProcessingJobName": name,
        "ProcessingResources": {"ClusterConfig": cluster},
        "AppSpecification": {"ImageUri": IMAGE, "ContainerEntrypoint": ["process"]},
        "RoleArn": ROLE,
        **changes,
    }


def test_a_jobs_log_is_in_cloudwatch_and_its_end_is_an_event(
    emulator: Any, until: Callable[..., Any]
) -> None:
    queue = emulator.client("sqs").create_queue(QueueName="events")["QueueUrl"]
    events = emulator.client("events")
    pattern = {"source": ["aws.sagemaker"], "detail": {"ProcessingJobStatus": ["Completed"]}}
    events.put_rule(Name="ended", EventPattern=json.dumps(pattern))
    events.put_targets(
        Rule="ended", Targets=[{"Id": "q", "Arn": "arn:aws:sqs:us-east-1:000000000000:events"}]
    )
    emulator.program("process", "print('hello from the job')")
    emulator.client("sagemaker").create_processing_job(**process_request("logged"))

    assert emulator.settled("ProcessingJob", "logged")["ProcessingJobStatus"] == "Completed"

    logs = emulator.client("logs")
    group = "/aws/sagemaker/ProcessingJobs"
    (stream,) = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix="logged/")["logStreams"]
    lines = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])["events"]
    assert [line["message"] for line in lines] == ["hello from the job"]
    received = until(lambda: emulator.client("sqs").receive_message(QueueUrl=queue).get("Messages"))
    event = json.loads(received[0]["Body"])
    assert event["detail-type"] == "SageMaker Processing Job State Change"
    assert event["detail"]["ProcessingJobName"] == "logged"


def test_the_job_itself_can_use_the_cloud_under_its_role(emulator: Any) -> None:
    emulator.client("s3").put_object(Bucket="lake", Key="in/a.csv", Body=b"1")
    emulator.program(
        "process",
        "import boto3\nprint(boto3.client('sts').get_caller_identity()['Arn'])\n"
        "boto3.client('s3').put_object(Bucket='lake', Key='made', Body=b'by the job')",
    )
    emulator.client("sagemaker").create_processing_job(**process_request("client"))

    assert emulator.settled("ProcessingJob", "client")["ProcessingJobStatus"] == "Completed"
    log = emulator.folder / "state/sagemaker/jobs/ProcessingJob/client/log.txt"
    assert log.read_text().strip() == "arn:aws:sts::000000000000:assumed-role/sagemaker-test/SageMaker"
    assert emulator.client("s3").get_object(Bucket="lake", Key="made")["Body"].read() == b"by the job"


def test_mistakes_are_refused_as_on_aws(emulator: Any) -> None:
    sagemaker = emulator.client("sagemaker")
    with pytest.raises(ClientError) as caught:
        sagemaker.create_model(ModelName="not a name", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": "x"})
    assert caught.value.response["Error"]["Code"] == "ValidationException"
    assert "at 'modelName' failed to satisfy constraint" in caught.value.response["Error"]["Message"]
    with pytest.raises(ClientError, match="Could not find endpoint"):
        sagemaker.describe_endpoint(EndpointName="absent")
    with pytest.raises(ClientError, match="CreateDomain is not offered"):
        sagemaker.create_domain(DomainName="d", AuthMode="IAM", DefaultUserSettings={"ExecutionRole": ROLE})


@pytest.fixture(scope="module")
def endpoint(emulator: Any) -> str:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz"):
        pass
    emulator.client("s3").put_object(Bucket="lake", Key="model.tar.gz", Body=buffer.getvalue())
    emulator.program("serve", SERVE)
    sagemaker = emulator.client("sagemaker")
    container = {"Image": IMAGE, "ModelDataUrl": "s3://lake/model.tar.gz"}
    sagemaker.create_model(ModelName="m", PrimaryContainer=container, ExecutionRoleArn=ROLE)
    variant = {
        "VariantName": "main",
        "ModelName": "m",
        "InitialInstanceCount": 1,
        "InstanceType": "ml.t2.medium",
    }
    capture = {
        "EnableCapture": True,
        "InitialSamplingPercentage": 100,
        "DestinationS3Uri": "s3://lake/capture",
        "CaptureOptions": [{"CaptureMode": "InputAndOutput"}],
    }
    sagemaker.create_endpoint_config(
        EndpointConfigName="c", ProductionVariants=[variant], DataCaptureConfig=capture
    )
    sagemaker.create_endpoint(EndpointName="e", EndpointConfigName="c")
    sagemaker.get_waiter("endpoint_in_service").wait(
        EndpointName="e", WaiterConfig={"Delay": 1, "MaxAttempts": 20}
    )
    return "e"


def test_predictions_are_answered_measured_and_captured(
    emulator: Any, endpoint: str, until: Callable[..., Any]
) -> None:
    runtime = emulator.client("sagemaker-runtime")
    answer = runtime.invoke_endpoint(
        EndpointName=endpoint, Body=b"1,2", ContentType="text/csv", InferenceId="row"
    )

    assert answer["Body"].read() == b"got 1,2"
    assert answer["InvokedProductionVariant"] == "main"
    assert answer["ContentType"] == "text/csv"
    with pytest.raises(ClientError) as caught:
        runtime.invoke_endpoint(EndpointName=endpoint, Body=b"error")
    assert caught.value.response["Error"]["Code"] == "ModelError"
    response: dict[str, Any] = {**caught.value.response}
    assert response["OriginalStatusCode"] == 500
    assert response["OriginalMessage"] == "got error"

    s3 = emulator.client("s3")
    found = until(lambda: s3.list_objects_v2(Bucket="lake", Prefix="capture/e/main/").get("Contents"))
    line = s3.get_object(Bucket="lake", Key=found[0]["Key"])["Body"].read().splitlines()[0]
    event = json.loads(line)
    assert event["captureData"]["endpointInput"]["encoding"] == "BASE64"
    assert event["eventMetadata"]["inferenceId"] == "row"
    dimensions = [{"Name": "EndpointName", "Value": "e"}, {"Name": "VariantName", "Value": "main"}]

    def failures() -> float:
        points = emulator.client("cloudwatch").get_metric_statistics(
            Namespace="AWS/SageMaker",
            MetricName="Invocation5XXErrors",
            Dimensions=dimensions,
            StartTime=time.time() - 300,
            EndTime=time.time() + 60,
            Period=60,
            Statistics=["Sum"],
        )["Datapoints"]
        return float(sum(point["Sum"] for point in points))

    assert until(failures) == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_an_endpoint_comes_back_after_the_end_of_the_server(
    emulator: Any, endpoint: str, number: int
) -> None:
    before = serving_processes(emulator.folder)
    assert before
    emulator.stop(number)
    if number == signal.SIGTERM:
        assert not any(is_running(pid) for pid in before)
    emulator.start()

    assert emulator.settled("Endpoint", endpoint)["EndpointStatus"] == "InService"
    assert not any(is_running(pid) for pid in before)
    answer = emulator.client("sagemaker-runtime").invoke_endpoint(EndpointName=endpoint, Body=b"again")
    assert answer["Body"].read() == b"got again"


def serving_processes(folder: Path) -> list[int]:
    notes = folder.glob("state/sagemaker/endpoints/*/*/*/process.json")
    return [json.loads(note.read_text())["pid"] for note in notes]


def is_running(pid: int) -> bool:
    stat = Path(f"/proc/{pid}/stat")
    return stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z"
