"""Finding a deployed platform, and asking its functions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from penstock import errors
from penstock.errors import NotFound, PenstockError, TransientError
from penstock.stores import ItemStore, ObjectStore


class Platform:
    """A deployed environment, seen with the permissions of a boto3 session.

    Attributes
    ----------
    buckets, tables, workflows, functions, roles
        Physical names (or ARNs) by the platform's own names.
    """

    def __init__(self, session: Any, environment: str, parameters: Mapping[str, str]) -> None:
        self.session, self.environment = session, environment
        self._parameters = dict(parameters)
        foundation = self._group("foundation")
        self.buckets = {
            name.removesuffix("_bucket"): value
            for name, value in foundation.items()
            if name.endswith("_bucket")
        }
        self.tables, self.workflows = self._group("repositories"), self._group("workflows")
        self.functions, self.roles = self._group("functions"), self._group("roles")

    @classmethod
    def discover(cls, session: Any, environment: str = "dev") -> Platform:
        """Read where an environment's parts are from its SSM parameters.

        Raises
        ------
        NotFound
            The environment is not deployed where the session looks.
        """
        prefix = f"/penstock/{environment}/"
        pages = (
            session.client("ssm")
            .get_paginator("get_parameters_by_path")
            .paginate(Path=prefix, Recursive=True)
        )
        found = {
            entry["Name"].removeprefix(prefix): entry["Value"]
            for page in pages
            for entry in page["Parameters"]
        }
        if not found:
            raise NotFound(
                "The platform is not deployed here.",
                expected=f"SSM parameters below {prefix}",
                action="Run `penstock up` for the local cloud, or `make deploy` for AWS.",
            )
        return cls(session, environment, found)

    @cached_property
    def landing(self) -> ObjectStore:
        """The bucket where files arrive."""
        return self._objects("landing")

    @cached_property
    def lake(self) -> ObjectStore:
        """The bucket of curated data, quarantine and features."""
        return self._objects("lake")

    @cached_property
    def artifacts(self) -> ObjectStore:
        """The bucket of runs, models, captures and reports."""
        return self._objects("artifacts")

    def items(self, table: str) -> ItemStore:
        """Return a table by the platform's name for it, such as ``models``."""
        from penstock.stores.aws import DynamoItems

        return DynamoItems(self.session.resource("dynamodb").Table(_named(self.tables, table, "table")))

    def call(self, function: str, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Ask a function of the platform, with a proof of who asks.

        Parameters
        ----------
        function
            The platform's name for it, such as ``request_training``.

        Raises
        ------
        PenstockError
            The error that the function raised, as the class that it has there.
        """
        from penstock.governance.identity import prove

        request = {"payload": dict(payload), "proof": prove(self.session, payload)}
        answer = self.session.client("lambda").invoke(
            FunctionName=_named(self.functions, function, "function"), Payload=json.dumps(request).encode()
        )
        document = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise _error(document or {})
        result: dict[str, Any] = document
        return result

    def _group(self, group: str) -> dict[str, str]:
        head = f"{group}/"
        return {
            name.removeprefix(head): value
            for name, value in self._parameters.items()
            if name.startswith(head)
        }

    def _objects(self, bucket: str) -> ObjectStore:
        from penstock.stores.aws import S3Objects

        return S3Objects(self.session.client("s3"), _named(self.buckets, bucket, "bucket"))


def _named(names: Mapping[str, str], name: str, kind: str) -> str:
    """Look up a part of the platform."""
    if name not in names:
        raise NotFound(
            f"The platform has no such {kind}.",
            found=name,
            expected=", ".join(sorted(names)) or "none",
            action="Deploy the module that brings it (cdk.json, `modules`).",
        )
    return names[name]


def _error(document: Any) -> PenstockError:
    """Make the error that a function reported."""
    name, message = document.get("errorType", ""), document.get("errorMessage", "")
    kind = getattr(errors, name, None)
    if isinstance(kind, type) and issubclass(kind, PenstockError):
        return kind(message)
    return TransientError(
        f"The platform failed: {name}: {message}", action="Look into it with: penstock logs."
    )
