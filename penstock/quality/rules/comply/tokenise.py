"""A token that looks like the value."""

from __future__ import annotations

from typing import ClassVar, Literal

from penstock.quality.conditions import Cell
from penstock.quality.keyed import keyed
from penstock.quality.lookup import let
from penstock.quality.transformation import Comply
from penstock.specs import Column


class Tokenise(Comply):
    """Put a token in a value's place: the same for the same value and key, of no use without either.

    A token of the ``shape`` of its value has a digit for each digit and a letter of the same case for each
    letter; other characters stay. Short values share tokens: of 10,000 four-digit numbers, a third do. A
    ``code`` has 26 letters and digits and is shared by no two values. Columns that identify rows need
    codes.

    Tokens cannot be turned back. That takes a vault, a table of all values which is worth more to a thief
    than the data themselves, must never be lost, and must be asked row by row; or encryption with a cipher
    for short texts (FF1), whose key opens everything. Who may see the values reads the landed file, where
    access is granted by person and recorded.
    """

    needs_key: ClassVar[bool] = True

    comply: Literal["tokenise"]
    form: Literal["shape", "code"] = "shape"

    def expected(self, column: Column) -> str:
        """Keep keys apart: short values may share a token of their shape."""
        return "form: code for columns that identify rows" if column.key and self.form == "shape" else ""

    def protected(self, cell: Cell) -> str:
        """Draw the token's characters from the keyed hash of the value, with a prefix unlike hashes."""
        if self.form == "code":
            digest = keyed(f"('token:' || {cell.text})")
            return let("h", digest, f"array_to_string([{_character('i', _ALL)} FOR i IN range(26)], '')")
        drawn = f"[{_shaped('x', 'i')} FOR x, i IN string_split({cell.text}, '')]"
        digest = f"{keyed(_salted('1', cell.text))} || {keyed(_salted('2', cell.text))}"
        return let("h", digest, f"array_to_string({drawn}, '')")


_ALL = "abcdefghijklmnopqrstuvwxyz0123456789"


def _salted(place: str, text: str) -> str:
    """Return SQL of a text with a number before it."""
    return f"('token {place}:' || {text})"


def _character(place: str, alphabet: str) -> str:
    """Return SQL of the character that 32 bits of the hash ``h`` choose from an alphabet."""
    bits = f"CAST('0x' || substr(h, CAST(({place} * 2) % 56 + 1 AS BIGINT), 8) AS BIGINT)"
    return f"substr('{alphabet}', {bits} % {len(alphabet)} + 1, 1)"


def _shaped(character: str, place: str) -> str:
    """Return SQL of the token's character in the place of a character."""
    bits = f"CAST('0x' || substr(h, CAST(({place} * 7) % 120 + 1 AS BIGINT), 8) AS BIGINT)"
    kinds = {
        "[0-9]": "0123456789",
        r"\p{Lu}": _ALL[:26].upper(),
        r"\p{L}": _ALL[:26],
        r"\p{Nd}": "0123456789",
    }
    cases = " ".join(
        f"WHEN regexp_matches({character}, '{kind}') THEN substr('{letters}', {bits} % {len(letters)} + 1, 1)"
        for kind, letters in kinds.items()
    )
    return f"CASE {cases} ELSE {character} END"


RULE = Tokenise
