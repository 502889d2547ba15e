"""The feature catalogue: what is defined, who approved it, who uses it, how fresh it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from penstock.errors import Conflict
from penstock.features.catalogue.deciding import decide, deprecate, restore, retire
from penstock.features.catalogue.definitions import Definitions, Stored
from penstock.features.catalogue.effective import (
    current,
    missing_parts,
    of_name,
    parts_in_force,
    pending,
    views_in_use,
)
from penstock.features.catalogue.lookup import Lookup
from penstock.features.catalogue.observing import Freshness, Observation, Observations
from penstock.features.catalogue.records import Definition, Kind, ModelUse, Pin, Status
from penstock.features.catalogue.registering import Registering, refuse_changes
from penstock.features.catalogue.using import Uses
from penstock.specs.features import FeatureService, FeatureView, OnDemandFeature

if TYPE_CHECKING:
    from penstock.specs import Contract, UseCase
    from penstock.stores import ItemStore

T = TypeVar("T")
_ATTEMPTS = 20
_NO_CONTRACTS: Mapping[str, Any] = {}


class FeatureCatalogue(Lookup):
    """What is known about features, on one table.

    Parameters
    ----------
    items
        A table of its own.

    Attributes
    ----------
    observations
        Every materialisation, with the statistics of its values.

    Examples
    --------
    >>> from pathlib import Path
    >>> from penstock.specs import load_use_case
    >>> from penstock.stores import MemoryItems
    >>> catalogue = FeatureCatalogue(MemoryItems())
    >>> use_case = load_use_case(Path("examples/late_invoices"))
    >>> _ = catalogue.register(use_case, by="dana", at="2026-01-01T00:00:00.000Z")
    >>> str(catalogue.find("late_invoices", "customer_history").status)
    'in_force'
    """

    def __init__(self, items: ItemStore) -> None:
        super().__init__(Definitions(items))
        self._uses, self.observations = Uses(items), Observations(items)

    def check(self, use_case: UseCase) -> None:
        """Raise InvalidSpec if a live view would change what it computes without a new version."""
        refuse_changes(self._definitions, use_case)

    def register(
        self,
        use_case: UseCase,
        *,
        by: str,
        at: str,
        contracts: Mapping[str, Contract] = _NO_CONTRACTS,
    ) -> list[Definition]:
        """Register all feature views, on-demand features and services; the same again changes nothing.

        What needs no approval is in force at once. The rest waits, and the version before stays in force.

        Parameters
        ----------
        contracts
            The contracts in force, by their datasets: what they guard waits, whatever a new one says.

        Returns
        -------
        list
            Every definition of the use case, older versions included.

        Raises
        ------
        InvalidSpec
            A live view would change what it computes; nothing is written.
        Conflict
            Others kept being first; safe to retry.
        """
        if use_case.features or use_case.on_demand or use_case.services:
            self._definitions.remember(use_case.name)

        def attempt() -> list[Definition]:
            self.check(use_case)
            Registering(self._definitions, by=by, at=at).register(use_case, contracts)
            return self.definitions(use_case.name)

        return _repeated(attempt)

    def in_force(self, use_case: UseCase) -> UseCase:
        """Return a use case with its features as they are computed now.

        Each view, on-demand feature and service is in its version in force, and those that the model's
        service is made of are in the versions that the service was registered with. What was never approved
        is left out, as is a service that does not fit the others.
        """
        parts = parts_in_force(self._definitions.all(use_case.name), use_case)
        said = {part: tuple(map(self.document, found)) for part, found in parts.items()}
        return use_case.model_copy(update=said)

    def usable(self, use_case: UseCase) -> UseCase:
        """Return a use case as :meth:`in_force` does, if its model can be trained with it.

        Raises
        ------
        FeaturesPending
            The model needs a view or a service that is not in force.
        """
        found = self.in_force(use_case)
        if missing := missing_parts(use_case, found):
            raise pending(use_case, missing, self.definitions(use_case.name))
        return found

    def to_materialise(self, use_case: UseCase, *, models: Iterable[int] = ()) -> tuple[FeatureView, ...]:
        """Return the views that a refresh computes; one name may be there in several versions.

        Parameters
        ----------
        models
            Versions of the model that are live, or may become so: the views that they were trained with are
            computed as long as nobody retires them.
        """
        known, found = self._definitions.all(use_case.name), self.in_force(use_case)
        wanted = {(view.name, view.version): view for view in found.features}
        used = [use for number in models if (use := self.used_by(use_case.name, number))]
        more = views_in_use(known, use_case, used)
        rest = {key: self.view(use_case.name, *key) for key in sorted(more - wanted.keys())}
        return (*wanted.values(), *rest.values())

    def decide(
        self, use_case: str, reference: str, decision: str, *, by: str, reason: str, at: str
    ) -> Definition:
        """Approve or reject a version that waits.

        Raises
        ------
        NotFound
            There is no such definition.
        AlreadyDecided
            Nothing of it waits, or it waits for something else.
        SegregationOfDuties
            The one who decides is the one who registered it.
        """

        def attempt() -> Definition:
            found = self.stored(use_case, reference, status=Status.PROPOSED)
            return decide(self._definitions, found, decision, by=by, reason=reason, at=at)

        return _repeated(attempt)

    def deprecate(
        self, use_case: str, reference: str, *, by: str, at: str, reason: str, replaced_by: str = ""
    ) -> Definition:
        """Say that a definition, or a feature of a view, should not be used any more; it stays computed."""

        def attempt() -> Definition:
            _, feature = self.resolve(use_case, reference)
            found = self.stored(use_case, reference)
            return deprecate(
                self._definitions, found, feature, by=by, at=at, reason=reason, replaced_by=replaced_by
            )

        return _repeated(attempt)

    def restore(self, use_case: str, reference: str, *, by: str, at: str, reason: str) -> Definition:
        """Take a deprecation back."""

        def attempt() -> Definition:
            _, feature = self.resolve(use_case, reference)
            return restore(
                self._definitions, self.stored(use_case, reference), feature, by=by, at=at, reason=reason
            )

        return _repeated(attempt)

    def retire(self, use_case: str, reference: str, *, by: str, at: str, reason: str) -> Definition:
        """Stop computing a deprecated version for good.

        Whether somebody uses it is for the caller to ask first: :func:`penstock.features.catalogue.impact`.
        """
        return _repeated(
            lambda: retire(self._definitions, self.stored(use_case, reference), by=by, at=at, reason=reason)
        )

    def record_use(
        self,
        use_case: str,
        model: int,
        *,
        views: Iterable[FeatureView],
        on_demand: Iterable[OnDemandFeature] = (),
        service: FeatureService | str | None = None,
        run_id: str = "",
        at: str,
    ) -> ModelUse:
        """Record what features a version of a model was trained with; the same model again changes nothing.

        Parameters
        ----------
        views
            With those features alone that the model takes, as ``UseCase.model_views`` has them.
        """
        known = self._definitions.all(use_case)
        name = service if isinstance(service, str) or service is None else service.name
        use = Uses.of(
            use_case,
            model,
            views=views,
            on_demand=[_pin(known, "on_demand", one.name) for one in on_demand],
            service=_pin(known, "service", name) if name else None,
            run_id=run_id,
            at=at,
        )
        return self._uses.record(use)

    def used_by(self, use_case: str, model: int) -> ModelUse | None:
        """Return what features a version of a model was trained with; None when that was not recorded."""
        return self._uses.of_model(use_case, model)

    def uses(self, use_case: str) -> list[ModelUse]:
        """Return what features all versions of the model were trained with, the oldest first."""
        return self._uses.all(use_case)

    def observe(
        self,
        use_case: str,
        view: str,
        version: int,
        *,
        snapshot_id: str,
        write_time: str,
        rows: int,
        entities: int,
        at: str,
        statistics: Mapping[str, Mapping[str, Any]] = _NO_CONTRACTS,
        newest_event: str | None = None,
    ) -> Observation:
        """Record that a view was materialised, and what its values are like; the same again changes nothing.

        Parameters
        ----------
        write_time
            Of the rows, ISO 8601.
        rows, entities
            How many the offline store has.
        statistics
            By feature, as the view's manifest has them.
        newest_event
            The latest ``event_timestamp``.
        """
        self._definitions.find(use_case, "view", view, version)
        return self.observations.record(
            Observation(
                use_case=use_case, view=view, version=version, snapshot_id=snapshot_id, write_time=write_time,
                rows=rows, entities=entities, at=at, newest_event=newest_event, features=len(statistics),
            ),
            statistics,
        )  # fmt: skip

    def observed(self, use_case: str, view: str, version: int) -> Observation | None:
        """Return the newest materialisation of a view; None before the first."""
        return self.observations.newest(use_case, view, version)

    def freshness(
        self, use_case: str, view: FeatureView, *, now: str, newest_snapshot: str = ""
    ) -> Freshness:
        """Say when a view was materialised, how old its newest event is, and whether that is too old.

        Parameters
        ----------
        newest_snapshot
            Of its dataset; when it is another than the one that was materialised, the view is stale.
        """
        return self.observations.freshness(use_case, view, now=now, newest_snapshot=newest_snapshot)


def _pin(known: Iterable[Stored], kind: Kind, name: str) -> Pin:
    """Return the version of something that is computed now."""
    found = current(of_name(known, kind, name))
    return Pin(kind=kind, name=name, version=found.version if found else 0)


def _repeated(attempt: Callable[[], T]) -> T:
    """Try again after a lost race; everything is read anew."""
    for _ in range(_ATTEMPTS - 1):
        try:
            return attempt()
        except Conflict:
            continue
    return attempt()
