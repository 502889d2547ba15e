"""A second opinion by Amazon Comprehend; off unless somebody makes one: values leave for the service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Protocol

from penstock.catalog.classification.records import FREE_TEXT, NONE, Classification, Evidence
from penstock.catalog.classification.registry import detectors
from penstock.errors import NotPermitted, PenstockError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

MOST_BYTES = 100_000
"""Of one request: the service takes 100 KB of UTF-8."""
_WHOLE, _PART = 0.5, 0.02
_KINDS = {
    "ADDRESS": "postal_address", "AGE": "age", "AWS_ACCESS_KEY": "credential", "AWS_SECRET_KEY": "credential",
    "BANK_ACCOUNT_NUMBER": "bank_account", "CA_SOCIAL_INSURANCE_NUMBER": "ca_sin",
    "CREDIT_DEBIT_CVV": "credential",
    "CREDIT_DEBIT_NUMBER": "card_number", "DRIVER_ID": "driving_licence", "EMAIL": "email",
    "INTERNATIONAL_BANK_ACCOUNT_NUMBER": "iban", "IN_AADHAAR": "in_aadhaar",
    "IN_PERMANENT_ACCOUNT_NUMBER": "in_pan",
    "IP_ADDRESS": "ip_address", "LICENSE_PLATE": "licence_plate", "MAC_ADDRESS": "mac_address",
    "NAME": "full_name",
    "PASSPORT_NUMBER": "passport_number", "PASSWORD": "credential", "PHONE": "phone", "PIN": "credential",
    "SSN": "us_ssn", "SWIFT_CODE": "bic", "UK_NATIONAL_HEALTH_SERVICE_NUMBER": "uk_nhs_number",
    "UK_NATIONAL_INSURANCE_NUMBER": "uk_nino", "USERNAME": "username",
    "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER": "us_itin", "VEHICLE_IDENTIFICATION_NUMBER": "vin",
    "CA_HEALTH_NUMBER": "national_id", "IN_NREGA": "national_id", "IN_VOTER_NUMBER": "national_id",
    "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER": "national_id",
}  # fmt: skip
"""Our kind by the service's type; dates, addresses of pages and routing numbers tell of no person."""
_NAMES = frozenset({"full_name", "given_name", "family_name"})


class ComprehendClient(Protocol):
    """The one operation that is used; ``boto3.client("comprehend")`` has it."""

    def detect_pii_entities(self, *, Text: str, LanguageCode: str) -> Mapping[str, Any]:
        """Return the entities found in a text."""


class ComprehendOpinion:
    """Amazon Comprehend's view of a column, put together with ours.

    It confirms and it adds; it never clears a column that our own detectors found personal. One request a
    column, of at most 100 KB. The role needs ``comprehend:DetectPiiEntities``.

    Parameters
    ----------
    client
        ``boto3.client("comprehend")``.
    language
        The service finds personal data in English and Spanish texts only.
    minimum_score
        Entities of which the service is less sure do not count, 0 to 1.

    Examples
    --------
    >>> class Service:
    ...     def detect_pii_entities(self, *, Text, LanguageCode):
    ...         return {"Entities": [{"Type": "NAME", "Score": 0.99, "BeginOffset": 0, "EndOffset": 4}]}
    >>> opinion = ComprehendOpinion(Service())
    >>> opinion.review(Classification(column="c1"), ["Ravi"]).kind
    'full_name'
    """

    def __init__(
        self, client: ComprehendClient, *, language: Literal["en", "es"] = "en", minimum_score: float = 0.8
    ) -> None:
        self._client, self._language, self._minimum_score = client, language, minimum_score

    def review(self, own: Classification, values: Sequence[str]) -> Classification:
        """Return the classification of a column after a second look at a sample of its values.

        Raises
        ------
        NotPermitted
            The role may not call the service.
        PenstockError
            The service refused the request for another reason.
        """
        lines = _fitting(values)
        if not lines:
            return own
        held = self._kinds(lines)
        opinions = [
            Evidence(kind=kind, source="comprehend", share=round(count / len(lines), 3), tested=len(lines))
            for kind, count in sorted(held.items(), key=lambda item: (-item[1], item[0]))
        ]
        return _together(own, opinions)

    def _kinds(self, lines: Sequence[str]) -> Counter[str]:
        """Count the values in which the service finds each kind."""
        starts, place = [], 0
        for line in lines:
            starts.append(place)
            place += len(line) + 1
        found = self._detect("\n".join(lines))
        held = {
            (kind, sum(start <= entity["BeginOffset"] for start in starts))
            for entity in found
            if entity["Score"] >= self._minimum_score and (kind := _KINDS.get(entity["Type"]))
        }
        return Counter(kind for kind, _ in held)

    def _detect(self, text: str) -> Sequence[Mapping[str, Any]]:
        """Ask the service."""
        from botocore.exceptions import ClientError

        try:
            answer = self._client.detect_pii_entities(Text=text, LanguageCode=self._language)
        except ClientError as error:
            raise _refusal(error) from error
        return tuple(answer["Entities"])


def _fitting(values: Sequence[str]) -> list[str]:
    """Return as many values, in one line each, as one request takes."""
    lines, size = [], 0
    for value in values:
        line = " ".join(str(value).split())
        size += len(line.encode()) + 1
        if size > MOST_BYTES:
            break
        if line:
            lines.append(line)
    return lines


def _together(own: Classification, opinions: Sequence[Evidence]) -> Classification:
    """Put two opinions together."""
    evidence = (*own.evidence, *opinions[:3])
    if own.kind != NONE:
        agreed = [
            one
            for one in opinions
            if one.kind == own.kind or {one.kind, own.kind} <= _NAMES or one.kind in own.contains
        ]
        sure = 1 - (1 - own.confidence) * (1 - 0.5 * agreed[0].share) if agreed else own.confidence
        return own.model_copy(update={"evidence": evidence, "confidence": round(sure, 3)})
    telling = [one for one in opinions if one.share >= _PART]
    if not telling:
        return own
    whole = telling[0].share >= _WHOLE
    detector = detectors()[telling[0].kind]
    return Classification(
        column=own.column,
        kind=detector.kind if whole else FREE_TEXT,
        sensitivity=detector.sensitivity,
        protect=detector.protect if whole else "drop",
        confidence=round(0.5 + 0.3 * telling[0].share, 3),
        evidence=evidence,
        contains=() if whole else tuple(sorted(one.kind for one in telling)),
    )


def _refusal(error: ClientError) -> PenstockError:
    """Return our error for the service's."""
    code = error.response["Error"]["Code"]
    kind = NotPermitted if code in {"AccessDeniedException", "AccessDenied"} else PenstockError
    return kind(
        "Amazon Comprehend gave no second opinion.",
        found=f"{code}: {error.response['Error'].get('Message', '')}",
        action="Allow the role comprehend:DetectPiiEntities, use a region that has it, or go on without.",
    )
