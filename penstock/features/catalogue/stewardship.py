"""What people ask of the feature catalogue: approvals, deprecations, retirements; all audited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from penstock.errors import InvalidSpec, NotFound, NotPermitted
from penstock.features.catalogue.due import due_views
from penstock.features.catalogue.impacts import Impact, impact
from penstock.features.catalogue.records import KINDS, Definition

if TYPE_CHECKING:
    from penstock.catalog import Catalog
    from penstock.features.catalogue.catalogue import FeatureCatalogue
    from penstock.governance.audit import AuditTrail
    from penstock.models import ModelRepository

_MOST = 100


class FeatureRequest(BaseModel):
    """What one may ask.

    Attributes
    ----------
    names
        References such as ``customer_history@2``; none for all that waits, with ``approve`` and ``reject``.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: Literal["approve", "reject", "deprecate", "restore", "retire"]
    use_case: str
    names: tuple[str, ...] = Field(default=(), max_length=_MOST)
    reason: str = Field(min_length=1, max_length=4_000)
    replaced_by: str = ""


@dataclass(frozen=True)
class FeatureStewardship:
    """What the requests need; a handler makes one and keeps it."""

    features: FeatureCatalogue
    catalog: Catalog
    models: ModelRepository
    audit: AuditTrail
    now: Callable[[], str]

    def ask(self, payload: Mapping[str, Any], by: str, *, is_approver: bool) -> dict[str, Any]:
        """Do what a person asks, and record who asked.

        Parameters
        ----------
        payload
            As :class:`FeatureRequest` has it.
        by, is_approver
            The person's name, and whether the person acts under the approver's role.

        Returns
        -------
        dict
            ``definitions`` as they are now, ``impact`` on those who use them, and under ``due`` the views
            that have rows to be computed from, by dataset.

        Raises
        ------
        InvalidSpec
            The request cannot be read.
        NotFound, AlreadyDecided, SegregationOfDuties
            See :meth:`FeatureCatalogue.decide`. An attempt on one's own features is audited.
        NotPermitted
            The person is no approver, which is audited; or what should be retired is in use.
        """
        request = _parse(payload)
        if request.action in {"approve", "reject"}:
            told = [self._decide(request, name, by, is_approver) for name in self._proposed(request)]
            affected = list[Impact]()
        else:
            affected = [self._impact(request.use_case, name) for name in _named(request)]
            told = [self._end(request, *one, by) for one in zip(request.names, affected, strict=True)]
        return {
            "use_case": request.use_case,
            "action": request.action,
            "by": by,
            "definitions": [one.model_dump(mode="json", exclude={"history"}) for one in told],
            "impact": [
                {**one.model_dump(mode="json"), "breaks": list(one.breaks), "holds": list(one.holds)}
                for one in affected
            ],
            "due": due_views(self.features, self.catalog, request.use_case)
            if request.action == "approve"
            else [],
        }

    def _proposed(self, request: FeatureRequest) -> list[str]:
        """Return what is to be decided: what is named, or else all that waits for a person, views first."""
        if request.names:
            return list(request.names)
        waiting = [one for one in self.features.waiting(request.use_case) if one.needs]
        if not waiting:
            raise NotFound("Nothing waits for a decision.", where=request.use_case)
        waiting.sort(key=lambda one: KINDS.index(one.kind))
        return [f"{one.kind}:{one.reference}" for one in waiting]

    def _decide(self, request: FeatureRequest, name: str, by: str, is_approver: bool) -> Definition:
        asked = self.features.proposal(request.use_case, name)
        own = asked is not None and by == asked.proposed_by
        if asked is not None and (own or not is_approver):
            self._record("own approval refused" if own else "approval refused", by, asked, request)
            if not own:
                raise NotPermitted(
                    "Only an approver may decide.",
                    found=by,
                    expected="somebody who acts under the approver role",
                    where=f"{request.use_case} {asked.reference}",
                    action="Ask a colleague with the approver role.",
                )
        decided = self.features.decide(
            request.use_case, name, request.action, by=by, reason=request.reason, at=self.now()
        )
        self._record(f"features {decided.history[-1].action}", by, decided, request)
        return decided

    def _end(self, request: FeatureRequest, name: str, found: Impact, by: str) -> Definition:
        """Deprecate, restore or retire."""
        asked = {"by": by, "at": self.now(), "reason": request.reason}
        if request.action == "deprecate":
            changed = self.features.deprecate(
                request.use_case, name, replaced_by=request.replaced_by, **asked
            )
        elif request.action == "restore":
            changed = self.features.restore(request.use_case, name, **asked)
        else:
            if found.holds:
                raise NotPermitted(
                    "What is in use cannot be retired.",
                    found="; ".join(found.holds),
                    where=f"{request.use_case} {found.reference}",
                    action="First deploy a model, and register the use case, without it.",
                )
            changed = self.features.retire(request.use_case, name, **asked)
        self._record(
            f"features {changed.history[-1].action}", by, changed, request, breaks=list(found.breaks)
        )
        return changed

    def _impact(self, use_case: str, name: str) -> Impact:
        declared = self.catalog.use_case(use_case)
        return impact(
            self.features, self.models, use_case, name, declared=declared, lineage=self.catalog.lineage
        )

    def _record(self, action: str, by: str, one: Definition, request: FeatureRequest, **facts: Any) -> None:
        self.audit.append(
            one.use_case,
            action=action,
            actor=by,
            subject=f"{one.kind} {one.reference}",
            at=self.now(),
            details={
                "digest": one.digest,
                "needs": list(one.needs),
                "asked": list(request.names),
                "reason": request.reason,
                **facts,
            },
        )


def _parse(payload: Mapping[str, Any]) -> FeatureRequest:
    try:
        return FeatureRequest.model_validate(dict(payload))
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidSpec(
            "The request cannot be read.",
            found=f"{'.'.join(map(str, first['loc']))}: {first['msg']}",
            expected="action, use_case, names and reason",
        ) from error


def _named(request: FeatureRequest) -> tuple[str, ...]:
    if not request.names:
        raise InvalidSpec("Nothing is named.", expected="one or more feature definitions under 'names'")
    return request.names
