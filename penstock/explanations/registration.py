"""Explanations as a table that SQL engines see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Protocol

from penstock.catalog.partitions import GluePartitions
from penstock.explanations.records import home

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

COLUMNS = {
    "inference_id": "string",
    "row": "int",
    "method": "string",
    "time": "timestamp",
    "score": "double",
    "label": "string",
    "base_value": "double",
    "output": "double",
    "shap": "map<string,double>",
    "values": "string",
    "reasons": "array<string>",
    "counterfactual": "string",
}
"""Columns of the files in Glue's types; version and date are partition keys."""


class ExplanationTables(Protocol):
    """Where explanations are made visible to SQL."""

    def show(self, use_case: str, partitions: Iterable[str]) -> None:
        """Make folders ``version=<n>/date=<day>`` visible; those that are already stay."""
        ...


class MemoryExplanationTables:
    """An :class:`ExplanationTables` in memory, for tests."""

    def __init__(self) -> None:
        self.shown: dict[str, set[str]] = {}

    def show(self, use_case: str, partitions: Iterable[str]) -> None:
        """Remember partitions."""
        self.shown.setdefault(table_name(use_case), set()).update(partitions)


class GlueExplanationTables:
    """An :class:`ExplanationTables` in a Glue database.

    Parameters
    ----------
    database
        Name of the database.
    location
        S3 address of the lake, without a slash at the end.
    """

    def __init__(self, client: GlueClient, database: str, location: str) -> None:
        self._partitions, self._location = GluePartitions(client, database), location

    def show(self, use_case: str, partitions: Iterable[str]) -> None:
        """Create the table if it is new, and the partitions that are."""
        self._partitions.show(
            table_name(use_case),
            f"{self._location}/{home(use_case)}",
            columns=COLUMNS,
            partitions=partitions,
            description=f"Why the models of {use_case} answered as they did",
            key_types={"version": "int"},
        )


def table_name(use_case: str) -> str:
    """Name the table of a use case.

    Examples
    --------
    >>> table_name("late_invoices")
    'late_invoices__explanations'
    """
    return f"{use_case}__explanations"
