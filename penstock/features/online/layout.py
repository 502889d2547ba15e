"""How the features of a view lie in bytes: the names and types of one version of it."""

from __future__ import annotations

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidSpec
from penstock.specs.base import ColumnType

if TYPE_CHECKING:
    import numpy as np

    from penstock.specs import FeatureView, UseCase

_FIELDS: Mapping[ColumnType, str] = {
    "integer": "<i8", "decimal": "<f8", "boolean": "?", "date": "<i4", "timestamp": "<i8", "string": "<u4",
}  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """A version of a view as the online store keeps it.

    Parameters
    ----------
    view, version
        Of the feature view.
    entity, key, key_type
        What the view describes, and the column that names it.
    features
        Name and type of every feature of the view.
    time_to_live_days
        After how many days features no longer count; None for never.
    taken
        Which of the features are read; all of them when None.

    Examples
    --------
    >>> layout = Layout(view="history", version=1, entity="customer", key="customer",
    ...                 features=(("payments", "integer"), ("mean_amount", "decimal")))
    >>> layout.fixed.itemsize
    17
    """

    view: str
    version: int
    entity: str
    key: str
    features: tuple[tuple[str, ColumnType], ...]
    key_type: str = "string"
    time_to_live_days: int | None = None
    taken: tuple[str, ...] | None = None

    @classmethod
    def of(cls, view: FeatureView, types: Mapping[str, ColumnType] | None = None) -> Layout:
        """Return the layout of a whole view.

        Parameters
        ----------
        types
            The type of each feature, as ``penstock.specs.feature_types`` tells them; not needed for those
            whose definition alone says it.

        Raises
        ------
        InvalidSpec
            A feature's type is not known.
        """
        known = {**{one.name: one.known_type for one in view.features}, **(types or {})}
        features = []
        for feature in view.features:
            kind = known[feature.name]
            if kind is None:
                raise InvalidSpec(
                    "The type of a feature is not known.",
                    found=feature.name,
                    where=f"feature view {view.name!r}",
                    action="Give the types that the contract of the view's dataset says.",
                )
            features.append((feature.name, kind))
        return cls(
            view=view.name, version=view.version, entity=view.entity.name, key=view.entity.key,
            key_type=view.entity.type, features=tuple(features), time_to_live_days=view.time_to_live_days,
        )  # fmt: skip

    @cached_property
    def identity(self) -> tuple[int, int]:
        """Two numbers of 64 bits that tell this layout from all others: of the view, and of what it holds.

        The second one has the version in its upper 16 bits, so that bytes of another version or of other
        types are never misread as this one's.
        """
        name = int.from_bytes(hashlib.sha256(self.view.encode()).digest()[:8], "little")
        held = hashlib.sha256(json.dumps(self.features).encode()).digest()[:6]
        return name, self.version << 48 | int.from_bytes(held, "little")

    @cached_property
    def mark(self) -> bytes:
        """The identity as a section begins with it."""
        return struct.pack("<QQ", *self.identity)

    @cached_property
    def fixed(self) -> np.dtype[Any]:
        """The fixed part of a row: one bit a feature for nulls, then the fields of each type together.

        A text's field is where it ends among the row's texts, which lie one after the other.
        """
        import numpy as np

        bitmap = [("nulls", "u1", ((len(self.features) + 7) // 8,))]
        kinds = [kind for _, kind in self.features]
        return np.dtype(
            bitmap + [(kind, _FIELDS[kind], (kinds.count(kind),)) for kind in _FIELDS if kind in kinds]
        )

    @cached_property
    def places(self) -> tuple[int, ...]:
        """The place of each feature among those of its type."""
        kinds = [kind for _, kind in self.features]
        return tuple(kinds[:n].count(kind) for n, kind in enumerate(kinds))

    @cached_property
    def wanted(self) -> tuple[tuple[int, str, ColumnType], ...]:
        """Place, name and type of the features that are read."""
        chosen = None if self.taken is None else set(self.taken)
        return tuple(
            (n, name, kind)
            for n, (name, kind) in enumerate(self.features)
            if chosen is None or name in chosen
        )

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the features that are read."""
        return tuple(name for _, name, _ in self.wanted)


def layouts(use_case: UseCase, views: Sequence[FeatureView] | None = None) -> tuple[Layout, ...]:
    """Return the layouts of feature views of a use case.

    Parameters
    ----------
    views
        The views, perhaps with some of their features alone (such as ``use_case.model_views``): only these
        are then read. All views of the use case that are kept online when None.

    Examples
    --------
    >>> from pathlib import Path
    >>> from penstock.specs import load_use_case
    >>> layouts(load_use_case(Path("examples/late_invoices")))[0].view
    'customer_history'
    """
    from penstock.specs.feature_sets import feature_types

    found = []
    for asked in (view for view in use_case.features if view.online) if views is None else views:
        view, contract = use_case.view(asked.name), use_case.contract(asked.dataset)
        if view is None or contract is None:
            raise InvalidSpec("The use case does not have this view.", found=asked.name, where=use_case.name)
        whole, taken = Layout.of(view, feature_types(view, contract)), {one.name for one in asked.features}
        narrow = None if len(taken) == len(view.features) else tuple(sorted(taken))
        found.append(whole if narrow is None else _narrowed(whole, narrow))
    return tuple(found)


def _narrowed(layout: Layout, taken: tuple[str, ...]) -> Layout:
    """Return a layout of which only some features are read."""
    from dataclasses import replace

    return replace(layout, taken=taken)
