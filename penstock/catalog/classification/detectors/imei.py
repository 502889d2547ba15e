"""IMEI of a mobile device: fifteen digits with a Luhn digit (3GPP TS 23.003)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import compact, luhn
from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="imei",
    meaning="IMEI of a mobile device",
    names=("imei", "device imei"),
    hints=("device id", "device", "handset"),
    shape=r"\d{2}-?\d{6}-?\d{6}-?\d",
    shape_alone=r"(01|35|86|99)-?\d{6}-?\d{6}-?\d",
    test=lambda value: luhn(compact(value)),
    chance=0.1,
    hinted=0.9,
    alone=0.95,
    least=15,
)
