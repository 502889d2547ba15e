"""Vehicle identification number: seventeen characters; North American ones have a check digit (ISO 3779)."""

from __future__ import annotations

from penstock.catalog.classification.check_digits import weighted
from penstock.catalog.classification.detector import Detector

_VALUES = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", "12345678123457923456789", strict=True))
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def _test(value: str) -> bool:
    """Tell whether there are letters and digits, and the serial number ends in digits."""
    return any(map(str.isalpha, value)) and value[-4:].isdecimal()


def has_check_digit(value: str) -> bool:
    """Tell whether the ninth character is the check digit.

    Examples
    --------
    >>> has_check_digit("1M8GDM9AXKP042788")
    True
    """
    digits = "".join(_VALUES.get(character, character) for character in value.upper())
    return "0123456789X"[weighted(digits, _WEIGHTS) % 11] == value[8].upper()


DETECTOR = Detector(
    kind="vin",
    meaning="vehicle identification number",
    names=("vin", "vin number", "vehicle identification", "chassis number", "fahrgestellnummer", "fin",
           "fahrgestell", "numero chassis", "bastidor", "telaio"),
    hints=("vehicle id",),
    shape=r"[A-HJ-NPR-Z0-9]{17}",
    test=_test,
    chance=0.4,
    hinted=0.9,
    alone=0.98,
    least=20,
)  # fmt: skip
