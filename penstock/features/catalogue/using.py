"""Who uses which feature: what each version of a model was trained with."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from penstock.errors import Conflict
from penstock.features.catalogue.records import ModelUse, Pin, ViewUse
from penstock.specs.features import FeatureView
from penstock.stores import Item, ItemStore


class Uses:
    """What models use, on the features table; what is recorded is never changed."""

    def __init__(self, items: ItemStore) -> None:
        self._items = items

    @staticmethod
    def of(
        use_case: str,
        model: int,
        *,
        views: Iterable[FeatureView],
        on_demand: Iterable[Pin],
        service: Pin | None,
        run_id: str,
        at: str,
    ) -> ModelUse:
        """Return the record of a model."""
        used = tuple(
            ViewUse(view=view.name, version=view.version, features=tuple(one.name for one in view.features))
            for view in views
        )
        return ModelUse(
            use_case=use_case, model=model, run_id=run_id, at=at, views=used,
            on_demand=tuple(on_demand), service=service,
        )  # fmt: skip

    def record(self, use: ModelUse) -> ModelUse:
        """Store what a model uses, and return what is stored: the first record counts."""
        item = {"pk": _pk(use.use_case), "sk": _sk(use.model), **use.model_dump(mode="json")}
        with suppress(Conflict):
            self._items.put(item, expect=0)
        return self.of_model(use.use_case, use.model) or use

    def of_model(self, use_case: str, model: int) -> ModelUse | None:
        """Return what a model uses, or None."""
        item = self._items.get(_pk(use_case), _sk(model))
        return _use(item) if item else None

    def all(self, use_case: str) -> list[ModelUse]:
        """Return what all models use, the oldest first."""
        return [_use(item) for item in self._items.query(_pk(use_case))]


def _pk(use_case: str) -> str:
    return f"uses#{use_case}"


def _sk(model: int) -> str:
    return f"model#{model:08d}"


def _use(item: Item) -> ModelUse:
    return ModelUse.model_validate({key: item[key] for key in ModelUse.model_fields if key in item})
