"""The newest rows of views, written to the online store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from penstock.features.online import OnlineStore
    from penstock.features.refreshing import Latest


@dataclass(frozen=True)
class LatestRows:
    """Writes files of newest rows to the online store.

    A row with ``is_deleted`` says that the entity has no features of the view any more.
    """

    store: OnlineStore

    def write(self, use_case: str, views: Sequence[Latest], write_time: datetime) -> int:
        """Write the newest rows of views of one entity; return how many entities changed."""
        from penstock.features.online import Layout

        parquet: Any = import_module("pyarrow.parquet")
        tables = {Layout.of(one.view, one.types): parquet.read_table(one.path) for one in views}
        return self.store.write(use_case, tables, write_time=write_time).changed

    def erase(self, use_case: str, entity: str, key: str) -> bool:
        """Remove all features of one entity; tell whether there were any."""
        return self.store.erase(use_case, entity, key)
