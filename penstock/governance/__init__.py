"""Governance: risk tiers, approvals by proven people, and the audit trail."""

from penstock.governance.approvals import Approval, Approvals, Decision
from penstock.governance.audit import AuditRecord, AuditTrail
from penstock.governance.identity import Caller, prove, verify
from penstock.governance.risk import RiskRating, rate

__all__ = [
    "Approval",
    "Approvals",
    "AuditRecord",
    "AuditTrail",
    "Caller",
    "Decision",
    "RiskRating",
    "prove",
    "rate",
    "verify",
]
