"""Errors as Step Functions reports them, and what they mean for us."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from penstock import errors
from penstock.catalog.records import Failure
from penstock.errors import FileRefused, PenstockError


def read_failure(failure: Mapping[str, Any]) -> Failure:
    """Make one failure of the several shapes in which Step Functions reports an error.

    Examples
    --------
    >>> read_failure({"Error": "EmptyFile", "Cause": '{"errorMessage": "The file has no rows."}'}).message
    'The file has no rows.'
    >>> read_failure({"Error": "States.TaskFailed", "Cause": '{"ExitMessage": "EmptyFile: no rows"}'}).name
    'EmptyFile'
    """
    name, cause = str(failure.get("Error", "Unknown")), str(failure.get("Cause", ""))
    try:
        document = json.loads(cause)
    except ValueError:
        document = {}
    if not isinstance(document, dict):
        document = {}
    told = str(document.get("ExitMessage") or document.get("FailureReason") or "")
    head, _, rest = told.removeprefix("AlgorithmError: ").partition(": ")
    if rest and _kind(head) is not None:
        return Failure(name=head, message=rest)
    return Failure(name=name, message=str(document.get("errorMessage") or told or cause)[:2_000])


def is_refusal(name: str) -> bool:
    """Say whether an error's name is that of a refused file."""
    kind = _kind(name)
    return kind is not None and issubclass(kind, FileRefused)


def _kind(name: str) -> type[PenstockError] | None:
    """Return our error of a name, or None if it is none of ours."""
    kind = getattr(errors, name, None)
    return kind if isinstance(kind, type) and issubclass(kind, PenstockError) else None
