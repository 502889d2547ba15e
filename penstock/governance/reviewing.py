"""Reviews of versions that serve: by whom, and which are due."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from penstock.errors import Conflict, InvalidSpec, NotPermitted, SegregationOfDuties
from penstock.governance.audit import AuditTrail, record_version
from penstock.models import ModelRepository, ModelVersion
from penstock.models.version import Review

_ATTEMPTS = 5


@dataclass(frozen=True)
class Reviewing:
    """What recording reviews needs.

    Examples
    --------
    >>> from penstock.models import Stage
    >>> from penstock.stores import MemoryItems
    >>> models = ModelRepository(MemoryItems())
    >>> facts = {"candidate": "c", "model_key": "m", "evaluation_prefix": "e"}
    >>> _ = models.register("demo", run_id="r", stage=Stage.CHAMPION, by="dana", at="2026-01-01", facts=facts)
    >>> reviewing = Reviewing(models, AuditTrail(MemoryItems()), lambda: "2026-06-01T00:00:00.000Z")
    >>> told = {"use_case": "demo", "version": 1, "reason": "still fits; slices looked at"}
    >>> reviewing.review(told, "priya", roles={"model_risk"})["reviewed_at"]
    '2026-06-01T00:00:00.000Z'
    """

    models: ModelRepository
    audit: AuditTrail
    now: Callable[[], str]

    def review(self, payload: Mapping[str, Any], by: str, *, roles: Collection[str]) -> dict[str, Any]:
        """Record that somebody has reviewed a version, which puts its next review off.

        Parameters
        ----------
        payload
            ``use_case``, ``version`` and ``reason``: what was looked at, and what was found.
        by, roles
            The person's name, and the roles of approvers that the person acts under.

        Raises
        ------
        NotPermitted, SegregationOfDuties
            The person is no approver, or has asked for the version.
        InvalidSpec
            There is no reason.
        NotFound
            There is no such version.
        """
        use_case, number = str(payload.get("use_case", "")), int(payload.get("version") or 0)
        version, reason = self.models.version(use_case, number), str(payload.get("reason", "")).strip()
        _check(version, by, roles, reason)
        review = Review(by=by, at=self.now(), reason=reason)
        self._add(version, review)
        record_version(
            self.audit, use_case, number, action="version reviewed", actor=by, at=review.at,
            details={"reason": reason, "roles": sorted(roles)},
        )  # fmt: skip
        return {"use_case": use_case, "version": number, "reviewed_by": by, "reviewed_at": review.at}

    def _add(self, version: ModelVersion, review: Review) -> None:
        """Add a review to what is stored, again if somebody else was first."""
        for _ in range(_ATTEMPTS):
            known = self.models.version(version.use_case, version.version)
            try:
                self.models.note(known.use_case, known.version, reviews=(*known.reviews, review))
            except Conflict:
                continue
            return
        raise Conflict("Others kept changing the version first.", action="Retry.")


def last_looked_at(version: ModelVersion, approved_at: str) -> str:
    """Return when people last looked at a version: at its approval, or at its latest review."""
    return max([approved_at, *(one.at for one in version.reviews)])


def reminder(rows: Iterable[Any]) -> str:
    """Return what people are told of overdue reviews, a line each; nothing when none is.

    Parameters
    ----------
    rows
        Of the inventory.
    """
    return "\n".join(
        f"Version {row.version} of {row.use_case} was due for a review on {row.review_due} (tier "
        f"{row.risk_tier}, owner {row.owner}): penstock model review {row.use_case} {row.version}"
        for row in rows
        if row.overdue
    )


def _check(version: ModelVersion, by: str, roles: Collection[str], reason: str) -> None:
    where = f"version {version.version} of {version.use_case}"
    if not roles:
        raise NotPermitted(
            "Only an approver may review.", found=by, expected="somebody under an approver's role",
            where=where, action="Ask a colleague with the approver role.",
        )  # fmt: skip
    if by == version.requested_by:
        raise SegregationOfDuties(
            "You cannot review your own submission.", found=by, expected=f"anybody but {by}", where=where,
            action="Ask a colleague with the approver role.",
        )  # fmt: skip
    if not reason:
        raise InvalidSpec("A review says what was found.", found="no reason", where=where)
