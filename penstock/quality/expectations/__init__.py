"""Suites and results of great-expectations 1.x, read and written without it."""

from penstock.quality.expectations.outcomes import validation_result
from penstock.quality.expectations.suites import ImportedSuite, Refused, read_suite, write_suite

__all__ = ["ImportedSuite", "Refused", "read_suite", "validation_result", "write_suite"]
