"""Tables that SQL engines see: the Glue Data Catalog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

_TYPES = {
    "string": "string",
    "integer": "bigint",
    "decimal": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}
_FORMAT = {
    "InputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
    "OutputFormat": "org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
    "SerdeInfo": {"SerializationLibrary": "org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"},
}


class TableRegistry(Protocol):
    """Where curated datasets are made visible to SQL."""

    def add_partition(
        self, use_case: str, dataset: str, *, columns: Iterable[Mapping[str, str]], arrival_id: str
    ) -> None:
        """Make an arrival's rows visible; the same again changes nothing."""
        ...


class MemoryTables:
    """A :class:`TableRegistry` in memory, for tests."""

    def __init__(self) -> None:
        self.partitions: dict[str, list[str]] = {}

    def add_partition(
        self, use_case: str, dataset: str, *, columns: Iterable[Mapping[str, str]], arrival_id: str
    ) -> None:
        """Remember an arrival."""
        known = self.partitions.setdefault(table_name(use_case, dataset), [])
        if arrival_id not in known:
            known.append(arrival_id)


class GlueTables:
    """A :class:`TableRegistry` in a Glue database.

    Parameters
    ----------
    database
        Name of the database.
    location
        S3 address of the lake, without a slash at the end.
    """

    def __init__(self, client: GlueClient, database: str, location: str) -> None:
        self._client, self._database, self._location = client, database, location

    def add_partition(
        self, use_case: str, dataset: str, *, columns: Iterable[Mapping[str, str]], arrival_id: str
    ) -> None:
        """Create the table if it is new, and the arrival's partition."""
        name, place = table_name(use_case, dataset), f"{self._location}/curated/{use_case}/{dataset}"
        described = [{"Name": column["name"], "Type": _TYPES[column["type"]]} for column in columns]
        self._create(
            self._client.create_table,
            TableInput={
                "Name": name,
                "TableType": "EXTERNAL_TABLE",
                "PartitionKeys": [{"Name": "arrival", "Type": "string"}],
                "Parameters": {"classification": "parquet", "EXTERNAL": "TRUE"},
                "StorageDescriptor": {**_FORMAT, "Columns": described, "Location": place},
            },
        )
        part = {**_FORMAT, "Columns": described, "Location": f"{place}/arrival={arrival_id}"}
        self._create(
            self._client.create_partition,
            TableName=name,
            PartitionInput={"Values": [arrival_id], "StorageDescriptor": part},
        )

    def _create(self, call: Any, **request: Any) -> None:
        """Create something in the database that may be there already."""
        try:
            call(DatabaseName=self._database, **request)
        except ClientError as error:
            if error.response["Error"]["Code"] != "AlreadyExistsException":
                raise


def table_name(use_case: str, dataset: str) -> str:
    """Name the table of a dataset.

    Examples
    --------
    >>> table_name("late_invoices", "invoices")
    'late_invoices__invoices'
    """
    return f"{use_case}__{dataset}"
