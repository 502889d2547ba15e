"""Identifier of a device, a browser or an advertising profile: known by the name of its column."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="device_id",
    meaning="identifier of a device or browser",
    names=("device id", "deviceid", "idfa", "idfv", "gaid", "aaid", "advertising id", "cookie id",
           "android id", "udid", "browser fingerprint", "device fingerprint", "cookieid"),
    shape=r"[\w:.-]{8,80}",
    named=0.8,
)  # fmt: skip
