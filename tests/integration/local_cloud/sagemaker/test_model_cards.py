"""Model cards: versions that never change, statuses beside them, and who made them."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from local_cloud.sagemaker import ControlPlane
from local_cloud.sagemaker.errors import ConflictException, ResourceNotFound, ValidationException

Call = Callable[..., dict[str, Any]]
ANN = "arn:aws:sts::000000000000:assumed-role/Approver/ann"


def content(text: str = "first") -> str:
    overview = {"model_name": "churn", "model_description": text, "model_id": "m-1"}
    return json.dumps({"model_overview": overview, "intended_uses": {"risk_rating": "Low"}})


@pytest.fixture
def card(call: Call) -> str:
    call("CreateModelCard", ModelCardName="churn", Content=content(), ModelCardStatus="Draft")
    return "churn"


def test_another_content_is_another_version_and_the_old_one_stays(call: Call, card: str) -> None:
    arn = call("UpdateModelCard", ModelCardName=card, Content=content("second"))["ModelCardArn"]
    newest, first = (
        call("DescribeModelCard", ModelCardName=arn),
        call("DescribeModelCard", ModelCardName=card, ModelCardVersion=1),
    )
    assert (newest["ModelCardVersion"], json.loads(newest["Content"])) == (2, json.loads(content("second")))
    assert (first["ModelCardVersion"], json.loads(first["Content"])) == (1, json.loads(content()))
    with pytest.raises(ResourceNotFound, match="Version 3"):
        call("DescribeModelCard", ModelCardName=card, ModelCardVersion=3)


def test_a_status_changes_in_place_and_is_that_of_the_version(call: Call, card: str) -> None:
    call("UpdateModelCard", ModelCardName=card, ModelCardStatus="PendingReview")
    call("UpdateModelCard", ModelCardName=card, Content=content("second"))
    call("UpdateModelCard", ModelCardName=card, ModelCardStatus="Approved")
    listed = call("ListModelCardVersions", ModelCardName=card)["ModelCardVersionSummaryList"]
    assert [(one["ModelCardVersion"], one["ModelCardStatus"]) for one in listed] == [
        (2, "Approved"),
        (1, "PendingReview"),
    ]
    found = call("ListModelCardVersions", ModelCardName=card, ModelCardStatus="PendingReview")
    assert len(found["ModelCardVersionSummaryList"]) == 1


def test_content_and_status_are_not_changed_at_once_nor_is_an_archived_content(call: Call, card: str) -> None:
    with pytest.raises(ValidationException, match="not both"):
        call("UpdateModelCard", ModelCardName=card, Content=content("x"), ModelCardStatus="Approved")
    with pytest.raises(ValidationException, match="not both"):
        call("UpdateModelCard", ModelCardName=card)
    call("UpdateModelCard", ModelCardName=card, ModelCardStatus="Archived")
    with pytest.raises(ConflictException, match="Model Card is in Archived state"):
        call("UpdateModelCard", ModelCardName=card, Content=content("late"))
    assert call("DescribeModelCard", ModelCardName=card)["ModelCardVersion"] == 1


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("no json", "does not match the JSON schema"),
        (json.dumps({"model_overview": {"modell_name": "x"}}), "model_overview.modell_name"),
        (json.dumps({"intended_uses": {"risk_rating": "Enormous"}}), "intended_uses.risk_rating"),
        (json.dumps({"model_overview": {"model_name": "x" * 1_025}}), "model_overview.model_name"),
    ],
)
def test_what_is_no_card_is_refused(call: Call, card: str, given: str, told: str) -> None:
    with pytest.raises(ValidationException, match=told):
        call("CreateModelCard", ModelCardName="other", Content=given, ModelCardStatus="Draft")
    with pytest.raises(ValidationException, match=told):
        call("UpdateModelCard", ModelCardName=card, Content=given)
    assert [one["ModelCardName"] for one in call("ListModelCards")["ModelCardSummaries"]] == [card]


def test_requests_are_checked_against_the_service_model(call: Call, card: str) -> None:
    with pytest.raises(ValidationException, match="modelCardStatus"):
        call("CreateModelCard", ModelCardName="b", Content="{}", ModelCardStatus="Fine")
    with pytest.raises(ValidationException, match="Unknown parameter"):
        call("UpdateModelCard", ModelCardName=card, Contents="{}")
    with pytest.raises(ConflictException, match="already exists"):
        call("CreateModelCard", ModelCardName=card, Content="{}", ModelCardStatus="Draft")
    for operation in ("DescribeModelCard", "ListModelCardVersions", "DeleteModelCard"):
        with pytest.raises(ResourceNotFound, match="absent"):
            call(operation, ModelCardName="absent")


def test_cards_are_found_by_name_and_status_a_page_at_a_time(call: Call, card: str) -> None:
    for name in ("b1", "b2", "b3"):
        call("CreateModelCard", ModelCardName=name, Content="{}", ModelCardStatus="Approved")
    first = call("ListModelCards", NameContains="b", MaxResults=2, SortBy="Name", SortOrder="Ascending")
    rest = call(
        "ListModelCards", NameContains="b", MaxResults=2, SortBy="Name", SortOrder="Ascending",
        NextToken=first["NextToken"],
    )  # fmt: skip
    names = [one["ModelCardName"] for page in (first, rest) for one in page["ModelCardSummaries"]]
    assert names == ["b1", "b2", "b3"]
    assert "NextToken" not in rest
    assert len(call("ListModelCards", ModelCardStatus="Draft")["ModelCardSummaries"]) == 1


def test_who_made_and_changed_a_card_or_package_is_told(plane: ControlPlane, call: Call, card: str) -> None:
    request = {"ModelCardName": card, "ModelCardStatus": "Approved"}
    plane.call("UpdateModelCard", json.dumps(request).encode(), ANN)
    found = call("DescribeModelCard", ModelCardName=card)
    assert found["CreatedBy"] == {}
    assert found["LastModifiedBy"]["IamIdentity"] == {"Arn": ANN, "PrincipalId": "ann"}
    call("CreateModelPackageGroup", ModelPackageGroupName="g")
    arn = plane.call("CreateModelPackage", b'{"ModelPackageGroupName": "g"}', ANN)["ModelPackageArn"]
    made = call("DescribeModelPackage", ModelPackageName=arn)
    assert made["CreatedBy"]["IamIdentity"]["Arn"] == ANN
    assert "LastModifiedBy" not in made


def test_metadata_only_shows_nothing_secret(call: Call, card: str) -> None:
    found = call("DescribeModelCard", ModelCardName=card, IncludedData="MetadataOnly")
    assert json.loads(found["Content"]) == {
        "model_overview": {"model_id": "m-1", "model_name": "churn"},
        "intended_uses": {"risk_rating": "Low"},
    }


def test_a_deleted_card_is_gone_with_its_versions(call: Call, card: str) -> None:
    call("UpdateModelCard", ModelCardName=card, Content=content("second"))
    call("DeleteModelCard", ModelCardName=card)
    call("CreateModelCard", ModelCardName=card, Content="{}", ModelCardStatus="Draft")
    assert call("DescribeModelCard", ModelCardName=card)["ModelCardVersion"] == 1
