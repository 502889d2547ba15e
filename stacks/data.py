"""Data: onboarding and features, from a landed file to tables and feature views."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import RemovalPolicy, Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from aws_cdk import aws_secretsmanager as secrets

from stacks import access
from stacks.functions import Handler, Size
from stacks.jobs import JobRole
from stacks.wiring import Wiring
from stacks.workflows import features, onboarding
from stacks.workflows.machine import Workflow

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.settings import Settings

_MEGABYTE = 1024 * 1024
_REQUESTS = "requests/"
_SIZES = {
    "admit": Size(),
    "process": Size(memory=4096, timeout=900, disk=4096),
    "commit": Size(timeout=300, disk=4096),
    "refuse": Size(),
}


class Data(Stack):
    """The onboarding and features workflows with their functions, jobs and catalogue.

    Attributes
    ----------
    onboarding, features
        The workflows.
    """

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        """Create the resources."""
        super().__init__(scope, id, description="Penstock: governed onboarding and feature views")
        self._wiring = Wiring(self, settings)
        self.database = glue.CfnDatabase(
            self, "Database", catalog_id=self.account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=f"penstock_{settings.environment}", description="Curated datasets of Penstock"
            ),
        )  # fmt: skip
        self._workgroup(settings)
        self.secret = secrets.Secret(
            self,
            "HashKey",
            encryption_key=self._wiring.key,
            description="Key of the hash of personal columns",
            removal_policy=RemovalPolicy.RETAIN if settings.keep_data else RemovalPolicy.DESTROY,
            generate_secret_string=secrets.SecretStringGenerator(
                password_length=64, exclude_punctuation=True
            ),
        )
        access.acknowledge(
            self.secret,
            "AwsSolutions-SMG4",
            "Another key would make other hashes: old and new rows would no longer match.",
        )
        self.onboarding = self._onboarding(settings)
        self.features = self._features()

    def _workgroup(self, settings: Settings) -> None:
        """Make the Athena workgroup in which analysts query the curated tables."""
        wiring = self._wiring
        group = athena.CfnWorkGroup(
            self, "Workgroup", name=f"penstock-{settings.environment}", recursive_delete_option=True,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True, publish_cloud_watch_metrics_enabled=True,
                bytes_scanned_cutoff_per_query=100 * 1024**3,
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=f"s3://{wiring.bucket('lake').bucket_name}/athena/",
                    encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_KMS", kms_key=wiring.key.key_arn
                    ),
                ),
            ),
        )  # fmt: skip
        wiring.publish("data/workgroup", group.name)
        wiring.publish("data/database", f"penstock_{settings.environment}")

    def _onboarding(self, settings: Settings) -> Workflow:
        wiring = self._wiring
        landing, lake, catalog, audit = (
            wiring.bucket("landing"),
            wiring.bucket("lake"),
            wiring.table("catalog"),
            wiring.table("audit"),
        )
        job = JobRole(self, "OnboardingJob", wiring=wiring)
        access.read_objects(job.role, lake, f"{_REQUESTS}onboard/")
        access.write_objects(job.role, lake, "curated/", "quarantine/", "reports/")
        access.allow(job.role, ["secretsmanager:GetSecretValue"], [self.secret.secret_arn])
        environment = {
            "CATALOG_TABLE": catalog.table_name,
            "AUDIT_TABLE": audit.table_name,
            "LANDING_BUCKET": landing.bucket_name,
            "LAKE_BUCKET": lake.bucket_name,
            "GLUE_DATABASE": f"penstock_{settings.environment}",
            "HASH_KEY_SECRET": self.secret.secret_arn,
            "LARGE_BYTES": str(settings.large_file_megabytes * _MEGABYTE),
            **job.settings(wiring),
        }
        steps = {
            name: Handler(
                self,
                f"Onboarding{name.capitalize()}",
                wiring=wiring,
                entry=f"onboarding.{name}",
                environment=environment,
                size=size,
            )
            for name, size in _SIZES.items()
        }
        for step in steps.values():
            access.write_items(step.role, catalog, audit)
        access.read_objects(steps["admit"].role, landing, "")
        access.write_objects(steps["admit"].role, lake, f"{_REQUESTS}onboard/")
        access.allow(steps["admit"].role, ["dynamodb:DeleteItem"], [catalog.table_arn])
        access.read_objects(steps["process"].role, landing, "")
        access.write_objects(steps["process"].role, lake, "curated/", "quarantine/", "reports/")
        access.allow(steps["process"].role, ["secretsmanager:GetSecretValue"], [self.secret.secret_arn])
        access.read_objects(steps["commit"].role, lake, "curated/", "reports/")
        access.write_objects(steps["commit"].role, lake, "snapshots/")
        tables = [
            wiring.arn("glue", "catalog"),
            wiring.arn("glue", f"database/penstock_{settings.environment}"),
            wiring.arn("glue", f"table/penstock_{settings.environment}/*"),
        ]
        access.allow(steps["commit"].role, ["glue:CreateTable", "glue:CreatePartition"], tables,
                     because="Tables are named after the datasets of use cases.")  # fmt: skip
        access.read_objects(steps["refuse"].role, landing, "")
        access.write_objects(steps["refuse"].role, lake, "refused/")
        workflow = Workflow(
            self, "Onboarding", wiring=wiring, name="onboarding", calls=list(steps.values()),
            definition=onboarding.definition(
                **{name: step.function.function_arn for name, step in steps.items()},
                bus=wiring.bus.event_bus_name, topic=wiring.topic.topic_arn,
            ),
        )  # fmt: skip
        workflow.run_jobs("processing", roles=[job.role])
        workflow.start_on("Landed", bus=None, source="aws.s3", types=["Object Created"],
                          detail={"bucket": {"name": [landing.bucket_name]}})  # fmt: skip
        return workflow

    def _features(self) -> Workflow:
        wiring = self._wiring
        lake, catalog, audit, online = (
            wiring.bucket("lake"),
            wiring.table("catalog"),
            wiring.table("audit"),
            wiring.table("online"),
        )
        job = JobRole(self, "FeaturesJob", wiring=wiring)
        access.read_objects(job.role, lake, "curated/", "snapshots/", f"{_REQUESTS}features/")
        access.write_objects(job.role, lake, "features/")
        access.write_items(job.role, online)
        access.allow(job.role, ["dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem"], [online.table_arn])
        environment = {
            "CATALOG_TABLE": catalog.table_name,
            "AUDIT_TABLE": audit.table_name,
            "LAKE_BUCKET": lake.bucket_name,
            "ONLINE_TABLE": online.table_name,
            **job.settings(wiring),
        }
        steps = {name: Handler(self, f"Features{name.capitalize()}", wiring=wiring, entry=f"features.{name}",
                               environment=environment) for name in ("plan", "finish")}  # fmt: skip
        for step in steps.values():
            access.read_items(step.role, catalog)
            access.write_items(step.role, audit)
        access.write_objects(steps["plan"].role, lake, f"{_REQUESTS}features/")
        workflow = Workflow(
            self, "Features", wiring=wiring, name="features", calls=list(steps.values()),
            definition=features.definition(
                **{name: step.function.function_arn for name, step in steps.items()},
                bus=wiring.bus.event_bus_name, topic=wiring.topic.topic_arn,
            ),
        )  # fmt: skip
        workflow.run_jobs("processing", roles=[job.role])
        workflow.start_on(
            "DatasetReady", bus=wiring.bus, source="penstock.onboarding", types=["Dataset Ready"]
        )
        return workflow
