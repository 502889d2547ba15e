"""Keeping SageMaker's model cards in step with the repository, as versions change their stages.

A version's card is written anew whenever its stage changes: in the artifacts bucket, and as a new version of
the card in SageMaker, with the status that the stage has there. Nothing is written where nothing has changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from penstock.catalog import Catalog
from penstock.governance.cards import card_name, write_card
from penstock.models import ModelRepository, ModelVersion, Stage
from penstock.models.card import CardStatus, card_request
from penstock.stores import ObjectStore

_ATTEMPTS = 5
_STATUSES: dict[Stage, CardStatus] = {
    Stage.PENDING_APPROVAL: "PendingReview",
    Stage.EXPIRED: "Draft",
    Stage.REFUSED: "Archived",
    Stage.REJECTED: "Archived",
}


class ModelCards(Protocol):
    """SageMaker's model cards."""

    def describe(self, name: str) -> dict[str, Any] | None:
        """Return a card as SageMaker describes it, or None when there is none of that name."""
        ...

    def create(self, request: Mapping[str, Any]) -> None:
        """Create a card."""
        ...

    def update(self, name: str, *, content: str = "", status: str = "") -> None:
        """Change the content of a card, or its status; SageMaker takes one of them at a time."""
        ...


@dataclass(frozen=True)
class CardKeeper:
    """What keeping cards needs; a handler makes one and keeps it.

    Attributes
    ----------
    key
        The key that SageMaker encrypts cards with; its own when empty.
    """

    catalog: Catalog
    models: ModelRepository
    artifacts: ObjectStore
    cards: ModelCards
    key: str = ""

    def keep(self, detail: Mapping[str, Any]) -> dict[str, Any]:
        """Bring the cards of a version, and of the one that it replaced, in step.

        Parameters
        ----------
        detail
            ``use_case`` and ``version`` of an event; events may be late, out of order and repeated.

        Returns
        -------
        dict
            ``cards``: for each version ``name``, ``status`` and ``outcome``, which is ``created``,
            ``updated`` or ``in_step``.
        """
        use_case, number = str(detail["use_case"]), int(detail["version"])
        replaced = [one for one in self.models.versions(use_case) if _replaced_by(one, number)]
        about = [self.models.version(use_case, number), *replaced]
        return {"use_case": use_case, "cards": [self._follow(version) for version in about]}

    def _follow(self, version: ModelVersion) -> dict[str, Any]:
        """Keep a card, again if the version has changed meanwhile: another event may have been faster."""
        for _ in range(_ATTEMPTS):
            told = self._keep(version)
            latest = self.models.version(version.use_case, version.version)
            if latest == version:
                break
            version = latest
        return told

    def _keep(self, version: ModelVersion) -> dict[str, Any]:
        key = write_card(self.artifacts, self.catalog.use_case(version.use_case), version)
        content = json.loads(self.artifacts.read(key))
        name, status = card_name(version), card_status(version)
        told = {"version": version.version, "name": name, "status": status}
        found = self.cards.describe(name)
        if found is None:
            self.cards.create(card_request(name, content, key=self.key, status=status))
            return {**told, "outcome": "created"}
        changed = self._update(name, found, content, status)
        return {**told, "outcome": "updated" if changed else "in_step"}

    def _update(self, name: str, found: Mapping[str, Any], content: dict[str, Any], status: str) -> bool:
        """Change what differs; an archived card is opened first, as its content cannot change."""
        other, before = bool(json.loads(found["Content"]) != content), str(found["ModelCardStatus"])
        if other and before == "Archived":
            self.cards.update(name, status="Draft")
            before = "Draft"
        if other:
            self.cards.update(name, content=json.dumps(content))
        if before != status:
            self.cards.update(name, status=status)
        return other or before != status


def card_status(version: ModelVersion) -> CardStatus:
    """Return the status that a version's card has in SageMaker.

    Examples
    --------
    >>> facts = {"candidate": "c", "model_key": "m", "evaluation_prefix": "e", "requested_by": "d"}
    >>> card_status(ModelVersion(use_case="u", version=1, run_id="r", stage=Stage.CHAMPION,
    ...                          created_at="2026-01-01T00:00:00.000Z", **facts))
    'Approved'
    """
    return _STATUSES.get(version.stage, "Approved")


def _replaced_by(version: ModelVersion, number: int) -> bool:
    """Say whether a version retired when another became champion."""
    return version.stage is Stage.RETIRED and version.history[-1].reason == f"replaced by version {number}"
