"""What is known of one version, collected from the platform: for cards, comparisons, inventory, evidence."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from penstock.errors import ChangedModel, NotFound
from penstock.governance.approvals import Approval, Approvals
from penstock.governance.audit import AuditTrail
from penstock.governance.copies import AuditCheck, AuditCopies, check_copies
from penstock.governance.reviewing import last_looked_at
from penstock.governance.risk import rate
from penstock.governance.seals import check_seal
from penstock.models import ModelRepository, ModelVersion, Stage
from penstock.models.comparison import Comparison, Material, compare
from penstock.models.filters import metric_value

if TYPE_CHECKING:
    from penstock.catalog import Catalog
    from penstock.platform import Platform
    from penstock.specs import UseCase
    from penstock.stores import ObjectStore

_LIVE = {Stage.CHAMPION, Stage.DEPLOYING}
_MONTHS_A_YEAR = 12


class InventoryRow(BaseModel):
    """One version in the inventory of models.

    Attributes
    ----------
    review_due
        When a version that was approved is to be reviewed (again), a date; empty for others.
    overdue
        Whether a version that serves is past that.
    """

    model_config = ConfigDict(frozen=True)

    use_case: str
    title: str
    owner: str
    version: int
    stage: str
    risk_tier: str
    candidate: str
    metric: str
    value: float | None
    requested_by: str
    approved_by: str
    approved_at: str
    review_due: str
    overdue: bool
    package_sha256: str


def inventory(platform: Platform, *, now: str, live_only: bool = False) -> list[InventoryRow]:
    """Return every version of every model, those that serve first.

    Parameters
    ----------
    now
        The time, ISO 8601; what is overdue is so at it.
    live_only
        Leave out what does not serve.
    """
    from penstock.catalog import Catalog

    return inventory_of(
        Catalog(platform.items("catalog")),
        ModelRepository(platform.items("models")),
        now=now,
        live_only=live_only,
    )


def inventory_of(
    catalog: Catalog, models: ModelRepository, *, now: str, live_only: bool = False
) -> list[InventoryRow]:
    """Return the inventory of a catalogue's use cases; see :func:`inventory`."""
    rows = [
        inventory_row(catalog.use_case(name), version, now=now)
        for name in sorted({str(entry["use_case"]) for entry in catalog.datasets()})
        for version in models.versions(name)
        if version.stage in _LIVE or not live_only
    ]
    return sorted(rows, key=lambda row: (row.stage not in _LIVE, row.use_case, -row.version))


def inventory_row(use_case: UseCase, version: ModelVersion, *, now: str) -> InventoryRow:
    """Return a version's row of the inventory."""
    rating, metric = rate(use_case.risk), str(use_case.model.metric)
    approved = next((one for one in reversed(version.history) if one.stage is Stage.APPROVED), None)
    looked_at = last_looked_at(version, approved.at) if approved else ""
    due = _months_later(looked_at, rating.demands.review_months) if looked_at else ""
    return InventoryRow(
        use_case=use_case.name,
        title=use_case.title,
        owner=use_case.owner,
        version=version.version,
        stage=str(version.stage),
        risk_tier=rating.tier,
        candidate=version.candidate,
        metric=metric,
        value=metric_value(version.metrics, metric),
        requested_by=version.requested_by,
        approved_by=approved.by if approved else "",
        approved_at=approved.at if approved else "",
        review_due=due,
        overdue=bool(due) and version.stage in _LIVE and now[:10] > due,
        package_sha256=version.signature.sha256 if version.signature else "",
    )


def compare_versions(platform: Platform, first: ModelVersion, second: ModelVersion) -> Comparison:
    """Compare two versions with the documents of their runs."""
    return compare(first, second, materials=(material(platform, first), material(platform, second)))


def material(platform: Platform, version: ModelVersion) -> Material:
    """Read the documents of a version's run, as far as there are any."""
    from penstock.experiments import Runs

    runs = Runs(platform.items("experiments")).runs(version.use_case)
    run = next((one for one in runs if one.run_id == version.run_id), None)
    folder = version.evaluation_prefix.rstrip("/")
    home = f"runs/{version.use_case}/{version.run_id}"
    return Material(
        run=run.model_dump(mode="json") if run else {},
        plan=read_json(platform.artifacts, f"{home}/plan.json"),
        summary=read_json(platform.artifacts, f"{folder}/summary.json"),
        explanation=read_json(platform.artifacts, f"{folder}/explanation.json"),
        statistics=read_json(platform.artifacts, f"{folder}/statistics.json"),
    )


def audit_copies(platform: Platform) -> AuditCopies:
    """Return the locked copies of the audit trail, as the platform's caller may read them."""
    from penstock.stores.aws import S3Objects

    if "audit" not in platform.buckets:
        raise NotFound("The platform keeps no copies of its audit trail.", action="Deploy it again.")
    return AuditCopies(S3Objects(platform.session.client("s3"), platform.buckets["audit"]))


def audit_check(platform: Platform, use_case: str, *, now: str, read: bool = False) -> AuditCheck:
    """Prove a use case's audit chain, with its copies; see :func:`~penstock.governance.check_copies`."""
    trail, copies = AuditTrail(platform.items("audit")), audit_copies(platform)
    return check_copies(trail, copies, use_case, now=now, read=read)


def approvals_of(platform: Platform, use_case: str, version: int) -> list[Approval]:
    """Return the questions that were asked about a version, with their answers."""
    return Approvals(platform.items("approvals")).of(use_case, version)


def package_problem(platform: Platform, version: ModelVersion) -> str:
    """Say what is wrong with a version's package; nothing when it is the one that was registered."""
    try:
        check_seal(AuditTrail(platform.items("audit")), platform.artifacts, version)
    except ChangedModel as error:
        return str(error)
    return ""


def read_json(store: ObjectStore, key: str) -> dict[str, Any]:
    """Read a JSON object; an empty one when there is none."""
    try:
        found: dict[str, Any] = json.loads(store.read(key))
    except NotFound:
        return {}
    return found


def now_text() -> str:
    """Return the time, ISO 8601 in UTC with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _months_later(at: str, months: int) -> str:
    """Return the date some months after a time; of the 31st, the 28th of the month at the latest.

    Examples
    --------
    >>> _months_later("2026-08-31T10:00:00.000Z", 6)
    '2027-02-28'
    """
    start = datetime.fromisoformat(at)
    whole = start.month - 1 + months
    year, month = start.year + whole // _MONTHS_A_YEAR, whole % _MONTHS_A_YEAR + 1
    return start.replace(year=year, month=month, day=min(start.day, 28)).date().isoformat()
