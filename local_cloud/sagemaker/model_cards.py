"""Model cards: content in versions that never change, and a status beside them."""

import json
from typing import Any

from pydantic import ValidationError

from local_cloud.sagemaker import listing
from local_cloud.sagemaker.callers import user_context
from local_cloud.sagemaker.context import Context
from local_cloud.sagemaker.errors import ConflictException, ResourceNotFound, ValidationException
from local_cloud.sagemaker.kinds import MODEL_CARD
from local_cloud.sagemaker.packages import last_part
from local_cloud.sagemaker.resources import Json, Operation, Resources
from penstock.models.card import ModelCard

_SHOWN_TO_ALL = {
    "model_overview": ("model_id", "model_name"),
    "intended_uses": ("risk_rating",),
    "model_package_details": ("model_package_group_name", "model_package_arn"),
}
"""What ``MetadataOnly`` leaves of a content."""


class ModelCards(Resources):
    """Creates, updates, describes, lists and deletes model cards.

    A new content is a new version; a status is changed in place, and never together with the content.
    """

    def __init__(self, context: Context) -> None:
        super().__init__(context, MODEL_CARD)

    def operations(self) -> dict[str, Operation]:
        """Return the operations by their names on the wire."""
        return {
            "CreateModelCard": self.create,
            "UpdateModelCard": self.update,
            "DescribeModelCard": self.describe,
            "ListModelCards": self.list_all,
            "ListModelCardVersions": self.list_versions,
            "DeleteModelCard": self.delete,
        }

    def create(self, request: Json) -> Json:
        """Record a card, its first version."""
        _check(request["Content"])
        name, status = request["ModelCardName"], request["ModelCardStatus"]
        first = _version(1, request["Content"], status, self.context.clock())
        given = {key: value for key, value in request.items() if key != "Content"}
        record = self.insert(name, {**given, "CreatedBy": user_context(), "_versions": [first]})
        if record is None:
            raise ConflictException(f"Model card {name} already exists.")
        return {"ModelCardArn": record["ModelCardArn"]}

    def update(self, request: Json) -> Json:
        """Add a version with another content, or change the status of the newest."""
        name = last_part(request["ModelCardName"])
        content, status = request.get("Content"), request.get("ModelCardStatus")
        if (content is None) == (status is None):
            raise ValidationException("Update either the content or the status of a model card, not both.")
        if content is not None:
            _check(content)
        self.find(name)
        refused: list[str] = []

        def edit(record: Json) -> None:
            now = self.context.clock()
            if content is None:
                record["ModelCardStatus"] = record["_versions"][-1]["ModelCardStatus"] = status
                record["_versions"][-1]["LastModifiedTime"] = now
            elif record["ModelCardStatus"] == "Archived":
                refused.append("Model Card is in Archived state")
                return
            else:
                number = len(record["_versions"]) + 1
                record["_versions"].append(_version(number, content, record["ModelCardStatus"], now))
            record.update(LastModifiedTime=now, LastModifiedBy=user_context())

        record = self.context.store.change(self.kind.name, name, edit)
        if record is None or refused:
            raise ConflictException(refused[0]) if refused else self._missing(name)
        return {"ModelCardArn": record["ModelCardArn"]}

    def describe(self, request: Json) -> Json:
        """Describe the newest version of a card, or the one that is asked for."""
        record = self.find(name := last_part(request["ModelCardName"]))
        number = request.get("ModelCardVersion", len(record["_versions"]))
        if not 1 <= number <= len(record["_versions"]):
            raise ResourceNotFound(f"Version {number} of model card {name} does not exist.")
        found = record["_versions"][number - 1]
        content = found["Content"]
        if request.get("IncludedData") == "MetadataOnly":
            content = _metadata(content)
        shown = {**record, **found, "Content": content, "CreationTime": record["CreationTime"]}
        return self.context.api.answer(self.kind.describe, shown)

    def list_all(self, request: Json) -> Json:
        """List cards by name, time and status."""
        wanted = request.get("ModelCardStatus")
        records = [
            one for one in self.context.store.all(self.kind.name) if wanted in {None, one["ModelCardStatus"]}
        ]
        found = listing.select(self.kind, records, request)
        return self._page(found, request, self.kind.list_operation, self.kind.summaries)

    def list_versions(self, request: Json) -> Json:
        """List the versions of one card, the newest first unless asked otherwise."""
        record = self.find(last_part(request["ModelCardName"]))
        named = {key: record[key] for key in ("ModelCardName", "ModelCardArn")}
        wanted = request.get("ModelCardStatus")
        versions = [
            {**one, **named} for one in record["_versions"] if wanted in {None, one["ModelCardStatus"]}
        ]
        times = {key: value for key, value in request.items() if key.startswith("CreationTime")}
        found = listing.select(self.kind, versions, {**times, "SortOrder": "Ascending"})
        found.sort(key=lambda one: one["ModelCardVersion"])
        if request.get("SortOrder", "Descending") == "Descending":
            found.reverse()
        return self._page(found, request, "ListModelCardVersions", "ModelCardVersionSummaryList")

    def delete(self, request: Json) -> Json:
        """Delete a card with all its versions."""
        self.find(request["ModelCardName"])
        self.remove(request["ModelCardName"])
        return {}

    def _page(self, records: list[Json], request: Json, operation: str, member: str) -> Json:
        """Return one page of summaries."""
        shown, rest = listing.page(records, request)
        return {member: [self.context.api.summary(operation, member, one) for one in shown], **rest}

    def _missing(self, name: str) -> ResourceNotFound:
        """Say that a card is gone."""
        return ResourceNotFound(self.kind.missing.format(name=name))


def _version(number: int, content: str, status: str, now: float) -> Json:
    """Return one version of a card."""
    return {
        "ModelCardVersion": number,
        "Content": content,
        "ModelCardStatus": status,
        "CreationTime": now,
        "LastModifiedTime": now,
    }


def _check(content: str) -> None:
    """Refuse what is no card by the schema."""
    try:
        ModelCard.model_validate_json(content)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "content"
        raise ValidationException(
            f"Model card content does not match the JSON schema: {place}: {first['msg']}"
        ) from error


def _metadata(content: str) -> str:
    """Return the few members of a content that are no secret."""
    found: dict[str, Any] = json.loads(content)
    kept = {
        part: {name: found[part][name] for name in names if name in found.get(part, {})}
        for part, names in _SHOWN_TO_ALL.items()
    }
    return json.dumps({part: members for part, members in kept.items() if members})
