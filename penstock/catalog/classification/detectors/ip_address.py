"""IP address, version 4 or 6; personal where it is a visitor's (Court of Justice of the EU, C-582/14)."""

from __future__ import annotations

from ipaddress import ip_address

from penstock.catalog.classification.detector import Detector


def _test(value: str) -> bool:
    """Tell whether it is an address, apart from 0.0.0.0 and the like that look like versions."""
    try:
        address = ip_address(value.partition("/")[0].strip("[]"))
    except ValueError:
        return False
    return not address.is_unspecified


_OCTET = r"(25[0-5]|2[0-4]\d|1?\d?\d)"
DETECTOR = Detector(
    kind="ip_address",
    meaning="IP address",
    names=("ip", "ip address", "ipaddress", "ip addr", "ipv4", "ipv6", "client ip", "remote addr",
           "remote address", "ip adresse", "adresse ip", "direccion ip", "indirizzo ip", "x forwarded for"),
    hints=("host", "source", "src", "dst", "client", "address"),
    shape=rf"({_OCTET}\.){{3}}{_OCTET}(/\d{{1,2}})?|\[?[0-9a-f]{{0,4}}(:[0-9a-f]{{0,4}}){{2,7}}(%\w+)?\]?(/\d{{1,3}})?",
    within=r"\b(?:[1-9]\d{0,2}\.)(?:\d{1,3}\.){2}\d{1,3}\b",
    test=_test,
    chance=0.001,
    named=0.3,
    hinted=0.7,
    alone=0.8,
    least=3,
)  # fmt: skip
