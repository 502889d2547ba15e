"""Looking a text up in a table that is part of the statement."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from penstock.tables import literal

_FEW = 24


def let(name: str, expression: str, body: str) -> str:
    """Return SQL of a body in which a name stands for an expression that is computed once.

    Examples
    --------
    >>> let("x", "lower(c0)", "x || x")
    '([x || x FOR x IN [lower(c0)]])[1]'
    """
    return f"([{body} FOR {name} IN [{expression}]])[1]"


def looked_up(key: str, table: Mapping[str, str], *, otherwise: str) -> str:
    """Return SQL of what a table has for a key, or of something else.

    Parameters
    ----------
    key
        SQL of a text; it is computed once.
    table
        Texts by text. A long one is searched by first character.
    otherwise
        SQL of the value where the table has none.

    Examples
    --------
    >>> looked_up("c0", {"a": "1"}, otherwise="c0")
    "coalesce(([CASE k WHEN 'a' THEN '1' END FOR k IN [c0]])[1], c0)"
    """
    if len(table) <= _FEW:
        return f"coalesce({let('k', key, _case('k', table))}, {otherwise})"
    rooms: dict[str, dict[str, str]] = defaultdict(dict)
    for name, target in table.items():
        rooms[name[:1]][name] = target
    cases = " ".join(f"WHEN {literal(first)} THEN {_case('k', room)}" for first, room in rooms.items())
    return f"coalesce({let('k', key, f'CASE left(k, 1) {cases} END')}, {otherwise})"


def _case(key: str, table: Mapping[str, str]) -> str:
    """Return SQL of a short table; null for what it has not."""
    cases = " ".join(f"WHEN {literal(name)} THEN {literal(target)}" for name, target in table.items())
    return f"CASE {key} {cases} END"
