"""The seal of a package: its signature in the version's record, and in the audit trail beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.errors import ChangedModel
from penstock.models.signing import PackageSignature, verify_package

if TYPE_CHECKING:
    from penstock.governance.audit import AuditTrail
    from penstock.models import ModelVersion
    from penstock.stores import ObjectStore

SIGNED = "package signed"
"""The action of the audit record that has a package's hashes."""


def check_seal(audit: AuditTrail, artifacts: ObjectStore, version: ModelVersion) -> PackageSignature:
    """Check a version's package against its record, and the record against the audit trail.

    Raises
    ------
    ChangedModel
        The package was changed, or the hashes in the record were.
    """
    signature = verify_package(artifacts, version)
    audited = {
        str(record.details.get("sha256"))
        for record in audit.records(version.use_case)
        if record.action == SIGNED and record.subject == f"version {version.version}"
    }
    if audited - {signature.sha256}:
        raise ChangedModel(
            "The package's signature is not the one that was audited.",
            found=f"sha256 {signature.sha256}",
            expected=f"sha256 {', '.join(sorted(audited))}",
            where=f"version {version.version} of {version.use_case}",
            action="Verify the audit trail (penstock audit verify), and train again; it is not deployed.",
        )
    return signature
