"""Complete rows at request time: what the request says, the stored features, then on-demand features."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from penstock.features.model_features import ModelFeatures
from penstock.features.on_demand import compute_columns
from penstock.features.online.layout import Layout

if TYPE_CHECKING:
    from penstock.features.online.store import OnlineStore, Retrieved
    from penstock.specs import UseCase

Row = Mapping[str, Any]
GIVEN = "given"


@dataclass(frozen=True)
class CompleteRows:
    """Rows with all their features.

    Parameters
    ----------
    rows
        In the order of the request.
    statuses
        For each row, by view: ``found``, ``missing``, ``expired``, or ``given`` where the request itself has
        all its features.
    """

    rows: list[dict[str, Any]]
    statuses: list[dict[str, str]]


@dataclass(frozen=True)
class FeatureServer:
    """The features of a model, at request time.

    Parameters
    ----------
    store
        The online store.
    features
        Which features the model takes.

    Examples
    --------
    >>> from penstock.features import Layout, MemoryEntities, OnlineStore
    >>> from penstock.specs.features import OnDemandFeature
    >>> history = Layout(view="history", version=1, entity="customer", key="customer",
    ...                  features=(("usual", "decimal"),))
    >>> store = OnlineStore(MemoryEntities())
    >>> row = {"customer": "a", "event_timestamp": datetime(2025, 1, 3), "usual": 20.0}
    >>> _ = store.write("uc", {history: [row]}, write_time=datetime(2025, 1, 4))
    >>> ratio = OnDemandFeature(name="ratio", expression="amount / usual", type="decimal")
    >>> server = FeatureServer(store, ModelFeatures("uc", (history,), (ratio,), {"amount": "decimal"}))
    >>> found = server.complete([{"customer": "a", "amount": 30}])
    >>> found.rows, found.statuses
    ([{'customer': 'a', 'amount': 30, 'usual': 20.0, 'ratio': 1.5}], [{'history': 'found'}])
    """

    store: OnlineStore
    features: ModelFeatures

    @classmethod
    def of(cls, use_case: UseCase, store: OnlineStore) -> FeatureServer:
        """Return the server of the features that a use case's model takes."""
        return cls(store, ModelFeatures.of(use_case))

    def complete(self, rows: Sequence[Row], *, at: datetime | None = None) -> CompleteRows:
        """Return rows with the features of their entities and those computed on demand.

        A feature that the request itself has is taken from there, even if it is null; it is then neither read
        nor computed for that row.

        Parameters
        ----------
        rows
            Raw columns, with the keys of the entities. A row without a key has no features of that entity.
        at
            The time of asking for all rows; that of each row when None.

        Raises
        ------
        FeaturesNotComputed
            A column that an on-demand feature needs is in none of the rows.
        TransientError
            The online store is throttled.
        """
        complete = [dict(row) for row in rows]
        statuses: list[dict[str, str]] = [{} for _ in rows]
        moments = [self._moment(row) for row in rows] if at is None else at
        for views in self.features.by_entity:
            self._add_stored(complete, statuses, views, moments)
        self._add_on_demand(complete)
        return CompleteRows(complete, statuses)

    def _add_stored(
        self,
        rows: list[dict[str, Any]],
        statuses: list[dict[str, str]],
        views: Sequence[Layout],
        moments: Any,
    ) -> None:
        """Add the stored features of one entity where the request does not have them."""
        names = [name for view in views for name in view.names]
        needy = [n for n, row in enumerate(rows) if not all(name in row for name in names)]
        for view in views:
            for n in set(range(len(rows))) - set(needy):
                statuses[n][view.view] = GIVEN
        if not needy:
            return
        keys = [rows[n].get(views[0].key) for n in needy]
        at = moments if isinstance(moments, datetime) else [moments[n] for n in needy]
        found = self.store.read(self.features.use_case, views, keys, at=at)
        for place, (n, features) in enumerate(zip(needy, found.rows(), strict=True)):
            rows[n].update({**features, **{name: rows[n][name] for name in names if name in rows[n]}})
            statuses[n].update(_status(found, place))

    def _add_on_demand(self, rows: list[dict[str, Any]]) -> None:
        """Add computed features where the request does not have them."""
        needy = [row for row in rows if not all(feature.name in row for feature in self.features.on_demand)]
        if not needy or not self.features.on_demand:
            return
        types = self.features.all_types
        here = {name for row in needy for name in row}
        columns = {name: [row.get(name) for row in needy] for name in types if name in here}
        made = compute_columns(columns, self.features.on_demand, types=types, count=len(needy))
        for name, column in made.items():
            for row, value in zip(needy, column, strict=True):
                row.setdefault(name, value)

    def _moment(self, row: Row) -> datetime:
        """Return when a row happens."""
        timestamp = self.features.timestamp
        value = row.get(timestamp) if timestamp else None
        if isinstance(value, str):
            try:
                value = datetime.fromisoformat(value)
            except ValueError:
                value = None
        if isinstance(value, date) and not isinstance(value, datetime):
            value = datetime(value.year, value.month, value.day, tzinfo=UTC)
        return value if isinstance(value, datetime) else self.store.now()


def _status(found: Retrieved, place: int) -> dict[str, str]:
    """Return why an entity has the features that it has."""
    return {view: statuses[place] for view, statuses in found.statuses.items()}
