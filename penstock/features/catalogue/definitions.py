"""Definitions on the features table: one item a version, under optimistic locking, and what each said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from penstock.errors import Conflict, NotFound
from penstock.features.catalogue.records import KINDS, Definition, Kind
from penstock.specs.base import ColumnType
from penstock.specs.guessing import meant
from penstock.stores import Item, ItemStore
from penstock.stores.pieces import get_document, put_document


@dataclass(frozen=True)
class Stored:
    """A definition, and the revision of its item."""

    definition: Definition
    revision: int


@dataclass(frozen=True)
class Said:
    """What a definition says, and the types of its features at the time."""

    document: dict[str, Any]
    types: dict[str, ColumnType]


class Definitions:
    """All definitions of all use cases, on one table.

    Parameters
    ----------
    items
        A table of its own. The document of a version is an item beside it, named by its content, that never
        changes.
    """

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    def all(self, use_case: str, kind: Kind | None = None, name: str = "") -> list[Stored]:
        """Return what is known of a use case, or of a kind, or of a name; versions in order."""
        kinds = (kind,) if kind else KINDS
        return [
            Stored(_definition(item), int(item["revision"]))
            for one in kinds
            for item in self._items.query(_pk(use_case), prefix=f"{one}#{name}#" if name else f"{one}#")
        ]

    def use_cases(self) -> list[str]:
        """Return the use cases that have definitions."""
        return [str(item["sk"]) for item in self._items.query("features")]

    def remember(self, use_case: str) -> None:
        """Note that a use case has definitions."""
        with suppress(Conflict):
            self._items.put({"pk": "features", "sk": use_case}, expect=0)

    def find(self, use_case: str, kind: Kind, name: str, version: int) -> Stored:
        """Return a version; :class:`~penstock.errors.NotFound` if there is none."""
        item = self._items.get(_pk(use_case), _sk(kind, name, version))
        if item is None:
            raise self.unknown(use_case, f"{name}@{version}")
        return Stored(_definition(item), int(item["revision"]))

    def write(self, definition: Definition, *, expect: int) -> Stored:
        """Store a version; :class:`~penstock.errors.Conflict` if somebody else changed it."""
        item = {
            "pk": _pk(definition.use_case),
            "sk": _sk(definition.kind, definition.name, definition.version),
            **definition.model_dump(mode="json", exclude_defaults=True),
        }
        return Stored(definition, int(self._items.put(item, expect=expect)["revision"]))

    def keep(
        self, use_case: str, content: str, document: Mapping[str, Any], types: Mapping[str, Any]
    ) -> None:
        """Store what a definition says under the digest of it; the same again changes nothing."""
        pk = f"document#{use_case}"
        if self._items.get(pk, content) is None:
            put_document(self._items, pk, content, {"document": dict(document), "types": dict(types)})

    def said(self, use_case: str, content: str) -> Said:
        """Return what a definition said, by its digest."""
        found = get_document(self._items, f"document#{use_case}", content)
        if found is None:
            raise NotFound("What the definition says is not in the catalogue.", found=content, where=use_case)
        return Said(found["document"], found["types"])

    def unknown(self, use_case: str, reference: str) -> NotFound:
        """Make the error of something that is not in the catalogue."""
        names = {one.definition.name for one in self.all(use_case)}
        hint = meant(reference.partition("@")[0], names).removeprefix("; ")
        return NotFound(
            "There is no such feature definition.",
            found=f"{use_case} {reference}",
            expected=hint,
            action=f"List them: penstock feature list {use_case}.",
        )


def latest(found: list[Stored]) -> Iterator[list[Stored]]:
    """Yield the versions of each name together, the oldest first."""
    groups: dict[tuple[str, str], list[Stored]] = {}
    for one in found:
        groups.setdefault((one.definition.kind, one.definition.name), []).append(one)
    yield from groups.values()


def _definition(item: Item) -> Definition:
    return Definition.model_validate({key: item[key] for key in Definition.model_fields if key in item})


def _pk(use_case: str) -> str:
    return f"features#{use_case}"


def _sk(kind: Kind, name: str, version: int) -> str:
    return f"{kind}#{name}#{version:08d}"
