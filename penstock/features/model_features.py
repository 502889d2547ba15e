"""The features that a model takes: what is read for it, what is computed, and from which columns."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidSpec
from penstock.features.online.layout import Layout, layouts
from penstock.specs.features import OnDemandFeature

if TYPE_CHECKING:
    from penstock.specs import UseCase
    from penstock.specs.base import ColumnType

_VARIABLE = "PENSTOCK_FEATURES"
_LONGEST_VALUE = 1_024
"""Characters of a variable of a SageMaker model."""


@dataclass(frozen=True)
class ModelFeatures:
    """The features of a model.

    Parameters
    ----------
    use_case
        Whose features they are.
    views
        What is read of the online store.
    on_demand
        What is computed, in order.
    types
        The columns that a request may have beside features, and what they are.
    timestamp
        The column that says when a row happens; features expire by it. Now for rows without it.

    Examples
    --------
    >>> from pathlib import Path
    >>> from penstock.specs import load_use_case
    >>> features = ModelFeatures.of(load_use_case(Path("examples/late_invoices")))
    >>> ModelFeatures.from_environment(features.environment()) == features
    True
    """

    use_case: str
    views: tuple[Layout, ...]
    on_demand: tuple[OnDemandFeature, ...] = ()
    types: Mapping[str, ColumnType] = field(default_factory=dict)
    timestamp: str | None = None

    @classmethod
    def of(cls, use_case: UseCase) -> ModelFeatures:
        """Return the features that a use case's model takes."""
        from penstock.specs.columns import curated_columns

        contract = use_case.contract(use_case.model.dataset)
        types = {column.name: column.type for column in curated_columns(contract)} if contract else {}
        on_demand = tuple(
            OnDemandFeature(name=one.name, expression=one.expression, type=one.type)
            for one in use_case.model_on_demand
        )
        return cls(
            use_case.name, layouts(use_case, use_case.model_views), on_demand, _read(on_demand, types),
            use_case.model.timestamp,
        )  # fmt: skip

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The features, in order."""
        stored = [name for view in self.views for name in view.names]
        return (*stored, *(feature.name for feature in self.on_demand))

    @cached_property
    def inputs(self) -> frozenset[str]:
        """The columns of a request that features are found or computed by."""
        moment = {self.timestamp} if self.timestamp else set()
        return frozenset({*(view.key for view in self.views), *self.types, *moment})

    @cached_property
    def by_entity(self) -> tuple[tuple[Layout, ...], ...]:
        """The views of each entity."""
        groups: dict[tuple[str, str], list[Layout]] = {}
        for view in self.views:
            groups.setdefault((view.entity, view.key), []).append(view)
        return tuple(map(tuple, groups.values()))

    @cached_property
    def all_types(self) -> dict[str, ColumnType]:
        """The types of columns and stored features."""
        return {**self.types, **{name: kind for view in self.views for _, name, kind in view.wanted}}

    def environment(self) -> dict[str, str]:
        """Return them as variables of a serving container, each short enough for a SageMaker model."""
        document = {
            "use_case": self.use_case, "timestamp": self.timestamp, "types": dict(self.types),
            "views": [_document(view) for view in self.views],
            "on_demand": [{"name": one.name, "expression": one.expression, "type": one.type}
                          for one in self.on_demand],
        }  # fmt: skip
        packed = base64.b64encode(zlib.compress(json.dumps(document).encode(), 9)).decode()
        cut = [packed[at : at + _LONGEST_VALUE] for at in range(0, len(packed), _LONGEST_VALUE)]
        return {f"{_VARIABLE}_{n}": part for n, part in enumerate(cut)}

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> ModelFeatures | None:
        """Return the features that variables describe, None if there are none.

        Raises
        ------
        InvalidSpec
            They cannot be read.
        """
        if f"{_VARIABLE}_0" not in environment:
            return None
        count = sum(name.startswith(f"{_VARIABLE}_") for name in environment)
        try:
            packed = "".join(environment[f"{_VARIABLE}_{n}"] for n in range(count))
            document = json.loads(zlib.decompress(base64.b64decode(packed, validate=True)))
            return cls(
                document["use_case"], tuple(map(_layout, document["views"])),
                tuple(OnDemandFeature(**one) for one in document["on_demand"]), document["types"],
                document["timestamp"],
            )  # fmt: skip
        except (KeyError, TypeError, ValueError, zlib.error) as error:
            raise InvalidSpec(
                "The features of the model cannot be read.",
                found=str(error),
                where=f"variables {_VARIABLE}_…",
            ) from error


def _read(on_demand: tuple[OnDemandFeature, ...], types: Mapping[str, ColumnType]) -> dict[str, ColumnType]:
    """Return the types of the columns that on-demand features read."""
    from penstock.quality.expressions import parse_expression

    read = {name for one in on_demand for name in parse_expression(one.expression).columns}
    return {name: kind for name, kind in types.items() if name in read}


def _document(view: Layout) -> dict[str, Any]:
    """Return a layout as JSON."""
    return {
        "view": view.view, "version": view.version, "entity": view.entity, "key": view.key,
        "key_type": view.key_type, "features": view.features, "taken": view.taken,
        "time_to_live_days": view.time_to_live_days,
    }  # fmt: skip


def _layout(document: dict[str, Any]) -> Layout:
    """Return a layout from JSON."""
    features = tuple((str(name), kind) for name, kind in document["features"])
    taken = None if document["taken"] is None else tuple(document["taken"])
    return Layout(**{**document, "features": features, "taken": taken})
