"""Onboarding: from a file that landed to curated data, a quarantine and a report."""

from penstock.catalog.profiles import ColumnProfile
from penstock.onboarding.landing import LandingKey, parse_landing_key
from penstock.onboarding.onboard import onboard_file
from penstock.onboarding.protect import needs_key
from penstock.onboarding.report import CuratedColumn, OnboardingReport, RuleChange, RuleResult
from penstock.onboarding.reporting import CURATED, QUARANTINE, REPORT
from penstock.specs.columns import curated_columns

__all__ = [
    "CURATED",
    "QUARANTINE",
    "REPORT",
    "ColumnProfile",
    "CuratedColumn",
    "LandingKey",
    "OnboardingReport",
    "RuleChange",
    "RuleResult",
    "curated_columns",
    "needs_key",
    "onboard_file",
    "parse_landing_key",
]
