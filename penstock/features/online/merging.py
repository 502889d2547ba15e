"""Which rows of an entity are the newest, and what its item becomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from penstock.features.online.codec import Section, decode, encode, encode_one
from penstock.features.online.entities import Change, Stored
from penstock.features.online.limits import check_item, entity_key

if TYPE_CHECKING:
    from penstock.features.online.layout import Layout
    from penstock.features.online.packing import Packed


def newest(use_case: str, packed: Mapping[Layout, Packed]) -> dict[str, list[Section]]:
    """Return the newest section of each entity and view, and a newer deletion before it."""
    found: dict[str, list[Section]] = {}
    for layout, rows in packed.items():
        versions: dict[tuple[str, int], tuple[int, Section]] = {}
        for key, event, write, section in zip(
            rows.keys, rows.events, rows.writes, rows.sections, strict=True
        ):
            known = versions.get((key, event))
            if known is None or write >= known[0]:
                versions[key, event] = (write, section)
        newest: dict[str, tuple[int, Section]] = {}
        deleted: dict[str, tuple[int, Section]] = {}
        for (key, event), (_, section) in versions.items():
            kind = deleted if section.deleted else newest
            if key not in kind or event > kind[key][0]:
                kind[key] = (event, section)
        for key, (event, section) in deleted.items():
            if key not in newest or event > newest[key][0]:
                found.setdefault(entity_key(use_case, layout.entity, key), []).append(section)
        for key, (_, section) in newest.items():
            found.setdefault(entity_key(use_case, layout.entity, key), []).append(section)
    return found


def known_sections(stored: Stored | None, key: str) -> list[Section]:
    """Return what is stored of an entity."""
    return decode(stored.packed, where=key) if stored and stored.packed else []


def merged(key: str, stored: Stored | None, fresh: list[Section]) -> tuple[Change | None, int]:
    """Return the change of an entity's item, None if there is none, and how many of its rows came late."""
    revision = stored.revision if stored else 0
    if (stored is None or not stored.packed) and len(fresh) == 1:
        return _change(key, encode_one(fresh[0]), revision, fresh), 0
    before = {section.identity: section for section in known_sections(stored, key)}
    # Another layout of the same version takes the place of the one before: its features have become others.
    others = {_version(section.identity): section.identity for section in fresh}
    known = {one: section for one, section in before.items() if others.get(_version(one), one) == one}
    late, deleted = 0, set[bytes]()
    for section in fresh:
        if section.identity not in deleted and _is_late(section, known.get(section.identity)):
            late += 1
            continue
        known[section.identity] = section
        if section.deleted:
            deleted.add(section.identity)
    if known.keys() == before.keys() and all(_says_the_same(before[one], known[one]) for one in known):
        return None, late
    return _change(key, encode(known.values()), revision, list(known.values())), late


def _is_late(section: Section, known: Section | None) -> bool:
    """Tell whether something newer is known.

    What was written after a deletion counts even if it happened before: it is then the newest row left.
    """
    if known is None:
        return False
    if known.deleted and not section.deleted and section.moments[1] >= known.moments[1]:
        return False
    return section.moments < known.moments


def _version(identity: bytes) -> bytes:
    """Return which version of which view an identity is of, whatever its layout."""
    return identity[:8] + identity[14:]


def _says_the_same(before: Section, section: Section) -> bool:
    """Tell whether a section says what was known before, only later: nothing is written for that."""
    return before == section or (
        before[1:] == section[1:]
        and before.moments[0] == section.moments[0]
        and before.time_to_live_days == section.time_to_live_days
    )


def _change(key: str, packed: bytes, revision: int, sections: Sequence[Section]) -> Change:
    """Return the change to an item; it expires by itself when nothing in it counts any more."""
    check_item(key, packed, sections)
    days = [section.time_to_live_days for section in sections]
    if not all(days):
        return Change(key, packed, revision)
    last = max(
        section.moments[0] + alive * 86_400_000_000 for section, alive in zip(sections, days, strict=True)
    )
    return Change(key, packed, revision, last // 1_000_000 + 1)
