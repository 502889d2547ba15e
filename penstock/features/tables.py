"""Feature views as tables that SQL engines see: the Glue Data Catalog, by partition of event time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Protocol

from penstock.catalog.partitions import GluePartitions
from penstock.catalog.tables import GLUE_TYPES
from penstock.features.materialisations import ViewPlace

if TYPE_CHECKING:
    from mypy_boto3_glue.client import GlueClient

    from penstock.specs.base import ColumnType


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
        self._partitions, self._location = GluePartitions(client, database), location

    def show(self, place: ViewPlace, columns: Mapping[str, ColumnType], partitions: Iterable[str]) -> None:
        """Create the table if it is new, and the partitions that are."""
        self._partitions.show(
            feature_table(place),
            f"{self._location}/{place.prefix}/data",
            columns={name: GLUE_TYPES[kind] for name, kind in columns.items()},
            partitions=partitions,
            description=f"Feature view {place.view}, version {place.version}: the last write_time counts",
        )


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
