"""Facts collected from the platform's own records: tables, objects, histories."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from penstock.errors import NotFound, TamperedAudit
from penstock.reports.executions import Executions
from penstock.reports.facts import (
    ArrivalFact,
    AuditFact,
    CandidateFact,
    CheckFact,
    DriftFact,
    ExecutionFact,
    Facts,
    IntervalFact,
    MonitoringFact,
    ReasonFact,
    StepFact,
    VersionFact,
)
from penstock.reports.sides import DOCUMENTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from penstock.catalog import Arrival
    from penstock.governance import AuditTrail
    from penstock.models import ModelVersion, StageChange
    from penstock.platform import Platform
    from penstock.stores import ObjectStore

_DOCUMENTS = ("metrics", "verdict", "curves", "explanation", "dependence", "summary")
_TOGETHER = ("interactions", "counterfactuals")
_OF_A_ROW = ("row", "label", "reasons", "effects", "base_score", "score_unit")
_HISTORY = ("stage", "at", "by", "reason")


def collect(platform: Platform, use_case: str, *, generated_at: str, story: Sequence[StepFact] = ()) -> Facts:
    """Collect what a report tells of a use case.

    Parameters
    ----------
    platform
        Where everything is read.
    use_case
        Its name.
    generated_at
        The time of the report, ISO 8601.
    story
        Steps that were told, if the report belongs to a story.

    Raises
    ------
    NotFound
        The use case is not registered.
    """
    from penstock.catalog import Catalog
    from penstock.governance import rate

    catalog = Catalog(platform.items("catalog"))
    spec = catalog.use_case(use_case)
    arrivals = [one for contract in spec.datasets for one in catalog.arrivals(use_case, contract.dataset)]
    return Facts(
        use_case=use_case,
        title=spec.title,
        owner=spec.owner,
        description=spec.description.strip(),
        environment=platform.environment,
        generated_at=generated_at,
        metric=spec.model.metric,
        risk_tier=rate(spec.risk).tier,
        arrivals=tuple(map(_arrival, arrivals)),
        reasons=_reasons(platform.lake, arrivals),
        versions=_versions(platform, use_case),
        executions=_executions(platform, use_case),
        monitoring=monitoring_facts(platform, use_case),
        audit=audit_facts(platform, use_case),
        story=tuple(story),
    )


def version_facts(platform: Platform, version: ModelVersion) -> VersionFact:
    """Return a version with the documents of its evaluation."""
    documents = {
        name: _document(platform.artifacts, f"{version.evaluation_prefix.rstrip('/')}/{name}.json")
        for name in (*_DOCUMENTS, *DOCUMENTS)
    }
    verdict = documents["verdict"] or version.verdict
    return VersionFact(
        version=version.version,
        stage=version.stage,
        candidate=version.candidate,
        run_id=version.run_id,
        requested_by=version.requested_by,
        created_at=version.created_at,
        compared_with=str(verdict.get("compared_with") or ""),
        models=_models(documents["metrics"]),
        checks=tuple(CheckFact.model_validate(check) for check in verdict.get("checks", ())),
        history=tuple(_entry(entry) for entry in version.history),
        curves=documents["curves"],
        shap=documents["explanation"].get("global_shap", {}),
        rows=_explained(documents["explanation"]),
        explanation={name: documents["explanation"].get(name, []) for name in _TOGETHER},
        dependence=documents["dependence"],
        summary=documents["summary"],
        documents={name: documents[name] for name in DOCUMENTS if documents[name]},
    )


def monitoring_facts(platform: Platform, use_case: str) -> tuple[MonitoringFact, ...]:
    """Return the looks at live traffic, oldest first, with the distances that each found."""
    items = platform.items("monitoring").query(f"usecase#{use_case}", prefix="window#")
    return tuple(_monitored(platform.artifacts, item) for item in items)


def audit_facts(platform: Platform, use_case: str) -> AuditFact:
    """Verify the audit chain of a use case, with its locked copies where there are any, and sum it up."""
    from penstock.governance import AuditTrail

    trail = AuditTrail(platform.items("audit"))
    records = list(trail.records(use_case))
    if not records:
        return AuditFact(problem="there are no records")
    copies, problem = _proven(platform, trail, use_case)
    return AuditFact(
        records=len(records),
        copies=copies,
        verified=not problem,
        problem=problem,
        head=records[-1].hash,
        first_at=records[0].at,
        last_at=records[-1].at,
        actions=dict(Counter(record.action for record in records).most_common()),
        actors=tuple(sorted({record.actor for record in records})),
    )


def _proven(platform: Platform, trail: AuditTrail, use_case: str) -> tuple[int, str]:
    """Return how many copies there are, and what is wrong with the chain or with them."""
    from penstock.governance.dossier import audit_check, now_text

    try:
        check = audit_check(platform, use_case, now=now_text())
    except NotFound:
        return 0, _broken(trail, use_case)
    return check.copies, "; ".join(check.findings)


def _broken(trail: AuditTrail, use_case: str) -> str:
    """Say what is wrong with a chain that has no copies."""
    try:
        trail.verify(use_case)
    except TamperedAudit as error:
        return str(error)
    return ""


def _arrival(arrival: Arrival) -> ArrivalFact:
    """Return what a report tells of an arrival."""
    return ArrivalFact(
        dataset=arrival.dataset,
        file_name=arrival.file_name,
        status=str(arrival.status),
        received_at=arrival.received_at,
        rows_in=arrival.rows_in or 0,
        rows_curated=arrival.rows_curated or 0,
        rows_quarantined=arrival.rows_quarantined or 0,
        error=f"{arrival.error.name}: {arrival.error.message}" if arrival.error else "",
    )


def _reasons(lake: ObjectStore, arrivals: Iterable[Arrival]) -> tuple[ReasonFact, ...]:
    """Add up, over all arrivals, how many rows broke each rule."""
    broken: Counter[tuple[str, str]] = Counter()
    for arrival in arrivals:
        report = _document(lake, arrival.report_key) if arrival.report_key else {}
        for rule in report.get("rules", ()):
            broken[f"{rule['check']} {', '.join(rule['columns'])}".strip(), rule["severity"]] += rule[
                "broken"
            ]
    return tuple(
        ReasonFact(rule=rule, severity=severity, broken=count)
        for (rule, severity), count in broken.most_common()
        if count
    )


def _versions(platform: Platform, use_case: str) -> tuple[VersionFact, ...]:
    """Return all versions, the oldest first."""
    from penstock.models import ModelRepository

    found = ModelRepository(platform.items("models")).versions(use_case)
    return tuple(version_facts(platform, version) for version in sorted(found, key=lambda one: one.version))


def _executions(platform: Platform, use_case: str) -> tuple[ExecutionFact, ...]:
    """Return all runs about a use case with their states, the oldest first."""
    runs = Executions(platform)
    return tuple(runs.detailed(one) for one in reversed(runs.recent(use_case=use_case)))


def _models(metrics: dict[str, Any]) -> tuple[CandidateFact, ...]:
    """Return every measured model of ``metrics.json``."""
    return tuple(
        CandidateFact(
            name=name,
            role=found.get("role", "candidate"),
            algorithm=found.get("algorithm") or "",
            test=_intervals(found.get("test")),
            recent=_intervals(found.get("recent")),
        )
        for name, found in metrics.get("models", {}).items()
    )


def _intervals(metrics: dict[str, Any] | None) -> dict[str, IntervalFact]:
    """Return metrics with their intervals."""
    return {name: IntervalFact.model_validate(found) for name, found in (metrics or {}).items()}


def _entry(entry: StageChange) -> dict[str, str]:
    """Return one entry of a version's history as texts."""
    found = entry.model_dump(mode="json")
    return {name: str(found.get(name) or "") for name in _HISTORY}


def _explained(explanation: dict[str, Any]) -> tuple[dict[str, Any], ...]:
    """Return the explained rows without anything that names a person's record."""
    return tuple(
        {"values": row["values"], "shap": row["shap"], "score": row["score"]}
        | {name: row[name] for name in _OF_A_ROW if name in row}
        for row in explanation.get("rows", ())
    )


def _monitored(artifacts: ObjectStore, item: dict[str, Any]) -> MonitoringFact:
    """Return one look at live traffic."""
    prefix = str(item.get("report_prefix") or "").rstrip("/")
    summary = _document(artifacts, f"{prefix}/summary.json") if prefix else {}
    distances = tuple(
        DriftFact(feature=name, distance=found["value"], threshold=found["threshold"])
        for name, found in summary.get("distances", {}).items()
    )
    return MonitoringFact(
        at=str(item.get("at", "")),
        status=str(item.get("status", "")),
        rows=int(item.get("rows") or 0),
        violations=_count(item.get("violations")),
        drifted=tuple(item.get("drifted") or ()),
        distances=tuple(sorted(distances, key=lambda one: -one.distance)),
    )


def _count(value: Any) -> int:
    """Return how many: a number, or the length of a list."""
    return len(value) if isinstance(value, list | tuple) else int(value or 0)


def _document(store: ObjectStore, key: str) -> dict[str, Any]:
    """Read a JSON object; an empty one when there is none."""
    try:
        found: dict[str, Any] = json.loads(store.read(key))
    except NotFound:
        return {}
    return found
