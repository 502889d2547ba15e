r"""Regular expressions as RE2 has them: they take linear time, whatever the text, and never look around.

What Python's expressions have and RE2 has not is refused when a contract is read, not when data arrive.
"""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field

MOST = 1_000
"""Characters of a pattern, and repetitions that a pattern may ask for."""

_TOKENS = re.compile(
    r"""(?P<escape>\\(?:[pP]\{\^?\w+\}|[pP]\w|.))
    |(?P<set>\[\^?\]?(?:\[:\w+:\]|\\.|[^\]\\])*\])
    |(?P<group>\(\?(?:<?[=!]|>|P=|\())
    |(?P<possessive>[*+?}]\+)
    |(?P<repeat>\{(?P<least>\d+)(?:,(?P<most>\d*))?\})""",
    re.VERBOSE | re.DOTALL,
)
_GROUPS = {
    "(?=": "a lookahead", "(?!": "a lookahead", "(?<=": "a lookbehind", "(?<!": "a lookbehind",
    "(?>": "an atomic group", "(?P=": "a backreference", "(?(": "a conditional",
}  # fmt: skip
_RE2_ESCAPE = re.compile(r"\\[pP](?:\{\^?\w+\}|\w)|\[:\^?\w+:\]")


def re2(pattern: str) -> str:
    r"""Return a pattern that RE2 understands as Python does.

    Raises
    ------
    ValueError
        It is no regular expression, or holds what would not take linear time; the message names that.

    Examples
    --------
    >>> re2("^[A-Z]{2}[0-9]+$")
    '^[A-Z]{2}[0-9]+$'
    >>> re2(r"(?=x)y")
    Traceback (most recent call last):
    ...
    ValueError: '(?=x)y' holds a lookahead, which RE2 has not; write the pattern without it, or two rules
    """
    if len(pattern) > MOST:
        raise ValueError(f"a pattern has at most {MOST:,} characters")
    for token in _TOKENS.finditer(pattern):
        if problem := _problem(token):
            raise ValueError(
                f"{pattern!r} holds {problem}, which RE2 has not; write the pattern without it, or two rules"
            )
    try:
        re.compile(_RE2_ESCAPE.sub("a", pattern).replace(r"\z", "$"))
    except (re.error, RecursionError, OverflowError) as error:
        raise ValueError(f"{pattern!r} is no regular expression ({error})") from error
    return pattern


def _problem(token: re.Match[str]) -> str:
    """Say what RE2 does not know, or nothing."""
    text = token.group()
    if token["group"]:
        return _GROUPS[text]
    if token["possessive"]:
        return "a possessive quantifier"
    if token["repeat"] and max(int(token["least"]), int(token["most"] or 0)) > MOST:
        return f"more than {MOST:,} repetitions"
    if token["escape"] and text[1] in "123456789":
        return "a backreference"
    return r"\Z (write \z)" if text == r"\Z" else ""


Pattern = Annotated[str, Field(min_length=1), AfterValidator(re2)]
"""A regular expression in RE2's syntax; searched for in the text, so anchor it to match the whole."""
