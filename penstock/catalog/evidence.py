"""What is written beside the data about a snapshot: its manifest, and the facts about its objects."""

from __future__ import annotations

import hashlib
import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.catalog.records import Evidence, Part, SnapshotHead

if TYPE_CHECKING:
    from collections.abc import Mapping

    from penstock.catalog.snapshots import Snapshots
    from penstock.stores import ObjectStore


def measure_part(lake: ObjectStore, key: str, *, rows: int) -> Part:
    """Return an object as it is now: its version in the store, its size and the hash of its bytes.

    Examples
    --------
    >>> from penstock.stores import FolderObjects
    >>> lake = FolderObjects(Path(tempfile.mkdtemp()))
    >>> lake.write("curated/a.parquet", b"rows")
    >>> measure_part(lake, "curated/a.parquet", rows=1).bytes
    4
    """
    found = lake.head(key)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "part"
        lake.download(key, path, version=found.version)
        return Part(key=key, version=found.version, bytes=found.bytes, rows=rows, sha256=sha256_of(path))


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, read in constant memory.

    Examples
    --------
    >>> path = Path(tempfile.mkdtemp()) / "file"
    >>> _ = path.write_bytes(b"")
    >>> sha256_of(path)[:8]
    'e3b0c442'
    """
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def read_evidence(
    lake: ObjectStore, report: str, *, contract: str = "", contract_version: int | None = None
) -> Evidence:
    """Return what the report of an arrival says, with the hash of the report itself.

    Parameters
    ----------
    report
        Key of the report. A ``profile.json`` beside it is the profile; otherwise the report has it.
    contract, contract_version
        Digest and number of the contract that the file met.

    Examples
    --------
    >>> from penstock.stores import FolderObjects
    >>> lake = FolderObjects(Path(tempfile.mkdtemp()))
    >>> lake.write("reports/report.json", b'{"rows_in": 3, "rules": [{"passed": true}, {"passed": false}]}')
    >>> evidence = read_evidence(lake, "reports/report.json")
    >>> evidence.rows_in, evidence.rules, evidence.rules_failed
    (3, 2, 1)
    """
    data = lake.read(report)
    document: dict[str, Any] = json.loads(data)
    rules: list[Mapping[str, Any]] = list(document.get("rules") or ())
    beside = f"{report.rsplit('/', 1)[0]}/profile.json"
    return Evidence(
        contract=contract,
        contract_version=contract_version,
        report=report,
        report_sha256=hashlib.sha256(data).hexdigest(),
        profile=beside if _exists(lake, beside) else report,
        rows_in=int(document.get("rows_in") or 0),
        rows_quarantined=int(document.get("rows_quarantined") or 0),
        rules=len(rules),
        rules_failed=sum(not rule.get("passed", True) for rule in rules),
    )


def stem_of(head: SnapshotHead) -> str:
    """Return where a snapshot's documents lie in the lake, without the ending.

    Examples
    --------
    >>> facts = {"id": "0a", "use_case": "uc", "dataset": "ds", "sequence": 1, "parent": None, "at": ""}
    >>> stem_of(SnapshotHead(**facts, columns=()))
    'snapshots/uc/ds/0a'
    """
    return f"snapshots/{head.use_case}/{head.dataset}/{head.id}"


def write_snapshot(lake: ObjectStore, head: SnapshotHead) -> str:
    """Write a snapshot's document: what it adds to its parent, and the sums. It is small at any size.

    Returns
    -------
    str
        Its key.
    """
    key = f"{stem_of(head)}.json"
    lake.write(key, head.model_dump_json(exclude_none=True).encode(), content_type="application/json")
    return key


def write_manifest(lake: ObjectStore, snapshots: Snapshots, head: SnapshotHead) -> str:
    """Write the manifest by which SageMaker jobs read a snapshot, unless it is there; return its address.

    It lists every object, so it is made when a job needs it and not for each arrival.
    """
    key = f"{stem_of(head)}.manifest"
    if _exists(lake, key):
        return f"{lake.uri}/{key}"
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "manifest"
        with path.open("w", encoding="utf-8") as out:
            out.write(f"[{json.dumps({'prefix': f'{lake.uri}/'})}")
            out.writelines(f", {json.dumps(part.key)}" for part in snapshots.parts(head))
            out.write("]")
        lake.upload(path, key)
    return f"{lake.uri}/{key}"


def _exists(lake: ObjectStore, key: str) -> bool:
    """Look by listing: S3 does not tell that an object is missing to who may list below a prefix only."""
    return key in lake.keys(key)
