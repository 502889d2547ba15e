"""One way of composing characters."""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Literal

from penstock.quality.transformation import Standardise
from penstock.tables import literal


class Unicode(Standardise):
    """Compose characters in one way (NFC); NFKC also makes plain ones of full-width ones and ligatures."""

    standardise: Literal["unicode"]
    form: Literal["NFC", "NFKC"] = "NFC"

    def expression(self, text: str) -> str:
        """Compose; for NFKC, put in place of each compatibility character what it stands for, beforehand."""
        if self.form == "NFC":
            return f"nfc_normalize({text})"
        plain, some = _plain()
        characters = f"[coalesce({plain}[x], x) FOR x IN string_split({text}, '')]"
        return (
            f"CASE WHEN regexp_matches({text}, '{some}') "
            f"THEN nfc_normalize(array_to_string({characters}, '')) ELSE nfc_normalize({text}) END"
        )


@cache
def _plain() -> tuple[str, str]:
    """Return SQL of the map from compatibility characters to what they stand for, and their class."""
    pairs = {
        code: unicodedata.normalize("NFKD", chr(code))
        for code in range(128, 0x20000)
        if unicodedata.normalize("NFKD", chr(code)) != unicodedata.normalize("NFD", chr(code))
    }
    keys, values = ", ".join(literal(chr(code)) for code in pairs), ", ".join(map(literal, pairs.values()))
    starts = [code for code in pairs if code - 1 not in pairs]
    ends = [code for code in pairs if code + 1 not in pairs]
    ranges = "".join(rf"\x{{{start:x}}}-\x{{{end:x}}}" for start, end in zip(starts, ends, strict=True))
    return f"MAP([{keys}], [{values}])", f"[{ranges}]"


RULE = Unicode
