"""MAC address of a device (IEEE 802)."""

from __future__ import annotations

from penstock.catalog.classification.detector import Detector

DETECTOR = Detector(
    kind="mac_address",
    meaning="MAC address",
    names=("mac", "mac address", "macaddress", "mac addr", "bssid", "hardware address", "wifi mac"),
    shape=r"[0-9a-f]{2}([:-][0-9a-f]{2}){5}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}|[0-9a-f]{12}",
    shape_alone=r"[0-9a-f]{2}([:-][0-9a-f]{2}){5}|[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}",
    within=r"\b[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}\b",
    chance=0.0001,
    alone=0.8,
    least=3,
)
