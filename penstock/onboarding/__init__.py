"""Onboarding: from a file that landed to curated data, a quarantine and a report."""

from penstock.onboarding.landing import LandingKey, parse_landing_key
from penstock.onboarding.onboard import CURATED, QUARANTINE, REPORT, curated_columns, onboard_file
from penstock.onboarding.report import ColumnProfile, CuratedColumn, OnboardingReport, RuleResult

__all__ = [
    "CURATED",
    "QUARANTINE",
    "REPORT",
    "ColumnProfile",
    "CuratedColumn",
    "LandingKey",
    "OnboardingReport",
    "RuleResult",
    "curated_columns",
    "onboard_file",
    "parse_landing_key",
]
