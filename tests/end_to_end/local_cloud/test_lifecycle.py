"""The cloud starts once, keeps its state, and its people may do what their roles allow."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from local_cloud import lifecycle
from local_cloud.errors import CloudStartError, DeploymentError
from local_cloud.lifecycle import Cloud
from local_cloud.progress import Progress

TRUST = {"Effect": "Allow", "Principal": {"Service": "states.amazonaws.com"}, "Action": "sts:AssumeRole"}


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Path]:
    """Return a project folder whose cloud is stopped in the end."""
    yield tmp_path
    lifecycle.down(tmp_path)


def waiting_execution(cloud: Cloud) -> tuple[str, str]:
    """Start an execution that waits for a callback; return it and its token."""
    session = cloud.session("engineer")
    iam, sqs, sfn = session.client("iam"), session.client("sqs"), session.client("stepfunctions")
    queue = sqs.create_queue(QueueName="callbacks")["QueueUrl"]
    document = json.dumps({"Version": "2012-10-17", "Statement": [TRUST]})
    role = iam.create_role(RoleName="waiting", AssumeRolePolicyDocument=document)["Role"]["Arn"]
    allowed = {"Effect": "Allow", "Action": "sqs:SendMessage", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    iam.put_role_policy(RoleName="waiting", PolicyName="send", PolicyDocument=document)
    parameters = {"QueueUrl": queue, "MessageBody.$": "$$.Task.Token"}
    ask = {
        "Type": "Task",
        "Resource": "arn:aws:states:::sqs:sendMessage.waitForTaskToken",
        "Parameters": parameters,
    }
    branch = {"StartAt": "Ask", "States": {"Ask": {**ask, "End": True}}}
    states = {
        "First": {"Type": "Pass", "Result": {"kept": True}, "Next": "Both"},
        "Both": {"Type": "Parallel", "Branches": [branch], "End": True},
    }
    definition = json.dumps({"StartAt": "First", "States": states})
    machine = sfn.create_state_machine(name="waiting", definition=definition, roleArn=role)["stateMachineArn"]
    execution = sfn.start_execution(stateMachineArn=machine)["executionArn"]
    messages = sqs.receive_message(QueueUrl=queue, WaitTimeSeconds=10)["Messages"]
    return execution, messages[0]["Body"]


def test_an_execution_that_waits_survives_a_restart(root: Path, eventually: Callable[..., Any]) -> None:
    first = lifecycle.up(root)
    execution, token = waiting_execution(first)
    assert lifecycle.down(root)
    assert not lifecycle.status(root).running
    second = lifecycle.up(root)
    assert second.port == first.port
    sfn = second.session("engineer").client("stepfunctions")

    def answered() -> bool:
        try:
            sfn.send_task_success(taskToken=token, output='"yes"')
        except ClientError:
            return False
        return True

    eventually(answered)
    ended = eventually(
        lambda: (found := sfn.describe_execution(executionArn=execution))["status"] != "RUNNING" and found
    )
    assert json.loads(ended["output"]) == ["yes"]


def test_a_crashed_server_is_recovered_with_what_it_had_saved(root: Path, assembly: Path) -> None:
    first = lifecycle.up(root, assembly=assembly)
    os.kill(first.pid, signal.SIGKILL)
    second = lifecycle.up(root, assembly=assembly)
    assert second.pid != first.pid
    assert second.deployed is not None
    assert second.deployed.created == ()
    answer = (
        second.session("engineer")
        .client("lambda")
        .invoke(FunctionName="sample-price", Payload=b'{"amount": 2}')
    )
    assert json.loads(answer["Payload"].read()) == {"price": 4}


def test_two_starts_at_once_are_refused(root: Path) -> None:
    def start() -> Cloud | CloudStartError:
        try:
            return lifecycle.up(root)
        except CloudStartError as error:
            return error

    with ThreadPoolExecutor() as pool:
        first, second = [future.result() for future in [pool.submit(start), pool.submit(start)]]
    assert {type(first), type(second)} == {Cloud, CloudStartError}


def test_a_failing_stack_tells_its_resource_and_reason(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    code = {"S3Bucket": "there-is-none", "S3Key": "code.zip"}
    function = {
        "Code": code,
        "Role": "arn:aws:iam::000000000000:role/none",
        "Handler": "a.b",
        "Runtime": "python3.13",
    }
    resources = {"Odd": {"Type": "AWS::Lambda::Function", "Properties": function}}
    (out / "odd.template.json").write_text(json.dumps({"Resources": resources}))
    stack = {"type": "aws:cloudformation:stack", "properties": {"templateFile": "odd.template.json"}}
    (out / "manifest.json").write_text(json.dumps({"version": "36.0.0", "artifacts": {"odd": stack}}))
    with pytest.raises(DeploymentError, match=r"Odd .AWS::Lambda::Function.: .*NoSuchKey"):
        lifecycle.up(root, assembly=out)


def test_an_unchanged_assembly_is_not_deployed_again(cloud: Cloud, assembly: Path) -> None:
    seen: list[Progress] = []
    again = lifecycle.up(cloud.state.parent, assembly=assembly, progress=seen.append)
    assert again.deployed is not None
    assert (again.deployed.created, again.deployed.updated, again.deployed.assets) == ((), (), 0)
    assert {step.name for step in seen if step.detail == "unchanged"} == {"sample-storage", "sample-work"}
    assert again.pid == cloud.pid


def test_each_person_has_a_profile_with_one_role(cloud: Cloud, outputs: dict[str, str]) -> None:
    assert cloud.profiles == ("engineer", "scientist", "scientist2", "approver")
    names = {one: cloud.session(one).client("sts").get_caller_identity()["Arn"] for one in cloud.profiles}
    assert names["engineer"].endswith(":user/engineer")
    assert names["scientist"].endswith("/dana")
    assert names["scientist2"].endswith("/sam")
    assert names["approver"].endswith("/priya")
    table = outputs["TableName"]
    cloud.session("scientist").client("dynamodb").scan(TableName=table)
    with pytest.raises(ClientError, match="AccessDenied"):
        cloud.session("scientist").client("dynamodb").put_item(TableName=table, Item={"id": {"S": "x"}})
    with pytest.raises(ClientError, match="AccessDenied"):
        cloud.session("approver").client("dynamodb").scan(TableName=table)


def test_a_person_cannot_assume_the_role_of_another(cloud: Cloud) -> None:
    approver = cloud.session("engineer").client("ssm").get_parameter(Name="/penstock/dev/roles/approver")
    dana = boto3.session.Session(**keys_of(cloud, "dana"), region_name=cloud.region)
    sts = dana.client("sts", endpoint_url=cloud.endpoint)
    with pytest.raises(ClientError, match="AccessDenied"):
        sts.assume_role(RoleArn=approver["Parameter"]["Value"], RoleSessionName="dana")


def keys_of(cloud: Cloud, person: str) -> dict[str, Any]:
    """Return a person's access key."""
    import configparser

    parser = configparser.ConfigParser()
    parser.read(cloud.state / "aws" / "credentials")
    return dict(parser[person])


@pytest.mark.parametrize("key", ["test", "000000000000", "AKIAEXAMPLEEXAMPLE00"])
def test_no_well_known_key_opens_the_account(cloud: Cloud, key: str) -> None:
    session = boto3.session.Session(
        aws_access_key_id=key, aws_secret_access_key="test", region_name=cloud.region
    )
    with pytest.raises(ClientError, match=r"InvalidAccessKeyId|InvalidClientTokenId"):
        session.client("s3", endpoint_url=cloud.endpoint).list_buckets()


def test_a_wrong_secret_is_refused(cloud: Cloud) -> None:
    keys = {**keys_of(cloud, "engineer"), "aws_secret_access_key": "wrong"}
    s3 = boto3.session.Session(**keys, region_name=cloud.region).client("s3", endpoint_url=cloud.endpoint)
    with pytest.raises(ClientError, match="SignatureDoesNotMatch"):
        s3.list_buckets()


def test_the_administration_routes_want_the_token(cloud: Cloud) -> None:
    from dataclasses import replace
    from urllib.error import HTTPError

    with pytest.raises(HTTPError, match="403"):
        replace(cloud, token="guessed").admin("auth", {"enabled": False})
    assert (cloud.state / "cloud.json").stat().st_mode & 0o077 == 0
