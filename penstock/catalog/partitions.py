"""Tables of the Glue Data Catalog by partitions, each a folder ``name=value/…`` of Parquet files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from penstock.catalog.tables import PARQUET

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

_TOGETHER = 100
_THERE = "AlreadyExistsException"


@dataclass(frozen=True)
class GluePartitions:
    """A Glue database whose tables get partitions as data comes.

    Parameters
    ----------
    database
        Its name.
    """

    client: GlueClient
    database: str

    def show(
        self,
        name: str,
        home: str,
        *,
        columns: Mapping[str, str],
        partitions: Iterable[str],
        description: str,
        key_types: Mapping[str, str] | None = None,
    ) -> None:
        """Create a table if it is new, and those of its partitions that are.

        Parameters
        ----------
        home
            S3 address below which the partitions lie, without a slash at the end.
        columns
            Glue's types of the files' columns, in order.
        partitions
            Folders, such as ``year=2025/month=03``.
        key_types
            Types of partition keys that are no strings.
        """
        folders = sorted(set(partitions))
        if not folders:
            return
        described = [{"Name": column, "Type": kind} for column, kind in columns.items()]
        known = key_types or {}
        keys = [{"Name": key, "Type": known.get(key, "string")} for key, _ in _parts(folders[0])]
        table: Any = {
            "Name": name,
            "Description": description,
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": keys,
            "Parameters": {"classification": "parquet", "EXTERNAL": "TRUE"},
            "StorageDescriptor": {**PARQUET, "Columns": described, "Location": home},
        }
        self._create_table(table)
        inputs = (_partition(folder, home, described) for folder in folders)
        while together := list(islice(inputs, _TOGETHER)):
            answer = self.client.batch_create_partition(
                DatabaseName=self.database, TableName=name, PartitionInputList=together
            )
            _refuse_errors(answer.get("Errors", []))

    def _create_table(self, table: Any) -> None:
        try:
            self.client.create_table(DatabaseName=self.database, TableInput=table)
        except ClientError as error:
            if error.response["Error"]["Code"] != _THERE:
                raise


def _parts(folder: str) -> Iterator[tuple[str, str]]:
    """Yield the names and values of a folder's partition keys."""
    for part in folder.split("/"):
        name, _, value = part.partition("=")
        yield name, value


def _partition(folder: str, home: str, columns: Any) -> Any:
    """Describe one partition."""
    values = [value for _, value in _parts(folder)]
    return {
        "Values": values,
        "StorageDescriptor": {**PARQUET, "Columns": columns, "Location": f"{home}/{folder}"},
    }


def _refuse_errors(errors: Iterable[Any]) -> None:
    """Raise what kept a partition from being created, unless it was there."""
    for error in errors:
        detail = error.get("ErrorDetail", {})
        if detail.get("ErrorCode") != _THERE:
            response: Any = {
                "Error": {"Code": detail.get("ErrorCode"), "Message": detail.get("ErrorMessage")}
            }
            raise ClientError(response, "BatchCreatePartition")
