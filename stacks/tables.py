"""Tables of curated data: the Glue database, and the Athena workgroup in which analysts query it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aws_cdk import Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.wiring import Wiring


def add_tables(scope: Construct, *, wiring: Wiring) -> glue.CfnDatabase:
    """Add the database and the workgroup to the data stack."""
    settings = wiring.settings
    database = glue.CfnDatabase(
        scope, "Database", catalog_id=Stack.of(scope).account,
        database_input=glue.CfnDatabase.DatabaseInputProperty(
            name=f"penstock_{settings.environment}", description="Curated datasets of Penstock"
        ),
    )  # fmt: skip
    group = athena.CfnWorkGroup(
        scope, "Workgroup", name=f"penstock-{settings.environment}", recursive_delete_option=True,
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
    return database
