"""A small CDK app that uses what the platform uses."""

import sys
from pathlib import Path
from typing import Any

import aws_cdk as cdk
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_events as events
from aws_cdk import aws_events_targets as targets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs
from aws_cdk import aws_ssm as ssm
from aws_cdk import aws_stepfunctions as sfn
from aws_cdk import aws_stepfunctions_tasks as tasks
from constructs import Construct

HERE = Path(__file__).parent


class Storage(cdk.Stack):
    """Key, bucket, table and the people's roles."""

    def __init__(self, scope: Construct, name: str, **given: Any) -> None:
        super().__init__(scope, name, **given)
        self.key = kms.Key(self, "Key", enable_key_rotation=True, removal_policy=cdk.RemovalPolicy.DESTROY)
        self.bucket = s3.Bucket(
            self,
            "Landing",
            versioned=True,
            encryption=s3.BucketEncryption.KMS,
            encryption_key=self.key,
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        resource = self.bucket.node.default_child
        assert isinstance(resource, s3.CfnBucket)
        resource.notification_configuration = s3.CfnBucket.NotificationConfigurationProperty(
            event_bridge_configuration=s3.CfnBucket.EventBridgeConfigurationProperty(
                event_bridge_enabled=True
            )
        )
        self.table = dynamodb.TableV2(
            self,
            "Items",
            partition_key=dynamodb.Attribute(name="id", type=dynamodb.AttributeType.STRING),
            time_to_live_attribute="expires",
            encryption=dynamodb.TableEncryptionV2.customer_managed_key(self.key),
            removal_policy=cdk.RemovalPolicy.DESTROY,
        )
        for persona in ("scientist", "approver"):
            role = iam.Role(self, persona.capitalize(), assumed_by=iam.AccountRootPrincipal())
            if persona == "scientist":
                self.table.grant_read_data(role)
            ssm.StringParameter(
                self,
                f"{persona}Arn",
                parameter_name=f"/penstock/dev/roles/{persona}",
                string_value=role.role_arn,
            )
        cdk.CfnOutput(self, "TableName", value=self.table.table_name)
        cdk.CfnOutput(self, "BucketName", value=self.bucket.bucket_name)


class Work(cdk.Stack):
    """Functions and workflows."""

    def __init__(self, scope: Construct, name: str, *, storage: Storage, **given: Any) -> None:
        super().__init__(scope, name, **given)
        self.storage = storage
        self.code = lambda_.Code.from_asset(str(HERE / "handlers"))
        layer = lambda_.LayerVersion(self, "Layer", code=lambda_.Code.from_asset(str(HERE / "layer")))
        functions = {
            name: self.function(name, f"probe.{name}") for name in ("look", "load", "fail", "count", "steal")
        }
        self.function("price", "layered.price", layers=[layer])
        storage.table.grant_read_write_data(functions["count"])
        self.workflows(functions)
        cdk.CfnOutput(self, "LayerArn", value=layer.layer_version_arn)

    def function(self, name: str, handler: str, **more: Any) -> lambda_.Function:
        """Create one function."""
        function = lambda_.Function(
            self,
            name,
            function_name=f"sample-{name}",
            runtime=lambda_.Runtime.PYTHON_3_13,
            handler=handler,
            code=self.code,
            timeout=cdk.Duration.seconds(5),
            memory_size=256,
            environment={"TABLE": self.storage.table.table_name},
            logging_format=lambda_.LoggingFormat.JSON,
            **more,
        )
        return function

    def workflows(self, functions: dict[str, lambda_.Function]) -> None:
        """Create the state machines and the rule that starts one of them."""
        invoke = tasks.LambdaInvoke(
            self,
            "Count",
            lambda_function=functions["count"],
            payload_response_only=True,
            retry_on_service_exceptions=False,
        )
        invoke.add_retry(
            errors=["TooColdError"], interval=cdk.Duration.seconds(1), max_attempts=3, backoff_rate=1
        )
        put = tasks.DynamoPutItem(
            self,
            "Put",
            table=self.storage.table,
            item={
                "id": tasks.DynamoAttributeValue.from_string(sfn.JsonPath.string_at("$.detail.object.key"))
            },
            result_path="$.put",
        )
        topic, queue = (
            sns.Topic(self, "Topic", topic_name="sample-topic"),
            sqs.Queue(self, "Dead", queue_name="sample-dead"),
        )
        counting = sfn.StateMachine(
            self,
            "Counting",
            state_machine_name="sample-counting",
            definition_body=sfn.DefinitionBody.from_chainable(invoke),
        )
        arrival = sfn.StateMachine(
            self,
            "Arrival",
            state_machine_name="sample-arrival",
            definition_body=sfn.DefinitionBody.from_chainable(put),
        )
        rule = events.Rule(
            self,
            "Arrived",
            event_pattern=events.EventPattern(
                source=["aws.s3"],
                detail_type=["Object Created"],
                detail={"bucket": {"name": [self.storage.bucket.bucket_name]}},
            ),
        )
        rule.add_target(targets.SfnStateMachine(arrival, dead_letter_queue=queue, retry_attempts=2))
        topic.grant_publish(counting)


def build(outdir: str) -> cdk.App:
    """Build the app."""
    app = cdk.App(outdir=outdir)
    here = cdk.Environment(account="000000000000", region="us-east-1")
    storage = Storage(app, "sample-storage", env=here)
    work = Work(app, "sample-work", storage=storage, env=here)
    work.add_stack_dependency(storage)
    return app


if __name__ == "__main__":
    build(sys.argv[1] if len(sys.argv) > 1 else "cdk.out").synth()
