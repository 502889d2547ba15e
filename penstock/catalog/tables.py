"""Tables that SQL engines see: the Glue Data Catalog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

GLUE_TYPES = {
    "string": "string",
    "integer": "bigint",
    "decimal": "double",
    "boolean": "boolean",
    "date": "date",
    "timestamp": "timestamp",
}
PARQUET = {
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

    def drop_partition(self, use_case: str, dataset: str, *, arrival_id: str) -> None:
        """Hide an arrival's rows, whose objects are left alone; nothing happens when they are not visible."""
        ...

    def show_current(
        self, use_case: str, dataset: str, *, columns: Iterable[Mapping[str, str]], snapshot_id: str
    ) -> None:
        """Let the table of the last state of change data show that of a snapshot."""
        ...


class MemoryTables:
    """A :class:`TableRegistry` in memory, for tests."""

    def __init__(self) -> None:
        self.partitions: dict[str, list[str]] = {}
        self.current: dict[str, str] = {}

    def show_current(
        self, use_case: str, dataset: str, *, columns: Iterable[Mapping[str, str]], snapshot_id: str
    ) -> None:
        """Remember a snapshot."""
        self.current[current_name(use_case, dataset)] = snapshot_id

    def add_partition(
        self, use_case: str, dataset: str, *, columns: Iterable[Mapping[str, str]], arrival_id: str
    ) -> None:
        """Remember an arrival."""
        known = self.partitions.setdefault(table_name(use_case, dataset), [])
        if arrival_id not in known:
            known.append(arrival_id)

    def drop_partition(self, use_case: str, dataset: str, *, arrival_id: str) -> None:
        """Forget an arrival."""
        known = self.partitions.get(table_name(use_case, dataset), [])
        if arrival_id in known:
            known.remove(arrival_id)


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
        """Create the table if it is new, add columns that are, and the arrival's partition."""
        name, place = table_name(use_case, dataset), f"{self._location}/curated/{use_case}/{dataset}"
        described = [{"Name": column["name"], "Type": GLUE_TYPES[column["type"]]} for column in columns]
        table = _table(name, place, described, keys=[{"Name": "arrival", "Type": "string"}])
        if not self._create(self._client.create_table, TableInput=table):
            self._add_columns(name, place, described)
        part = {**PARQUET, "Columns": described, "Location": f"{place}/arrival={arrival_id}"}
        self._create(
            self._client.create_partition,
            TableName=name,
            PartitionInput={"Values": [arrival_id], "StorageDescriptor": part},
        )

    def drop_partition(self, use_case: str, dataset: str, *, arrival_id: str) -> None:
        """Delete the arrival's partition."""
        try:
            self._client.delete_partition(
                DatabaseName=self._database,
                TableName=table_name(use_case, dataset),
                PartitionValues=[arrival_id],
            )
        except ClientError as error:
            if error.response["Error"]["Code"] != "EntityNotFoundException":
                raise

    def show_current(
        self, use_case: str, dataset: str, *, columns: Iterable[Mapping[str, str]], snapshot_id: str
    ) -> None:
        """Create the table ``…__current``, or point it to another snapshot."""
        place = f"{self._location}/current/{use_case}/{dataset}/snapshot={snapshot_id}"
        described = [{"Name": column["name"], "Type": GLUE_TYPES[column["type"]]} for column in columns]
        table = _table(current_name(use_case, dataset), place, described, keys=[])
        if not self._create(self._client.create_table, TableInput=table):
            self._client.update_table(DatabaseName=self._database, TableInput=table)

    def _add_columns(self, name: str, place: str, described: list[dict[str, str]]) -> None:
        """Append columns that a table has not, so that SQL sees what files have had since."""
        found = self._client.get_table(DatabaseName=self._database, Name=name)["Table"]
        known = [
            {"Name": column["Name"], "Type": column.get("Type", "string")}
            for column in found.get("StorageDescriptor", {}).get("Columns", [])
        ]
        names = {column["Name"].lower() for column in known}
        if more := [column for column in described if column["Name"].lower() not in names]:
            table = _table(name, place, known + more, keys=[{"Name": "arrival", "Type": "string"}])
            self._client.update_table(DatabaseName=self._database, TableInput=table)

    def _create(self, call: Any, **request: Any) -> bool:
        """Create something in the database that may be there already; return whether it was not."""
        try:
            call(DatabaseName=self._database, **request)
        except ClientError as error:
            if error.response["Error"]["Code"] != "AlreadyExistsException":
                raise
            return False
        return True


def _table(name: str, place: str, columns: list[dict[str, str]], *, keys: list[dict[str, str]]) -> Any:
    """Describe a table of Parquet files."""
    return {
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "PartitionKeys": keys,
        "Parameters": {"classification": "parquet", "EXTERNAL": "TRUE"},
        "StorageDescriptor": {**PARQUET, "Columns": columns, "Location": place},
    }


def current_name(use_case: str, dataset: str) -> str:
    """Name the table of the last state of change data.

    Examples
    --------
    >>> current_name("sales", "customers")
    'sales__customers__current'
    """
    return f"{table_name(use_case, dataset)}__current"


def table_name(use_case: str, dataset: str) -> str:
    """Name the table of a dataset.

    Examples
    --------
    >>> table_name("late_invoices", "invoices")
    'late_invoices__invoices'
    """
    return f"{use_case}__{dataset}"
