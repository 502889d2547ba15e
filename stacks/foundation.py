"""Foundation: key, buckets, bus, topic, dead letters, the handlers' layer and the runtime image."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import CfnOutput, CustomResource, Duration, RemovalPolicy, Stack
from aws_cdk import aws_codebuild as codebuild
from aws_cdk import aws_ecr as ecr
from aws_cdk import aws_events as events
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kms as kms
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_s3 as s3
from aws_cdk import aws_s3_assets as assets
from aws_cdk import aws_sns as sns
from aws_cdk import aws_sqs as sqs

from stacks import access, staging
from stacks.archive import audit_bucket
from stacks.functions import RUNTIME, Handler, Size
from stacks.personas import Personas
from stacks.wiring import Wiring

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.settings import Settings

_SERVICES = ("events", "sns", "sqs", "cloudwatch")
_EXPIRE_DAYS = 30
_PASSING = tuple(
    "requests/ quarantine/ refused/ features/ reports/ snapshots/ current/ athena/ explanations/".split()
)


class Foundation(Stack):
    """What every other stack stands on.

    Attributes
    ----------
    key, buckets, bus, topic, dead_letters
        Children, by what they are.
    """

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        """Create the resources and publish where they are."""
        super().__init__(scope, id, description="Penstock: key, buckets, bus, topic, layer and runtime image")
        self._wiring, self._settings = Wiring(self, settings), settings
        self.key = self._key()
        self.access_logs = self._log_bucket()
        self.buckets = {name: self._bucket(name) for name in ("landing", "lake", "artifacts")}
        self.archive = audit_bucket(self, key=self.key, logs=self.access_logs, removal=self._removal)
        self.bus = events.EventBus(self, "Bus", kms_key=self.key, description="Penstock's events")
        self.topic = sns.Topic(self, "Topic", master_key=self.key, enforce_ssl=True)
        self.dead_letters = self._dead_letters()
        self.layer = lambda_.LayerVersion(
            self, "Layer", code=self._layer_code(), compatible_runtimes=[RUNTIME],
            compatible_architectures=[lambda_.Architecture.ARM_64], removal_policy=RemovalPolicy.RETAIN,
            description="What Penstock's handlers import",
        )  # fmt: skip
        self._image()
        self.personas = Personas(self, "Personas", wiring=self._wiring, buckets=self.buckets, key=self.key)
        self._publish()

    def _key(self) -> kms.Key:
        """Make the one customer-managed key; services that deliver for us may use it."""
        key = kms.Key(
            self, "Key", enable_key_rotation=True, description="Penstock's data, logs, messages and models",
            removal_policy=self._removal,
        )  # fmt: skip
        for service in _SERVICES:
            key.add_to_resource_policy(
                _service_use(iam.ServicePrincipal(f"{service}.amazonaws.com"), self.account)
            )
        logs = iam.ServicePrincipal(f"logs.{self.region}.amazonaws.com")
        key.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[logs],
                actions=["kms:Encrypt", "kms:Decrypt", "kms:GenerateDataKey*", "kms:DescribeKey"],
                resources=["*"],
                conditions={"ArnLike": {"kms:EncryptionContext:aws:logs:arn": self._wiring.arn("logs", "*")}},
            )
        )
        return key

    def _log_bucket(self) -> s3.Bucket:
        bucket = s3.Bucket(
            self, "AccessLogs", encryption=s3.BucketEncryption.S3_MANAGED, enforce_ssl=True, versioned=True,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL, removal_policy=self._removal,
            lifecycle_rules=[s3.LifecycleRule(expiration=Duration.days(365))],
        )  # fmt: skip
        access.acknowledge(bucket, "AwsSolutions-S1", "It is the bucket that access logs go to.")
        return bucket

    def _bucket(self, name: str) -> s3.Bucket:
        """Make an encrypted, versioned, logged bucket that tells EventBridge about its objects."""
        bucket = s3.Bucket(
            self, f"{name.capitalize()}Bucket", encryption=s3.BucketEncryption.KMS, encryption_key=self.key,
            bucket_key_enabled=True, enforce_ssl=True, versioned=True, removal_policy=self._removal,
            block_public_access=s3.BlockPublicAccess.BLOCK_ALL, server_access_logs_bucket=self.access_logs,
            server_access_logs_prefix=f"{name}/",
            lifecycle_rules=_lifecycle(name),
        )  # fmt: skip
        if name == "landing":
            # The L2 property would bring a custom resource for what CloudFormation does natively.
            resource = bucket.node.default_child
            assert isinstance(resource, s3.CfnBucket)  # noqa: S101
            resource.add_property_override(
                "NotificationConfiguration.EventBridgeConfiguration.EventBridgeEnabled", True
            )
        return bucket

    def _dead_letters(self) -> sqs.Queue:
        """Make the queue of events that no target took."""
        queue = sqs.Queue(
            self,
            "DeadLetters",
            encryption=sqs.QueueEncryption.KMS,
            encryption_master_key=self.key,
            enforce_ssl=True,
            retention_period=Duration.days(14),
        )
        queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")], actions=["sqs:SendMessage"],
                resources=[queue.queue_arn], conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )  # fmt: skip
        access.acknowledge(queue, "AwsSolutions-SQS3", "It is the dead-letter queue of every rule.")
        return queue

    def _layer_code(self) -> lambda_.Code:
        """Take the staged layer, told from others by its lock: what is installed differs by platform."""
        folder = staging.stage_layer()
        return lambda_.Code.from_asset(str(folder), asset_hash=folder.name)

    def _image(self) -> None:
        """Have the runtime image built in AWS, again whenever its source changes."""
        source = staging.stage_image()
        tag = staging.digest_sources(source)
        name = f"{self._settings.environment}/penstock-runtime"
        repository = ecr.Repository(
            self,
            "RuntimeImage",
            repository_name=name,
            encryption=ecr.RepositoryEncryption.KMS,
            encryption_key=self.key,
            image_scan_on_push=True,
            image_tag_mutability=ecr.TagMutability.IMMUTABLE,
            removal_policy=self._removal,
            empty_on_delete=not self._settings.keep_data or None,
        )
        repository.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("sagemaker.amazonaws.com")],
                actions=[
                    "ecr:BatchCheckLayerAvailability",
                    "ecr:BatchGetImage",
                    "ecr:GetDownloadUrlForLayer",
                ],
                conditions={"StringEquals": {"aws:SourceAccount": self.account}},
            )
        )
        context = assets.Asset(self, "ImageSource", path=str(source))
        project = self._project(repository, context)
        builder = Handler(
            self,
            "ImageBuilder",
            wiring=self._wiring,
            entry="foundation.build_image",
            size=Size(timeout=900),
            layer=self.layer,
            key=self.key,
        )
        access.allow(
            builder.role, ["codebuild:StartBuild", "codebuild:BatchGetBuilds"], [project.project_arn]
        )
        built = CustomResource(
            self,
            "ImageBuild",
            service_token=builder.function.function_arn,
            resource_type="Custom::RuntimeImage",
            properties={"Project": project.project_name, "Tag": tag},
        )
        built.node.add_dependency(builder.role, project)
        self._wiring.publish("foundation/image_uri", f"{repository.repository_uri}:{tag}")

    def _project(self, repository: ecr.Repository, context: assets.Asset) -> codebuild.Project:
        build = "docker build --quiet --file sagemaker_jobs/Dockerfile --tag $REPOSITORY:$IMAGE_TAG ."
        found = (
            "aws ecr describe-images --repository-name $NAME --image-ids imageTag=$IMAGE_TAG >/dev/null 2>&1"
        )
        push = "docker push $REPOSITORY:$IMAGE_TAG"
        login = "aws ecr get-login-password | docker login --username AWS --password-stdin ${REPOSITORY%%/*}"
        project = codebuild.Project(
            self,
            "ImageProject",
            encryption_key=self.key,
            description="Builds Penstock's runtime image",
            source=codebuild.Source.s3(bucket=context.bucket, path=context.s3_object_key),
            timeout=Duration.minutes(14),
            environment=codebuild.BuildEnvironment(
                build_image=codebuild.LinuxBuildImage.STANDARD_7_0,
                compute_type=codebuild.ComputeType.MEDIUM,
                privileged=True,
            ),
            environment_variables={
                "REPOSITORY": codebuild.BuildEnvironmentVariable(value=repository.repository_uri),
                "NAME": codebuild.BuildEnvironmentVariable(value=repository.repository_name),
            },
            build_spec=codebuild.BuildSpec.from_object(
                {
                    "version": "0.2",
                    "phases": {
                        "build": {
                            "commands": [
                                f"if {found}; then echo already built; else {login} && {build} && {push}; fi"
                            ]
                        }
                    },
                }
            ),
        )
        repository.grant_pull_push(project)
        access.allow(project, ["ecr:DescribeImages"], [repository.repository_arn])
        access.acknowledge(
            project, "AwsSolutions-CB3", "Building an image takes Docker, and so a privileged container."
        )
        granted = (
            "Granted by CDK itself: its asset's one object, the key, and the project's own log and reports."
        )
        for action in (
            "s3:GetObject*",
            "s3:GetBucket*",
            "s3:List*",
            "kms:GenerateDataKey*",
            "kms:ReEncrypt*",
        ):
            access.acknowledge(project, f"AwsSolutions-IAM5[Action::{action}]", granted)
        logs = self._wiring.arn("logs", f"log-group:/aws/codebuild/{project.project_name}:*")
        reports = self._wiring.arn("codebuild", f"report-group/{project.project_name}-*")
        access.acknowledge_wildcards(project, [logs, reports], granted)
        access.acknowledge_wildcards(project, ["*"], "ECR's login knows no resources.")
        return project

    def _publish(self) -> None:
        publish = self._wiring.publish
        publish("foundation/key_arn", self.key.key_arn)
        for name, bucket in self.buckets.items():
            publish(f"foundation/{name}_bucket", bucket.bucket_name)
        publish("foundation/audit_bucket", self.archive.bucket_name)
        publish("foundation/bus_name", self.bus.event_bus_name)
        publish("foundation/topic_arn", self.topic.topic_arn)
        publish("foundation/dead_letters_arn", self.dead_letters.queue_arn)
        publish("foundation/layer_arn", self.layer.layer_version_arn)
        CfnOutput(self, "LandingBucketName", value=self.buckets["landing"].bucket_name,
                  description="Upload to <use case>/<dataset>/<file>")  # fmt: skip

    @property
    def _removal(self) -> RemovalPolicy:
        return RemovalPolicy.RETAIN if self._settings.keep_data else RemovalPolicy.DESTROY


def _lifecycle(bucket: str) -> list[s3.LifecycleRule]:
    """Return the rules by which old versions go; snapshots name versions of curated data, which stay."""
    unfinished = s3.LifecycleRule(abort_incomplete_multipart_upload_after=Duration.days(7))
    expiry = Duration.days(_EXPIRE_DAYS)
    below = _PASSING if bucket == "lake" else (None,)
    return [unfinished, *(s3.LifecycleRule(prefix=p, noncurrent_version_expiration=expiry) for p in below)]


def _service_use(service: iam.ServicePrincipal, account: str) -> iam.PolicyStatement:
    """Let a service encrypt what it delivers on behalf of this account."""
    return iam.PolicyStatement(
        principals=[service], actions=["kms:Decrypt", "kms:GenerateDataKey*"], resources=["*"],
        conditions={"StringEquals": {"aws:SourceAccount": account}},
    )  # fmt: skip
