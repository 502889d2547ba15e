"""Whether the online store says what the offline store does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from penstock.features.online.packing import Packed, pack, rows_table

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.features.online.codec import Section
    from penstock.features.online.layout import Layout
    from penstock.features.online.store import OnlineStore

_TOGETHER = 2_000
_EXAMPLES = 10
SAME, MISSING, STALE, NEWER, DIFFERENT = "same", "missing", "stale", "newer", "different"


@dataclass(frozen=True)
class Reconciliation:
    """How the online features of a view compare with its newest offline rows.

    Parameters
    ----------
    view
        Its name.
    counts
        Entities whose features are the ``same``, ``missing`` online, ``stale`` (older online), ``newer``
        online, or ``different`` at the same moment.
    examples
        Some entities of each kind but the first, with what was found.
    """

    view: str
    counts: dict[str, int]
    examples: dict[str, list[str]]

    @property
    def agrees(self) -> bool:
        """Whether every entity has the same features in both stores."""
        return not sum(count for kind, count in self.counts.items() if kind != SAME)


def reconcile(
    store: OnlineStore, use_case: str, layout: Layout, newest: pa.Table | Iterable[Mapping[str, Any]]
) -> Reconciliation:
    """Compare the online features of a view with offline rows, by consistent reads.

    Parameters
    ----------
    newest
        The newest offline row of each entity; of several rows of one the newest counts.

    Examples
    --------
    >>> from penstock.features import Layout, MemoryEntities, OnlineStore
    >>> view = Layout(view="history", version=1, entity="customer", key="customer",
    ...               features=(("n", "integer"),))
    >>> rows = [{"customer": key, "event_timestamp": "2025-01-03", "n": 1} for key in "ab"]
    >>> store = OnlineStore(MemoryEntities())
    >>> _ = store.write("uc", {view: rows[:1]}, write_time=datetime(2025, 1, 4))
    >>> reconcile(store, "uc", view, rows).counts
    {'same': 1, 'missing': 1, 'stale': 0, 'newer': 0, 'different': 0}
    """
    table: Any = newest if hasattr(newest, "column_names") else rows_table(layout, list(newest))
    offline = _newest(pack(layout, table))
    counts = dict.fromkeys((SAME, MISSING, STALE, NEWER, DIFFERENT), 0)
    examples: dict[str, list[str]] = {}
    keys = list(offline)
    for at in range(0, len(keys), _TOGETHER):
        asked = keys[at : at + _TOGETHER]
        for key, online in zip(asked, store.sections(use_case, layout, asked), strict=True):
            kind = _compared(offline[key], online)
            counts[kind] += 1
            if kind != SAME and len(examples.setdefault(kind, [])) < _EXAMPLES:
                examples[kind].append(f"{key}: {_told(offline[key], online)}")
    return Reconciliation(layout.view, counts, examples)


def _newest(rows: Packed) -> dict[str, Section]:
    """Return the newest section of each entity."""
    order = sorted(range(len(rows.keys)), key=lambda n: (rows.events[n], rows.writes[n]))
    return {rows.keys[n]: rows.sections[n] for n in order}


def _compared(offline: Section, online: Section | None) -> str:
    """Return how an entity's features compare."""
    if online is None:
        return SAME if offline.deleted else MISSING
    there, here = online.moments[0], offline.moments[0]
    if there != here:
        return STALE if there < here else NEWER
    return SAME if online[1:] == offline[1:] else DIFFERENT


def _told(offline: Section, online: Section | None) -> str:
    """Return the moments of both."""
    there = "nothing" if online is None else _iso(online.moments[0])
    return f"offline {_iso(offline.moments[0])}, online {there}"


def _iso(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds // 1_000_000, UTC).isoformat()
