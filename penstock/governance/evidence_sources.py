"""What the evidence about a version draws on beside its own documents, and what it answers."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from penstock.errors import NotFound
from penstock.governance.dossier import compare_versions, read_json
from penstock.models import ModelRepository

if TYPE_CHECKING:
    from penstock.models import ModelVersion
    from penstock.platform import Platform
    from penstock.specs import UseCase

_RULE = ("check", "columns", "severity", "mostly", "rows", "broken", "passed")


class Question(NamedTuple):
    """What a reviewer asks, where it is asked for, and the files (or folders) that answer."""

    asked: str
    sr_11_7: str
    ss1_23: str
    ai_act: str
    gdpr: str
    files: tuple[str, ...]


QUESTIONS = (
    Question(
        "What is it for, whom does it concern, how much is at risk, where are its limits?",
        "IV, VI", "1, 3", "Art. 9, 11, 13", "Art. 5(1)(b), 13-15",
        ("card.html", "card.json", "risk.json", "inventory.json"),
    ),
    Question(
        "Which data did it learn from, and by which rules were they admitted?",
        "IV", "3", "Art. 10", "Art. 5(1)(c)-(e), 6, 30",
        ("data.json", "quality.json", "lineage.json", "specification.json"),
    ),
    Question(
        "How was it made, and how can it be made again?",
        "IV", "3", "Art. 11, Annex IV", "",
        ("run.json", "record.json", "plan.json", "features.json"),
    ),
    Question(
        "Is it sound: how good, where weak, how robust, how fair, how honest?",
        "V", "3, 4", "Art. 10, 15", "Art. 5(1)(a), (d)", ("evaluation/",),
    ),
    Question(
        "Why does it answer as it does?",
        "V", "3, 4", "Art. 13, 86", "Art. 15(1)(h), 22", ("explanation.json", "evaluation/analysis.json"),
    ),
    Question(
        "What changed against the version before, and how does it age?",
        "V", "3, 4", "Art. 15", "", ("comparison.json", "evaluation/staleness.json"),
    ),
    Question(
        "Who decided that it may serve, in which role, and why; who looked again?",
        "VI", "2", "Art. 14, 26", "Art. 22(3)", ("approvals.json", "version.json"),
    ),
    Question("What was found while it served?", "V", "3, 5", "Art. 72", "Art. 5(2)", ("monitoring.json",)),
    Question(
        "Is all this complete and unchanged?",
        "VI", "2", "Art. 12, 18", "Art. 5(1)(f), 5(2)",
        ("package.json", "audit.jsonl", "audit-check.json", "manifest.json"),
    ),
)  # fmt: skip
"""By the sections of the Federal Reserve's SR 11-7, the principles of the PRA's SS1/23, and the articles of
Regulations (EU) 2024/1689 (the AI Act) and 2016/679 (the GDPR)."""


def data_documents(platform: Platform, use_case: UseCase, version: ModelVersion) -> dict[str, Any]:
    """Return ``data.json`` and ``quality.json``: the snapshot, its files, and what each rule found."""
    from penstock.catalog import Catalog

    catalog = Catalog(platform.items("catalog"))
    try:
        snapshot = catalog.snapshot(version.snapshot_id)
    except NotFound:
        return {"data.json": {"snapshot": version.snapshot_id, "known": False}, "quality.json": []}
    wanted = set(snapshot.arrivals)
    found = [one for one in catalog.arrivals(use_case.name, snapshot.dataset) if one.id in wanted]
    facts = {"id", "file_name", "object", "status", "received_at", "contract", "report_key", "removed_at",
             "rows_in", "rows_curated", "rows_quarantined"}  # fmt: skip
    arrivals = [one.model_dump(mode="json", include=facts) for one in found]
    data = {"snapshot": snapshot.model_dump(mode="json"), "arrivals": arrivals, "known": True}
    return {"data.json": data, "quality.json": [_quality(platform, one) for one in arrivals]}


def _quality(platform: Platform, arrival: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the rules found in a file, without the rows that serve as examples."""
    report = read_json(platform.lake, str(arrival["report_key"])) if arrival.get("report_key") else {}
    rules = [{name: rule.get(name) for name in _RULE} for rule in report.get("rules") or ()]
    return {"arrival": arrival["id"], "file_name": arrival["file_name"], "rules": rules}


def monitoring_document(platform: Platform, version: ModelVersion) -> list[dict[str, Any]]:
    """Return what each look at a version's traffic found, with the distances of its features."""
    items = platform.items("monitoring").query(f"usecase#{version.use_case}", prefix="window#")
    return [
        {
            **{name: item.get(name) for name in ("at", "status", "rows", "violations", "drifted")},
            "distances": read_json(platform.artifacts, f"{item.get('report_prefix', '')}/summary.json").get(
                "distances", {}
            ),
        }
        for item in items
        if str(item.get("version")) == str(version.version)
    ]


def comparison_document(platform: Platform, version: ModelVersion) -> dict[str, Any]:
    """Return the comparison with the version that it was judged against; empty for the first."""
    number = str(version.verdict.get("compared_with") or "")
    if not number.isdigit():
        return {}
    before = ModelRepository(platform.items("models")).version(version.use_case, int(number))
    return compare_versions(platform, before, version).model_dump(mode="json")


def contents(version: ModelVersion, files: Collection[str], problems: Collection[str]) -> str:
    """Return what is in an archive as a page of Markdown: question by question, with what is missing.

    Examples
    --------
    >>> from penstock.models import ModelVersion, Stage
    >>> version = ModelVersion(use_case="u", version=1, run_id="r", stage=Stage.CHAMPION, candidate="c",
    ...     model_key="m", evaluation_prefix="e", requested_by="d", created_at="2026-01-01")
    >>> "monitoring.json (none)" in contents(version, ["card.html"], [])
    True
    """
    lines = [
        f"# Evidence about version {version.version} of {version.use_case}",
        "",
        *([f"- PROBLEM: {one}" for one in problems] or ["No problem was found."]),
        "",
        "| question | SR 11-7 | SS1/23 | EU AI Act | GDPR | files |",
        "|---|---|---|---|---|---|",
        *(_row(one, files) for one in QUESTIONS),
        "",
        "`manifest.json` has the SHA-256 of every file; `penstock audit verify` proves the trail anew.",
        "",
    ]
    return "\n".join(lines)


def _row(question: Question, files: Collection[str]) -> str:
    found = ", ".join(_there(name, files) for name in question.files)
    places = " | ".join((question.sr_11_7, question.ss1_23, question.ai_act, question.gdpr))
    return f"| {question.asked} | {places} | {found} |"


def _there(name: str, files: Collection[str]) -> str:
    """Return a file's name, and whether there is none; of a folder, how many files it has."""
    if name.endswith("/"):
        return f"{name} ({sum(one.startswith(name) for one in files)} files)"
    return name if name in files or name == "manifest.json" else f"{name} (none)"
