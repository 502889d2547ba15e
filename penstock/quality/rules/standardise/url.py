"""Web addresses are written in one way."""

from __future__ import annotations

from typing import Literal

from penstock.quality.lookup import let
from penstock.quality.spaces import trimmed
from penstock.quality.transformation import Standardise

_ADDRESS = r"^(?i:(https?))://([^/?#:@\s]+(?::[0-9]+)?)([^#\s]*)(#\S*)?$"


class Url(Standardise):
    """Write web addresses (RFC 3986) with scheme and host in lower case, no default port, no fragment."""

    standardise: Literal["url"]
    keep_fragment: bool = False
    """Whether what comes after # stays."""

    def expression(self, text: str) -> str:
        """Take addresses of http and https apart; the rest stays."""
        parts = f"regexp_extract({trimmed(text)}, '{_ADDRESS}', ['scheme', 'host', 'path', 'fragment'])"
        port = "CASE lower(p.scheme) WHEN 'http' THEN ':80' ELSE ':443' END"
        bare = f"replace(lower(p.host), {port}, '')"
        host = f"CASE WHEN ends_with(p.host, {port}) THEN {bare} ELSE lower(p.host) END"
        tail = " || p.fragment" if self.keep_fragment else ""
        written = f"lower(p.scheme) || '://' || {host} || coalesce(nullif(p.path, ''), '/'){tail}"
        address = let("p", parts, f"CASE WHEN p.host <> '' THEN {written} END")
        return f"coalesce({address}, {text})"


RULE = Url
