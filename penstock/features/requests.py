"""What a person may ask of materialisation: a view as of the newest rows, or a range of it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from penstock.errors import InvalidSpec, NotFound
from penstock.features.backfilling import parts

if TYPE_CHECKING:
    from penstock.catalog import Catalog
    from penstock.features.catalogue import FeatureCatalogue
    from penstock.governance.audit import AuditTrail


class Asked(NamedTuple):
    """A workflow to start: ``features`` or ``backfill``."""

    workflow: str
    input: dict[str, Any]
    by: str


@dataclass(frozen=True)
class FeatureRequests:
    """What the step needs."""

    catalog: Catalog
    features: FeatureCatalogue
    audit: AuditTrail
    now: Any

    def parse(self, payload: Mapping[str, Any], by: str) -> Asked:
        """Read a request, and record who asked.

        Parameters
        ----------
        payload
            ``use_case`` and ``view``; ``since`` and ``until`` for a backfill; ``reason``.

        Raises
        ------
        InvalidSpec
            The range is none, or half of one.
        NotFound
            There is no such view in force.
        """
        use_case = self.catalog.use_case(str(payload.get("use_case", "")))
        name = str(payload.get("view", ""))
        view = self.features.in_force(use_case).view(name)
        if view is None:
            raise NotFound(
                "There is no such view in force.",
                found=name,
                where=use_case.name,
                action="penstock feature list",
            )
        ends = {end: payload.get(end) for end in ("since", "until")}
        if any(ends.values()) != all(ends.values()):
            raise InvalidSpec("A range has two ends.", found=str(ends), action="Give --from and --to.")
        self.audit.append(
            use_case.name, action="features asked", actor=by, subject=f"view {name}", at=self.now(),
            details={**ends, "reason": str(payload.get("reason", ""))},
        )  # fmt: skip
        asked = {"use_case": use_case.name, "view": name, "requested_by": by}
        if not all(ends.values()):
            detail = {"use_case": use_case.name, "dataset": view.dataset, "views": [name]}
            return Asked("features", {"detail": detail}, by)
        parts(view, str(ends["since"]), str(ends["until"]), whole=False)
        return Asked("backfill", {**asked, **ends}, by)
