"""Characters that take room and show nothing."""

from __future__ import annotations

SPACES = (
    " \t\n\v\f\r\x1c\x1d\x1e\x1f\x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006"
    "\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\u200b\u2060\ufeff"
)
"""All that Unicode calls white space, the zero-width space, the word joiner and the byte order mark."""

SPACE_CLASS = (
    r"[\s\x0b\x1c-\x1f\x{85}\x{a0}\x{1680}\x{2000}-\x{200b}\x{2028}\x{2029}"
    r"\x{202f}\x{205f}\x{2060}\x{3000}\x{feff}]"
)
"""The same as a class of a regular expression (RE2)."""


def trimmed(text: str, also: str = "") -> str:
    """Return SQL of a text without the spaces around it, and without other signs around it.

    Examples
    --------
    >>> trimmed("c0").startswith("regexp_replace(c0, ")
    True
    """
    edge = f"[{SPACE_CLASS[1:-1]}{also}]+"
    return f"regexp_replace({text}, '^{edge}|{edge}$', '', 'g')"
