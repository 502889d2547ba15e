"""The evidence that a reviewer asks for about one version, as one archive with the hash of every file."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from penstock.errors import NotFound
from penstock.experiments.collecting import RECORD
from penstock.governance.audit import AuditTrail
from penstock.governance.cards import card_name, model_card, read_documents
from penstock.governance.dossier import (
    approvals_of,
    audit_check,
    inventory_row,
    material,
    package_problem,
    read_json,
)
from penstock.governance.evidence_sources import (
    comparison_document,
    contents,
    data_documents,
    monitoring_document,
)
from penstock.governance.pages import card_page
from penstock.governance.risk import rate
from penstock.models.card import card_request

if TYPE_CHECKING:
    from penstock.models import ModelVersion
    from penstock.platform import Platform
    from penstock.specs import UseCase

_EVALUATION = (
    "metrics",
    "verdict",
    "evaluation",
    "analysis",
    "curves",
    "summary",
    "statistics",
    "constraints",
    "soundness",
    "inputs",
    "slices",
    "fairness",
    "robustness",
    "calibration",
    "complexity",
    "cost",
    "learning_curve",
    "staleness",
    "dependence",
)
_WHEN = (1980, 1, 1, 0, 0, 0)


class Evidence(BaseModel):
    """What was written, and what is wrong with it.

    Attributes
    ----------
    problems
        A package that was changed, an audit trail that does not verify, gates that failed.
    """

    model_config = ConfigDict(frozen=True)

    use_case: str
    version: int
    files: tuple[str, ...]
    problems: tuple[str, ...]


def write_evidence(platform: Platform, version: ModelVersion, path: Path, *, now: str) -> Evidence:
    """Collect everything about a version into a ZIP archive.

    It holds aggregates, decisions and hashes; no row of a person.

    Parameters
    ----------
    now
        When it is made, ISO 8601.
    """
    from penstock.catalog import Catalog

    use_case = Catalog(platform.items("catalog")).use_case(version.use_case)
    files, problems = _files(platform, use_case, version, now)
    files["CONTENTS.md"] = contents(version, files, problems).encode()
    listed = {name: hashlib.sha256(data).hexdigest() for name, data in sorted(files.items())}
    about = {"use_case": version.use_case, "version": version.version, "made_at": now, "problems": problems}
    files["manifest.json"] = _json({**about, "sha256": listed})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _WHEN), data, zipfile.ZIP_DEFLATED)
    return Evidence(
        use_case=version.use_case,
        version=version.version,
        files=tuple(sorted(files)),
        problems=tuple(problems),
    )


def verify_evidence(path: Path) -> list[str]:
    """Return the files of an archive that are not what its manifest says; none when all are.

    Examples
    --------
    >>> import tempfile
    >>> path = Path(tempfile.mkdtemp()) / "e.zip"
    >>> with zipfile.ZipFile(path, "w") as archive:
    ...     archive.writestr("a.json", "{}")
    ...     archive.writestr("manifest.json", '{"sha256": {"a.json": "0", "b.json": "0"}}')
    >>> verify_evidence(path)
    ['a.json', 'b.json']
    """
    with zipfile.ZipFile(path) as archive:
        listed: dict[str, str] = json.loads(archive.read("manifest.json"))["sha256"]
        found = {
            name: hashlib.sha256(archive.read(name)).hexdigest()
            for name in archive.namelist()
            if name != "manifest.json"
        }
    return sorted(name for name in {*listed, *found} if listed.get(name) != found.get(name))


def _files(
    platform: Platform, use_case: UseCase, version: ModelVersion, now: str
) -> tuple[dict[str, bytes], list[str]]:
    """Return the files by name, and what is wrong."""
    card = model_card(
        use_case, version, read_documents(platform.artifacts, version), bucket=platform.artifacts.uri
    )
    check = audit_check(platform, use_case.name, now=now, read=True)
    wrong = package_problem(platform, version)
    approvals = approvals_of(platform, use_case.name, version.version)
    known = material(platform, version)
    run = known.run
    problems = [*check.findings, *([wrong] if wrong else []), *_failed(version)]
    if run and run.get("digest") not in {None, "", use_case.digest, _asked_digest(use_case, known.plan)}:
        problems.append("the use case was registered anew since this version was trained")
    documents: dict[str, Any] = {
        "card.json": card.document(),
        "card-request.json": card_request(card_name(version), card.document()),
        "version.json": version.model_dump(mode="json"),
        "inventory.json": inventory_row(use_case, version, now=now).model_dump(mode="json"),
        "risk.json": rate(use_case.risk).model_dump(mode="json"),
        "run.json": run,
        "plan.json": known.plan,
        "explanation.json": {name: one for name, one in known.explanation.items() if name != "rows"},
        "approvals.json": [one.model_dump(mode="json", exclude={"task_token"}) for one in approvals],
        "audit-check.json": check.model_dump(mode="json"),
        "lineage.json": _lineage(platform, version),
        "package.json": _package(version, wrong),
        "specification.json": use_case.model_dump(mode="json"),
        "monitoring.json": monitoring_document(platform, version),
        "comparison.json": comparison_document(platform, version),
        **data_documents(platform, use_case, version),
        **_of_the_run(platform, version),
    }
    files = {name: _json(document) for name, document in documents.items()}
    files |= _evaluation(platform, version)
    files["audit.jsonl"] = _audit(platform, use_case.name)
    files["card.html"] = card_page(card.document(), version, approvals, check, now=now).encode()
    return files, problems


def _asked_digest(use_case: UseCase, plan: Mapping[str, Any]) -> str:
    """Return the digest of a use case with the candidates that its run was asked to train instead."""
    trained = plan.get("evaluate_request", {}).get("use_case", {}).get("model", {}).get("candidates")
    if not trained:
        return use_case.digest
    document = use_case.model_dump(mode="json")
    document["model"]["candidates"] = trained
    return type(use_case).model_validate(document).digest


def _of_the_run(platform: Platform, version: ModelVersion) -> dict[str, Any]:
    """Return the record by which the run can be repeated, and the features that it used."""
    home = f"runs/{version.use_case}/{version.run_id}"
    places = {"record.json": f"{home}/model/{RECORD}", "features.json": f"{home}/features.json"}
    found = {name: read_json(platform.artifacts, key) for name, key in places.items()}
    return {name: document for name, document in found.items() if document}


def _failed(version: ModelVersion) -> list[str]:
    """Return the gates that did not pass."""
    return [str(one["reason"]) for one in version.verdict.get("checks") or () if not one["passed"]]


def _evaluation(platform: Platform, version: ModelVersion) -> dict[str, bytes]:
    """Read what the evaluation wrote, byte by byte."""
    found = {}
    for name in _EVALUATION:
        try:
            data = platform.artifacts.read(f"{version.evaluation_prefix.rstrip('/')}/{name}.json")
        except NotFound:
            continue
        found[f"evaluation/{name}.json"] = data
    return found


def _audit(platform: Platform, use_case: str) -> bytes:
    """Return the whole chain as JSON lines: a part of it could not be verified by the reader."""
    records = AuditTrail(platform.items("audit")).records(use_case)
    return "".join(f"{json.dumps(one.model_dump(mode='json'), sort_keys=True)}\n" for one in records).encode()


def _lineage(platform: Platform, version: ModelVersion) -> dict[str, Any]:
    from penstock.catalog import Catalog
    from penstock.catalog.openlineage import run_events

    lineage, node = Catalog(platform.items("catalog")).lineage, f"model:{version.use_case}/{version.version}"
    above, below = lineage.upstream(node), lineage.downstream(node)
    both = above.model_copy(update={"edges": (*above.edges, *below.edges)})
    graphs = {"upstream": above.model_dump(mode="json"), "downstream": below.model_dump(mode="json")}
    return {"node": node, **graphs, "openlineage": run_events(both)}


def _package(version: ModelVersion, wrong: str) -> Mapping[str, Any]:
    signature = version.signature
    facts = {**signature.model_dump(mode="json"), "digest": signature.digest} if signature else {}
    return {"key": version.model_key, "registered": facts, "unchanged": not wrong, "problem": wrong}


def _json(document: Any) -> bytes:
    return (json.dumps(document, indent=1, sort_keys=True) + "\n").encode()
