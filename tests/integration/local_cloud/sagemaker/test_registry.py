import json
from collections.abc import Callable
from typing import Any

import pytest

from local_cloud.sagemaker import ControlPlane
from local_cloud.sagemaker.errors import ConflictException, ResourceNotFound, ValidationException
from local_cloud.sagemaker.store import RecordStore

Call = Callable[..., dict[str, Any]]
CONTAINER = {
    "Image": "i/scripts:1",
    "ModelDataUrl": "s3://b/model.tar.gz",
    "Environment": {"A": "1", "B": "1"},
}
SPECIFICATION = {
    "Containers": [CONTAINER],
    "SupportedContentTypes": ["text/csv"],
    "SupportedResponseMIMETypes": ["text/csv"],
}
METRICS = {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": "s3://b/e.json"}}}


@pytest.fixture
def register(call: Call) -> Call:
    call("CreateModelPackageGroup", ModelPackageGroupName="churn")

    def make(**changes: Any) -> dict[str, Any]:
        request = {"ModelPackageGroupName": "churn", "InferenceSpecification": SPECIFICATION, **changes}
        return call("CreateModelPackage", **request)

    return make


def test_versions_are_numbered_and_never_given_again(call: Call, register: Call) -> None:
    arns = [register()["ModelPackageArn"] for _ in range(2)]
    assert [arn.rsplit(":", 1)[1] for arn in arns] == ["model-package/churn/1", "model-package/churn/2"]
    call("DeleteModelPackage", ModelPackageName=arns[1])
    assert register()["ModelPackageArn"].endswith("/3")
    listed = call("ListModelPackages", ModelPackageGroupName="churn", SortOrder="Ascending")
    assert [item["ModelPackageVersion"] for item in listed["ModelPackageSummaryList"]] == [1, 3]
    with pytest.raises(ConflictException, match="still contains"):
        call("DeleteModelPackageGroup", ModelPackageGroupName="churn")


def test_what_was_registered_comes_back(call: Call, register: Call) -> None:
    given = {
        "ModelMetrics": METRICS,
        "DriftCheckBaselines": {"ModelDataQuality": {"Statistics": METRICS["ModelQuality"]["Statistics"]}},
        "CustomerMetadataProperties": {"run": "r-1"},
    }
    arn = register(**given)["ModelPackageArn"]
    described = call("DescribeModelPackage", ModelPackageName=arn)
    assert {name: described[name] for name in given} == given
    assert described["ModelPackageStatus"] == "Completed"
    assert described["ModelApprovalStatus"] == "PendingManualApproval"
    assert not [name for name in described if name.startswith("_")]


def test_approval_is_an_event_and_opens_the_way_to_a_model(call: Call, register: Call, cloud: Any) -> None:
    arn = register()["ModelPackageArn"]
    model = {
        "ModelName": "m",
        "ExecutionRoleArn": "arn:aws:iam::000000000000:role/r",
        "PrimaryContainer": {"ModelPackageName": arn, "Environment": {"B": "2"}},
    }
    with pytest.raises(ValidationException, match="only an Approved one"):
        call("CreateModel", **model)
    call(
        "UpdateModelPackage", ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="good"
    )
    call("CreateModel", **model)
    assert call("DescribeModel", ModelName="m")["PrimaryContainer"]["ModelPackageName"] == arn

    def approved() -> list[dict[str, Any]]:
        kind = "SageMaker Model Package State Change"
        return [d for name, d in cloud.events if name == kind and d["ModelApprovalStatus"] == "Approved"]

    while not approved():
        pass
    assert approved()[0]["ModelPackageGroupName"] == "churn"
    assert approved()[0]["ApprovalDescription"] == "good"


def test_a_model_from_a_package_serves_the_packages_container(
    plane: ControlPlane, call: Call, register: Call
) -> None:
    arn = register(ModelApprovalStatus="Approved")["ModelPackageArn"]
    call(
        "CreateModel",
        ModelName="m",
        ExecutionRoleArn="arn:aws:iam::000000000000:role/r",
        PrimaryContainer={"ModelPackageName": arn, "Environment": {"B": "2"}},
    )
    (container,) = plane.endpoints._models.resolved("m")["Containers"]
    assert container["ModelDataUrl"] == CONTAINER["ModelDataUrl"]
    assert container["Environment"] == {"A": "1", "B": "2"}


def test_metadata_is_merged_and_removed(call: Call, register: Call) -> None:
    arn = register(CustomerMetadataProperties={"a": "1", "b": "1"})["ModelPackageArn"]
    call(
        "UpdateModelPackage",
        ModelPackageArn=arn,
        CustomerMetadataProperties={"b": "2"},
        CustomerMetadataPropertiesToRemove=["a"],
    )
    assert call("DescribeModelPackage", ModelPackageName=arn)["CustomerMetadataProperties"] == {"b": "2"}


def test_what_does_not_exist_is_refused_in_awss_words(call: Call) -> None:
    with pytest.raises(ValidationException, match="does not exist"):
        call("DescribeModelPackageGroup", ModelPackageGroupName="absent")
    with pytest.raises(
        ValidationException, match=r'Could not find model "arn:aws:sagemaker:.*:model/absent"'
    ):
        call("DescribeModel", ModelName="absent")
    with pytest.raises(ValidationException, match=r"Requested resource not found\."):
        call("DescribeTrainingJob", TrainingJobName="absent")
    with pytest.raises(ResourceNotFound):
        call("DescribeExperiment", ExperimentName="absent")


def test_tags_are_added_replaced_and_deleted(call: Call) -> None:
    arn = call("CreateModelPackageGroup", ModelPackageGroupName="g", Tags=[{"Key": "a", "Value": "1"}])[
        "ModelPackageGroupArn"
    ]
    call("AddTags", ResourceArn=arn, Tags=[{"Key": "a", "Value": "2"}, {"Key": "b", "Value": "3"}])
    call("DeleteTags", ResourceArn=arn, TagKeys=["b"])
    assert call("ListTags", ResourceArn=arn)["Tags"] == [{"Key": "a", "Value": "2"}]


def test_trial_components_are_found_through_their_trial(call: Call) -> None:
    call("CreateExperiment", ExperimentName="e")
    call("CreateTrial", TrialName="t", ExperimentName="e")
    for name in ("c1", "c2"):
        call("CreateTrialComponent", TrialComponentName=name, Parameters={"depth": {"NumberValue": 3}})
    call("AssociateTrialComponent", TrialName="t", TrialComponentName="c2")
    listed = call("ListTrialComponents", TrialName="t")["TrialComponentSummaries"]
    assert [item["TrialComponentName"] for item in listed] == ["c2"]
    assert call("DescribeTrialComponent", TrialComponentName="c1")["Parameters"]["depth"] == {
        "NumberValue": 3
    }
    assert call("ListTrials", ExperimentName="e")["TrialSummaries"][0]["TrialName"] == "t"


def test_records_survive_a_restart(plane: ControlPlane, call: Call, register: Call) -> None:
    register()
    again = RecordStore(plane.context.config.state_dir / "records")
    assert again.get("ModelPackage", "churn/1") == plane.context.store.get("ModelPackage", "churn/1")


def test_an_operation_that_is_not_offered_is_named(plane: ControlPlane) -> None:
    from local_cloud.sagemaker.errors import UnknownOperationException

    with pytest.raises(UnknownOperationException, match=r"CreateDomain is not offered .*CreateTrainingJob"):
        plane.call("CreateDomain", json.dumps({}).encode())
    with pytest.raises(UnknownOperationException, match="no operation 'Nonsense'"):
        plane.call("Nonsense", b"{}")
