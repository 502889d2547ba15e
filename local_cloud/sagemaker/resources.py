"""What all kinds of resources share: create, find, describe, list, change and announce."""

from collections.abc import Callable, Container
from typing import Any

from local_cloud.sagemaker import listing
from local_cloud.sagemaker.context import Context
from local_cloud.sagemaker.errors import ResourceNotFound, ValidationException
from local_cloud.sagemaker.kinds import Kind

Json = dict[str, Any]
Operation = Callable[[Json], Json]


class Resources:
    """The records of one kind.

    Parameters
    ----------
    context
        Shared collaborators.
    kind
        How the API spells this kind.
    """

    def __init__(self, context: Context, kind: Kind) -> None:
        self.context = context
        self.kind = kind

    def arn(self, name: str) -> str:
        """Return the ARN of a name."""
        return self.context.config.arn(f"{self.kind.arn_part}/{name}")

    def find(self, name: str) -> Json:
        """Return a record.

        Raises
        ------
        ValidationException, ResourceNotFound
            There is none, in the words that AWS uses for this kind.
        """
        record = self.context.store.get(self.kind.name, name)
        if record is None:
            error = ResourceNotFound if self.kind.not_found else ValidationException
            raise error(self.kind.missing.format(name=name, arn=self.arn(name)))
        return record

    def describe(self, request: Json) -> Json:
        """Answer a Describe operation."""
        return self.context.api.answer(self.kind.describe, self.find(request[self.kind.name_key]))

    def list_all(self, request: Json) -> Json:
        """Answer a List operation."""
        found = listing.select(self.kind, self.context.store.all(self.kind.name), request)
        shown, rest = listing.page(found, request)
        return {self.kind.summaries: [self.summary(record) for record in shown], **rest}

    def summary(self, record: Json) -> Json:
        """Return a record as a List operation shows it."""
        return self.context.api.summary(self.kind.list_operation, self.kind.summaries, record)

    def insert(self, name: str, record: Json) -> Json | None:
        """Store a new record with its ARN and times; None when the name is taken."""
        now = self.context.clock()
        tags = record.pop("Tags", [])
        full = {
            **record,
            self.kind.name_key: name,
            self.kind.arn_key: self.arn(name),
            "CreationTime": now,
            "LastModifiedTime": now,
        }
        if not self.context.store.add(self.kind.name, name, full):
            return None
        if tags:
            self.context.store.put("Tags", self.arn(name), {tag["Key"]: tag["Value"] for tag in tags})
        return full

    def change(self, name: str, /, *, unless: Container[str] = (), **changes: Any) -> Json:
        """Set members of a record; None removes one. Announces a change of status.

        Parameters
        ----------
        unless
            Statuses in which the record stays as it is.
        """
        before: dict[str, Any] = {}

        def edit(record: Json) -> None:
            before.update(_status(self.kind, record))
            if record.get(self.kind.status_key) in unless:
                return
            record.update(changes, LastModifiedTime=self.context.clock())
            for key in [key for key, value in changes.items() if value is None]:
                record.pop(key)

        record = self.context.store.change(self.kind.name, name, edit) or {}
        if record and before != _status(self.kind, record):
            self.announce(record)
        return record

    def remove(self, name: str) -> None:
        """Delete a record and its tags."""
        self.context.store.delete(self.kind.name, name)
        self.context.store.delete("Tags", self.arn(name))

    def announce(self, record: Json) -> None:
        """Emit the state change event of a record."""
        if self.kind.event:
            detail = self.context.api.event_detail(self.kind.describe, record)
            self.context.emit(self.kind.event, detail, record[self.kind.arn_key])


def _status(kind: Kind, record: Json) -> Json:
    """Return the members whose change is a change of state."""
    return {key: record.get(key) for key in (kind.status_key, "SecondaryStatus")}
