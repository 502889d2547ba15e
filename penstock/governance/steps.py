"""Registration of use cases: checked, rated, grouped for SageMaker, and audited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from penstock.catalog import Catalog
from penstock.errors import InvalidSpec
from penstock.features.catalogue.due import due_views
from penstock.governance.audit import AuditTrail
from penstock.governance.risk import RiskRating, rate
from penstock.specs import Contract, UseCase, parse_use_case
from penstock.specs.draft import refuse_draft

if TYPE_CHECKING:
    from penstock.features.catalogue import Definition, FeatureCatalogue


class Registry(Protocol):
    """Where model versions are grouped for SageMaker."""

    def ensure_group(self, use_case: str, description: str) -> None:
        """Create the model package group of a use case if there is none."""
        ...


@dataclass(frozen=True)
class Governance:
    """What the steps need; a handler makes one and keeps it."""

    catalog: Catalog
    audit: AuditTrail
    now: Callable[[], str]
    features: FeatureCatalogue

    def register_use_case(self, payload: Mapping[str, Any], by: str, registry: Registry) -> dict[str, Any]:
        """Validate and register a use case; the same again changes nothing but the audit trail.

        Raises
        ------
        InvalidSpec
            With one line a mistake; also for contracts that are still drafts, for features in force that
            would change what they compute, and where the risk tier demands fairness limits and there are
            none. Nothing is registered then.
        """
        document = payload.get("use_case")
        if not isinstance(document, Mapping):
            raise InvalidSpec("The request has no use case.", expected="its document under 'use_case'")
        use_case = parse_use_case(dict(document), where="the request")
        rating = _demanded(use_case)
        for contract in use_case.datasets:
            refuse_draft(contract, where=f"the request, datasets/{contract.dataset}")
        self.features.check(use_case)
        agreed = self._in_force(use_case)
        digest = self.catalog.register(use_case, by=by, at=self.now())
        features = self.features.register(use_case, by=by, at=self.now(), contracts=agreed)
        registry.ensure_group(use_case.name, use_case.title)
        facts = {"digest": digest, "risk_tier": rating.tier, "points": rating.points}
        waived = use_case.model.evaluation.no_facets_because
        self.audit.append(
            use_case.name,
            action="use case registered",
            actor=by,
            subject=f"use case {use_case.name}",
            at=self.now(),
            details={**facts, **({"no_facets_because": waived} if waived else {})},
        )
        return {
            "use_case": use_case.name,
            "digest": digest,
            "risk_tier": rating.tier,
            "registered_by": by,
            "contracts": [self._contract(use_case.name, one.dataset) for one in use_case.datasets],
            "features": [_feature(one) for one in features if one.computed or one.status == "proposed"],
            "features_due": due_views(self.features, self.catalog, use_case.name),
        }

    def _in_force(self, use_case: UseCase) -> dict[str, Contract]:
        """Return the contracts that guard the use case's datasets until others are approved."""
        contracts = self.catalog.contracts
        found = ((one.dataset, contracts.in_force(use_case.name, one.dataset)) for one in use_case.datasets)
        return {dataset: contracts.contract(version) for dataset, version in found if version is not None}

    def _contract(self, use_case: str, dataset: str) -> dict[str, Any]:
        """Return what became of a contract that was registered, and whether files wait for it."""
        found = self.catalog.contracts.history(use_case, dataset)[-1]
        facts = found.model_dump(mode="json", include={"dataset", "number", "status", "in_force"})
        return {
            **facts,
            "changes": list(found.changes[:20]),
            "due": found.in_force and bool(self.catalog.waiting(use_case, dataset)),
        }


def _demanded(use_case: UseCase) -> RiskRating:
    """Rate a use case, and refuse one that does not declare what its tier demands."""
    rating = rate(use_case.risk)
    if missing := rating.undeclared(use_case.model):
        raise InvalidSpec(
            f"A use case of the tier {rating.tier} compares groups of people, within limits.",
            found=missing,
            expected="facets and limits, or the reason why there are no groups",
            where=f"model of {use_case.name}",
            action="Declare evaluation.facets and gates.fairness, or say evaluation.no_facets_because.",
        )
    return rating


def _feature(one: Definition) -> dict[str, Any]:
    """Return what became of a definition that was registered."""
    facts = one.model_dump(mode="json", include={"kind", "name", "version", "status"})
    return {**facts, "needs": list(one.needs)}
