"""The model registry: groups of numbered model packages and their approval."""

import threading
from typing import Any

from local_cloud.sagemaker.callers import user_context
from local_cloud.sagemaker.context import Context
from local_cloud.sagemaker.errors import ConflictException, ValidationException
from local_cloud.sagemaker.kinds import PACKAGE, PACKAGE_GROUP
from local_cloud.sagemaker.resources import Json, Operation, Resources


class PackageGroups(Resources):
    """Creates, describes, lists and deletes model package groups."""

    def __init__(self, context: Context) -> None:
        super().__init__(context, PACKAGE_GROUP)

    def operations(self) -> dict[str, Operation]:
        """Return the operations by their names on the wire."""
        return {
            "CreateModelPackageGroup": self.create,
            "DescribeModelPackageGroup": self.describe,
            "ListModelPackageGroups": self.list_all,
            "DeleteModelPackageGroup": self.delete,
        }

    def create(self, request: Json) -> Json:
        """Record a group."""
        name = request["ModelPackageGroupName"]
        made = {"ModelPackageGroupStatus": "Completed", "CreatedBy": user_context()}
        record = self.insert(name, {**request, **made})
        if record is None:
            raise ValidationException(f"Model Package Group already exists: {self.arn(name)}")
        return {"ModelPackageGroupArn": record["ModelPackageGroupArn"]}

    def describe(self, request: Json) -> Json:
        """Describe a group by name or ARN."""
        return super().describe({"ModelPackageGroupName": last_part(request["ModelPackageGroupName"])})

    def delete(self, request: Json) -> Json:
        """Delete a group that has no packages."""
        name = last_part(request["ModelPackageGroupName"])
        self.find(name)
        packages = self.context.store.all(PACKAGE.name)
        if any(package.get("ModelPackageGroupName") == name for package in packages):
            raise ConflictException(
                f"Model Package Group {self.arn(name)} cannot be deleted because it still contains "
                "Model Packages."
            )
        self.remove(name)
        return {}


class Packages(Resources):
    """Creates, describes, lists, approves and deletes model packages."""

    def __init__(self, context: Context, groups: PackageGroups) -> None:
        super().__init__(context, PACKAGE)
        self._groups = groups
        self._numbering = threading.Lock()

    def operations(self) -> dict[str, Operation]:
        """Return the operations by their names on the wire."""
        return {
            "CreateModelPackage": self.create,
            "DescribeModelPackage": self.describe,
            "ListModelPackages": self.list_all,
            "UpdateModelPackage": self.update,
            "DeleteModelPackage": self.delete,
        }

    def create(self, request: Json) -> Json:
        """Register a package: the next version of its group, or a named one without versions."""
        if ("ModelPackageName" in request) == ("ModelPackageGroupName" in request):
            raise ValidationException("Give exactly one of ModelPackageName and ModelPackageGroupName.")
        if "ModelPackageName" in request:
            return self._register(request["ModelPackageName"], request)
        group = last_part(request["ModelPackageGroupName"])
        self._groups.find(group)
        with self._numbering:
            version = self._next_version(group)
            approval = request.get("ModelApprovalStatus", "PendingManualApproval")
            extra = {
                "ModelPackageGroupName": group,
                "ModelPackageVersion": version,
                "ModelApprovalStatus": approval,
            }
            return self._register(f"{group}/{version}", {**request, **extra})

    def describe(self, request: Json) -> Json:
        """Describe a package by ARN, or by name."""
        return super().describe({"ModelPackageName": self.key(request["ModelPackageName"])})

    def update(self, request: Json) -> Json:
        """Change approval and metadata; what was registered cannot change."""
        key = self.key(request["ModelPackageArn"])
        record = self.find(key)
        changes: dict[str, Any] = {
            name: request[name]
            for name in (
                "ModelApprovalStatus",
                "ApprovalDescription",
                "ModelLifeCycle",
                "ModelCard",
                "SourceUri",
                "InferenceSpecification",
                "AdditionalInferenceSpecificationsToAdd",
            )
            if name in request
        }
        metadata = {
            **record.get("CustomerMetadataProperties", {}),
            **request.get("CustomerMetadataProperties", {}),
        }
        for name in request.get("CustomerMetadataPropertiesToRemove", []):
            metadata.pop(name, None)
        added = changes.pop("AdditionalInferenceSpecificationsToAdd", [])
        if added:
            present = record.get("AdditionalInferenceSpecifications", [])
            changes["AdditionalInferenceSpecifications"] = [*present, *added]
        changes |= {"CustomerMetadataProperties": metadata or None, "LastModifiedBy": user_context()}
        record = self.change(key, **changes)
        self.announce(record)
        return {"ModelPackageArn": record["ModelPackageArn"]}

    def delete(self, request: Json) -> Json:
        """Delete a package; its version number is not given again."""
        key = self.key(request["ModelPackageName"])
        record = self.find(key)
        self.remove(key)
        self.announce({**record, "ModelPackageStatus": "Deleting"})
        return {}

    def list_all(self, request: Json) -> Json:
        """List versions of a group, or packages without versions."""
        if "ModelPackageGroupName" in request:
            self._groups.find(last_part(request["ModelPackageGroupName"]))
        return super().list_all(request)

    def container(self, name: str) -> Json:
        """Return the container that a package was registered with.

        Raises
        ------
        ValidationException
            The package has none, does not exist, or is not approved.
        """
        record = self.find(self.key(name))
        if record.get("ModelApprovalStatus", "Approved") != "Approved":
            raise ValidationException(
                f"Model package {record['ModelPackageArn']} is in {record['ModelApprovalStatus']} status; "
                "only an Approved one can be deployed."
            )
        found = record.get("InferenceSpecification", {}).get("Containers", [])
        if not found:
            raise ValidationException(
                f"Model package {record['ModelPackageArn']} has no InferenceSpecification"
            )
        return dict(found[0])

    def key(self, name_or_arn: str) -> str:
        """Return the name under which a package is kept, ``group/version`` for a version."""
        return name_or_arn.partition(":model-package/")[2] or name_or_arn

    def _register(self, key: str, request: Json) -> Json:
        """Store a package as completed: nothing is scanned here."""
        details: Json = {"ValidationStatuses": [], "ImageScanStatuses": []}
        made = {"ModelPackageStatus": "Completed", "ModelPackageStatusDetails": details}
        record = self.insert(key, {**request, **made, "CreatedBy": user_context()})
        if record is None:
            raise ConflictException(f"Model Package already exists: {self.arn(key)}")
        self.announce(record)
        return {"ModelPackageArn": record["ModelPackageArn"]}

    def _next_version(self, group: str) -> int:
        """Return a number that the group has never used."""
        taken = self.context.store.get(PACKAGE_GROUP.name, group) or {}
        version = int(taken.get("_versions", 0)) + 1
        self._groups.change(group, _versions=version)
        return version


def last_part(name_or_arn: str) -> str:
    """Return the name at the end of an ARN, or the name itself.

    Examples
    --------
    >>> last_part("arn:aws:sagemaker:us-east-1:1:model-package-group/churn")
    'churn'
    """
    return name_or_arn.rsplit("/", 1)[-1]
