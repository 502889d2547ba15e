"""Individual Taxpayer Identification Number of the United States: rules on area and group (IRS)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact
from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether the group is one that the IRS gives out."""
    group = int(compact(value)[3:5])
    return 50 <= group <= 65 or 70 <= group <= 88 or 90 <= group <= 92 or 94 <= group <= 99  # noqa: PLR2004


DETECTOR = Detector(
    kind="us_itin",
    meaning="US individual taxpayer identification number",
    names=("itin", "individual taxpayer"),
    hints=("tax id", "tin", "taxpayer id"),
    shape=r"9\d{2}[- ]?\d{2}[- ]?\d{4}",
    shape_alone=r"9\d{2}-\d{2}-\d{4}",
    within=r"\b9\d{2}-\d{2}-\d{4}\b",
    test=_test,
    chance=0.44,
    hinted=0.9,
    alone=0.95,
    least=20,
)
