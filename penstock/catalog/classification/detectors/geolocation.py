"""Place of a person or device as coordinates; the name must say whose."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="geolocation",
    meaning="place of a person or device",
    protect="drop",
    names=("gps", "geolocation", "home latitude", "home longitude", "user latitude", "user longitude",
           "customer latitude", "customer longitude", "device latitude", "device longitude", "user lat",
           "user lon", "user lng", "home lat", "home lon", "home lng", "device lat", "device lon",
           "gps lat", "gps lon"),
    shape=r"\(?-?\d{1,3}\.\d{2,}( ?[,; ] ?-?\d{1,3}\.\d{2,}\)?)?",
    named=0.7,
)  # fmt: skip
