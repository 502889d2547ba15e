"""Biometric data that tells a person apart (GDPR Article 9)."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="biometric",
    meaning="biometric data",
    sensitivity="special",
    protect="drop",
    names=("biometric", "biometrics", "fingerprint template", "finger print", "face embedding",
           "face template", "faceprint", "voiceprint", "iris scan", "iris code", "retina scan",
           "palm print", "fingerabdruck", "empreinte digitale", "huella dactilar", "impronta digitale",
           "vingerafdruk", "face vector"),
    shape=r".{1,4000}",
    named=0.5,
    flags=True,
)  # fmt: skip
