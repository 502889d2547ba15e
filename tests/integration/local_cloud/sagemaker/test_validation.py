from typing import Any

import pytest

from local_cloud.sagemaker.api_model import ApiModel
from local_cloud.sagemaker.errors import SerializationException, ValidationException
from local_cloud.sagemaker.validation import _compiled, validate

ROLE = "arn:aws:iam::000000000000:role/r"
PROCESSING: dict[str, Any] = {
    "ProcessingJobName": "job",
    "RoleArn": ROLE,
    "AppSpecification": {"ImageUri": "image"},
    "ProcessingResources": {
        "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.t3.medium", "VolumeSizeInGB": 1}
    },
}


def check(operation: str, request: Any) -> None:
    validate(ApiModel.load().operation(operation).input_shape, request)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"RoleArn": None}, "Value null at 'roleArn' failed to satisfy constraint: Member must not be null"),
        ({"ProcessingJobName": "a b"}, "'processingJobName' failed .* regular expression pattern"),
        ({"ProcessingJobName": "a" * 64}, "regular expression|less than or equal to 63"),
        ({"AppSpecification": {}}, "'appSpecification.imageUri' failed .* must not be null"),
        (
            {"Tags": [{"Key": "", "Value": ""}]},
            r"'tags\.1\.member\.key' .* length greater than or equal to 1",
        ),
        ({"Misspelt": 1}, "Unknown parameter in input: 'Misspelt', must be one of: AppSpecification"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 0}}, "greater than or equal to 1"),
        (
            {"ProcessingInputs": [{"InputName": "a", "S3Input": {"S3Uri": "s3://b", "S3DataType": "X"}}]},
            r"at 'processingInputs\.1\.member\.s3Input\.s3DataType' .* value set: \[ManifestFile, S3Prefix\]",
        ),
    ],
)
def test_a_broken_constraint_names_its_path(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationException, match=message):
        check("CreateProcessingJob", {**PROCESSING, **changes})


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(ValidationException, match=r"^3 validation errors detected: .*;.*;"):
        check("CreateProcessingJob", {"ProcessingJobName": "job"})


def test_a_wrong_type_is_a_serialization_error() -> None:
    with pytest.raises(SerializationException, match="'environment' must be of type map, found list"):
        check("CreateProcessingJob", {**PROCESSING, "Environment": []})
    with pytest.raises(SerializationException, match="found bool"):
        check("CreateProcessingJob", {**PROCESSING, "RoleArn": True})


def test_what_the_model_allows_passes() -> None:
    check("CreateProcessingJob", PROCESSING)
    check(
        "CreateModelPackage",
        {"ModelPackageGroupName": "g", "CustomerMetadataProperties": {"Größe é/=": "wert 1:2 @+-"}},
    )
    check("ListModels", {"CreationTimeAfter": 1700000000.5, "MaxResults": 10})


def test_every_pattern_of_the_service_model_can_be_checked() -> None:
    service = ApiModel.load()._service
    patterns = {
        service.shape_for(name).metadata["pattern"]
        for name in service.shape_names
        if "pattern" in service.shape_for(name).metadata
    }
    assert len(patterns) > 100
    for pattern in patterns:
        _compiled(pattern)
