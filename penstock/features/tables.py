"""Feature views as tables that SQL engines see: the Glue Data Catalog, by partition of event time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol

from botocore.exceptions import ClientError

from penstock.catalog.tables import GLUE_TYPES, PARQUET
from penstock.features.materialisations import ViewPlace

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

    from penstock.specs.base import ColumnType

_TOGETHER = 100
_THERE = "AlreadyExistsException"


class FeatureTables(Protocol):
    """Where the offline store of feature views is made visible to SQL."""

    def show(self, place: ViewPlace, columns: Mapping[str, ColumnType], partitions: Iterable[str]) -> None:
        """Make partitions of a view visible; those that are already stay.

        Parameters
        ----------
        columns
            Of the files, in order.
        partitions
            Folders below ``data/``, such as ``year=2025/month=03``.
        """
        ...


class MemoryFeatureTables:
    """A :class:`FeatureTables` in memory, for tests."""

    def __init__(self) -> None:
        self.shown: dict[str, set[str]] = {}

    def show(self, place: ViewPlace, columns: Mapping[str, ColumnType], partitions: Iterable[str]) -> None:
        """Remember partitions."""
        self.shown.setdefault(feature_table(place), set()).update(partitions)


class GlueFeatureTables:
    """A :class:`FeatureTables` in a Glue database.

    Parameters
    ----------
    database
        Name of the database.
    location
        S3 address of the lake, without a slash at the end.
    """

    def __init__(self, client: GlueClient, database: str, location: str) -> None:
        self._client, self._database, self._location = client, database, location

    def show(self, place: ViewPlace, columns: Mapping[str, ColumnType], partitions: Iterable[str]) -> None:
        """Create the table if it is new, and the partitions that are."""
        home, folders = f"{self._location}/{place.prefix}/data", sorted(set(partitions))
        described = [{"Name": name, "Type": GLUE_TYPES[kind]} for name, kind in columns.items()]
        if not folders:
            return
        self._create_table(place, home, described, keys=[name for name, _ in _parts(folders[0])])
        inputs = (_partition(folder, home, described) for folder in folders)
        while together := list(islice(inputs, _TOGETHER)):
            answer = self._client.batch_create_partition(
                DatabaseName=self._database, TableName=feature_table(place), PartitionInputList=together
            )
            _refuse_errors(answer.get("Errors", []))

    def _create_table(self, place: ViewPlace, home: str, columns: Any, *, keys: list[str]) -> None:
        table: Any = {
            "Name": feature_table(place),
            "Description": f"Feature view {place.view}, version {place.version}: the last write_time counts",
            "TableType": "EXTERNAL_TABLE",
            "PartitionKeys": [{"Name": name, "Type": "string"} for name in keys],
            "Parameters": {"classification": "parquet", "EXTERNAL": "TRUE"},
            "StorageDescriptor": {**PARQUET, "Columns": columns, "Location": home},
        }
        try:
            self._client.create_table(DatabaseName=self._database, TableInput=table)
        except ClientError as error:
            if error.response["Error"]["Code"] != _THERE:
                raise


def feature_table(place: ViewPlace) -> str:
    """Name the table of a version of a view.

    Examples
    --------
    >>> feature_table(ViewPlace("late_invoices", "customer_history", 2))
    'late_invoices__features__customer_history_v2'
    """
    return f"{place.use_case}__features__{place.view}_v{place.version}"


def partition_of(key: str) -> str:
    """Return the folder of event time that an object of the offline store lies in.

    Examples
    --------
    >>> partition_of("features/demo/history/v1/data/year=2025/month=03/0123456789abcdef.parquet")
    'year=2025/month=03'
    """
    return key.partition("/data/")[2].rpartition("/")[0]


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
