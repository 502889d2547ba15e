"""Amazon Comprehend as a second opinion: botocore's service model validates requests and answers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.stub import Stubber

from penstock.catalog.classification import Classification, ComprehendOpinion, classify_column
from penstock.catalog.classification.comprehend import MOST_BYTES
from penstock.errors import NotPermitted, PenstockError

NAMES = ["Kwabena Osei-Tutu", "Zuzu Petals", "Ngaire Tautahi"]


@pytest.fixture
def service() -> Iterator[tuple[Any, Stubber]]:
    client = boto3.client("comprehend", "eu-west-1", aws_access_key_id="x", aws_secret_access_key="x")
    with Stubber(client) as stubber:
        yield client, stubber


def entity(kind: str, begin: int, end: int, score: float = 0.99) -> dict[str, Any]:
    return {"Type": kind, "Score": score, "BeginOffset": begin, "EndOffset": end}


def answer(stubber: Stubber, text: str, *entities: dict[str, Any]) -> None:
    stubber.add_response(
        "detect_pii_entities", {"Entities": list(entities)}, {"Text": text, "LanguageCode": "en"}
    )


def test_what_the_service_finds_in_most_values_is_added(service: tuple[Any, Stubber]) -> None:
    client, stubber = service
    answer(stubber, "\n".join(NAMES), entity("NAME", 0, 17), entity("NAME", 18, 29), entity("NAME", 30, 44))
    found = ComprehendOpinion(client).review(Classification(column="c1"), NAMES)
    assert (found.kind, found.sensitivity, found.evidence[0].source) == (
        "full_name",
        "personal",
        "comprehend",
    )
    assert found.evidence[0].share == 1.0


def test_what_it_finds_in_few_values_makes_free_text(service: tuple[Any, Stubber]) -> None:
    client, stubber = service
    texts = ["nothing here", "ask Zuzu", "nor here", "nothing"]
    answer(stubber, "\n".join(texts), entity("NAME", 17, 21), entity("DATE_TIME", 0, 7))
    found = ComprehendOpinion(client).review(Classification(column="c1"), texts)
    assert (found.kind, found.contains) == ("free_text", ("full_name",))


def test_agreement_makes_surer_and_silence_clears_nothing(service: tuple[Any, Stubber]) -> None:
    client, stubber = service
    own = classify_column("x", [f"p{i}@example.org" for i in range(9)])
    answer(stubber, "p1@example.org", entity("EMAIL", 0, 14))
    answer(stubber, "p1@example.org")
    opinion = ComprehendOpinion(client)
    assert opinion.review(own, ["p1@example.org"]).confidence > own.confidence
    assert opinion.review(own, ["p1@example.org"]) == own


def test_entities_of_which_it_is_unsure_do_not_count(service: tuple[Any, Stubber]) -> None:
    client, stubber = service
    answer(stubber, "Rose", entity("NAME", 0, 4, score=0.5))
    own = Classification(column="c1")
    assert ComprehendOpinion(client).review(own, ["Rose"]) == own


def test_a_request_keeps_within_the_limit_of_the_service(service: tuple[Any, Stubber]) -> None:
    client, stubber = service
    sent = ["ü" * 20_000] * 2
    answer(stubber, "\n".join(sent))
    ComprehendOpinion(client).review(Classification(column="c1"), ["ü" * 20_000] * 9)
    assert len("\n".join(sent).encode()) <= MOST_BYTES
    stubber.assert_no_pending_responses()


def test_no_value_means_no_request(service: tuple[Any, Stubber]) -> None:
    client, _ = service
    own = Classification(column="c1")
    assert ComprehendOpinion(client).review(own, ["", " "]) == own


@pytest.mark.parametrize(
    ("code", "error"),
    [("AccessDeniedException", NotPermitted), ("UnsupportedLanguageException", PenstockError)],
)
def test_a_refusal_says_what_to_allow(
    service: tuple[Any, Stubber], code: str, error: type[Exception]
) -> None:
    client, stubber = service
    stubber.add_client_error("detect_pii_entities", code, "no")
    with pytest.raises(error, match="comprehend:DetectPiiEntities"):
        ComprehendOpinion(client).review(Classification(column="c1"), ["x"])


def test_every_type_of_the_service_is_either_mapped_or_left_out_on_purpose(
    service: tuple[Any, Stubber],
) -> None:
    from penstock.catalog.classification import detectors
    from penstock.catalog.classification.comprehend import _KINDS

    client, _ = service
    types = set(client.meta.service_model.shape_for("PiiEntityType").enum)
    assert types - set(_KINDS) == {"ALL", "BANK_ROUTING", "CREDIT_DEBIT_EXPIRY", "DATE_TIME", "URL"}
    assert set(_KINDS) <= types
    assert set(_KINDS.values()) <= set(detectors())
