"""Which columns hold personal or sensitive data, by their names and by their values."""

from penstock.catalog.classification.classify import classify_column
from penstock.catalog.classification.comprehend import ComprehendOpinion
from penstock.catalog.classification.detector import Detector
from penstock.catalog.classification.files import classify_file, classify_table
from penstock.catalog.classification.records import FREE_TEXT, NONE, Classification, Evidence
from penstock.catalog.classification.registry import detectors
from penstock.catalog.classification.suggestion import Undeclared, undeclared

__all__ = [
    "FREE_TEXT",
    "NONE",
    "Classification",
    "ComprehendOpinion",
    "Detector",
    "Evidence",
    "Undeclared",
    "classify_column",
    "classify_file",
    "classify_table",
    "detectors",
    "undeclared",
]
