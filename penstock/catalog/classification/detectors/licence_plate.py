"""Number plate of a vehicle: too many forms to be known by the values alone."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="licence_plate",
    meaning="number plate of a vehicle",
    names=("licence plate", "license plate", "licenseplate", "licenceplate", "number plate",
           "plate number", "plate no", "kennzeichen", "kfz kennzeichen", "immatriculation", "plaque",
           "matricula", "targa", "placa", "kenteken", "registreringsnummer", "nummerplaat", "vrm",
           "tablica rejestracyjna"),
    hints=("registration", "plate", "reg number", "vehicle registration"),
    shape=r"[A-ZÄÖÜ0-9]{1,4}([-· ]?[A-Z0-9]{1,4}){1,3}",
    test=lambda value: any(map(str.isdecimal, value)) and any(map(str.isalpha, value)),
    named=0.6,
    hinted=0.9,
)  # fmt: skip
