"""Governance: risk tiers, approvals by proven people, and the audit trail with its locked copies."""

from penstock.governance.approvals import Answer, Approval, Approvals, Decision
from penstock.governance.audit import AuditRecord, AuditTrail
from penstock.governance.copies import AuditCheck, AuditCopies, check_copies
from penstock.governance.delegation import Delegation, Delegations
from penstock.governance.identity import Caller, prove, verify
from penstock.governance.risk import DEMANDS, POINTS, Demands, RiskRating, rate

__all__ = [
    "DEMANDS",
    "POINTS",
    "Answer",
    "Approval",
    "Approvals",
    "AuditCheck",
    "AuditCopies",
    "AuditRecord",
    "AuditTrail",
    "Caller",
    "Decision",
    "Delegation",
    "Delegations",
    "Demands",
    "RiskRating",
    "check_copies",
    "prove",
    "rate",
    "verify",
]
