"""Entities that were erased, known by a keyed hash alone, and rows without them.

Erased entities stay out of what is computed from then on, though the curated data may hold rows of theirs
until retention removes them.
"""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from penstock.stores import ItemStore
from penstock.tables import literal, quoted

if TYPE_CHECKING:
    from penstock.specs import FeatureView


class ErasedEntity(BaseModel):
    """That an entity was erased.

    Attributes
    ----------
    key_hash
        Keyed hash of its key, which itself is kept nowhere.
    erasure
        The id of the erasure.
    """

    model_config = ConfigDict(frozen=True)

    entity: str
    key_hash: str
    erasure: str
    at: str
    by: str


class ErasedEntities:
    """All entities that were ever erased.

    Parameters
    ----------
    items
        The table ``features``.
    """

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    def add(self, use_case: str, erased: ErasedEntity) -> None:
        """Note that an entity is erased; again keeps the last."""
        sk = f"{erased.entity}#{erased.key_hash}"
        self._items.put({"pk": f"erased#{use_case}", "sk": sk, **erased.model_dump()})

    def of(self, use_case: str) -> dict[str, tuple[str, ...]]:
        """Return the hashes of a use case's erased keys, by entity."""
        found: dict[str, list[str]] = {}
        for item in self._items.query(f"erased#{use_case}"):
            found.setdefault(str(item["entity"]), []).append(str(item["key_hash"]))
        return {entity: tuple(hashes) for entity, hashes in found.items()}


def key_hash(key: str, secret: bytes, *, entity: str) -> str:
    """Return the keyed hash of an entity's key, 64 hexadecimal digits.

    Examples
    --------
    >>> key_hash("C1", b"a secret", entity="customer")[:8]
    '86de0758'
    """
    return hmac.new(secret, f"{entity}\0{key}".encode(), hashlib.sha256).hexdigest()


def erased_keys(
    view: FeatureView, files: Sequence[Path], erased: Collection[str], secret: bytes
) -> list[str]:
    """Return the keys of erased entities that curated files hold still.

    Parameters
    ----------
    erased
        Keyed hashes.
    """
    if not erased or not files:
        return []
    wanted, entity = frozenset(erased), view.entity.name
    return [key for key in _keys(view, files) if key_hash(key, secret, entity=entity) in wanted]


def without(view: FeatureView, keys: Sequence[str]) -> FeatureView:
    """Return a view that leaves the rows of some entities out; itself when there are none."""
    if not keys:
        return view
    listed = ", ".join(literal(key if view.entity.type == "string" else int(key)) for key in keys)
    left_out = f"{quoted(view.entity.key)} NOT IN ({listed})"
    where = f"({view.where}) AND {left_out}" if view.where else left_out
    return view.model_copy(update={"where": where})


def _keys(view: FeatureView, files: Sequence[Path]) -> Iterator[str]:
    """Yield the keys of the entities in files, as text."""
    import duckdb

    key, listed = quoted(view.entity.key), ", ".join(literal(str(file)) for file in files)
    rows = f"read_parquet([{listed}], union_by_name=true, hive_partitioning=false)"
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT DISTINCT {key}::VARCHAR FROM {rows} WHERE {key} IS NOT NULL")
        while chunk := found.fetchmany(10_000):
            yield from (row[0] for row in chunk)
