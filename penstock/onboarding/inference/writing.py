"""A contract as YAML, with comments for the person who completes it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import yaml

from penstock.specs import Column, Contract, ContractFormat

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_ ./-]*[A-Za-z0-9_]|[A-Za-z_]")
_TOP = ("dataset", "description", "owner", "steward", "purpose", "legal_basis", "classification")


def as_yaml(
    contract: Contract, *, title: Sequence[str] = (), notes: Mapping[str, Sequence[str]] | None = None
) -> str:
    """Return a contract as YAML that reads back the same.

    Parameters
    ----------
    contract
        What to write; rules are written as they are.
    title
        Lines of comment at the top.
    notes
        Lines of comment above a field (``owner``) or a column (``columns.email``), or at the ``end``.

    Examples
    --------
    >>> contract = Contract(
    ...     dataset="orders", owner="TO BE FILLED", steward="s", purpose="p", legal_basis="l",
    ...     classification="internal", columns=[{"name": "id", "type": "string", "key": True}])
    >>> print(as_yaml(contract, notes={"columns.id": ["3 values, all different"]}))
    dataset: orders
    description: ""
    owner: TO BE FILLED
    steward: s
    purpose: p
    legal_basis: l
    classification: internal
    format:
      kind: csv
    columns:
      # 3 values, all different
      - name: id
        type: string
        nullable: true
        key: true
        meaning: ""
        unit: ""
    <BLANKLINE>
    """
    said = notes or {}
    lines = _comments(title, "")
    for name in _TOP:
        lines += _comments(said.get(name, ()), "")
        lines.append(f"{name}: {_scalar(getattr(contract, name))}")
    lines += _comments(said.get("format", ()), "")
    lines.append("format:")
    lines += [f"  {name}: {_scalar(value)}" for name, value in _format(contract.format)]
    lines.append("columns:")
    for column in contract.columns:
        lines += _comments(said.get(f"columns.{column.name}", ()), "  ")
        lines += _item(_column(column))
    rest = contract.model_dump(mode="json", exclude_defaults=True, exclude={*_TOP, "format", "columns"})
    for name, value in rest.items():
        lines += _comments(said.get(name, ()), "")
        lines += yaml.safe_dump({name: value}, allow_unicode=True, sort_keys=False).splitlines()
    lines += _comments(said.get("end", ()), "")
    return "\n".join(lines) + "\n"


def _comments(texts: Sequence[str], indent: str) -> list[str]:
    """Return comment lines; what would end a line, or is no text in YAML, is taken out."""
    return [f"{indent}# {_harmless(text)}".rstrip() for text in texts]


def _harmless(text: str) -> str:
    """Return a text that may stand in a comment."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(text.split()))


def _format(style: ContractFormat) -> Iterator[tuple[str, Any]]:
    """Yield the kind, and what differs from the default."""
    yield "kind", style.kind
    yield from style.model_dump(mode="json", exclude_defaults=True, exclude={"kind"}).items()


def _column(column: Column) -> dict[str, Any]:
    """Return the fields of a column: those that people look for always, others when they say something."""
    always = {"name": column.name, "type": column.type, "nullable": column.nullable}
    said = column.model_dump(mode="json", exclude_defaults=True)
    rest = {name: value for name, value in said.items() if name not in {*always, "meaning", "unit"}}
    return {**always, **rest, "meaning": column.meaning, "unit": column.unit}


def _item(fields: Mapping[str, Any]) -> list[str]:
    """Return an item of a list as lines."""
    return [f"{'  - ' if not place else '    '}{name}: {_scalar(value)}" for place, (name, value) in
            enumerate(fields.items())]  # fmt: skip


def _scalar(value: Any) -> str:
    """Return a value on one line: plain where YAML takes it for nothing else, otherwise as in JSON."""
    if isinstance(value, str) and _PLAIN.fullmatch(value) and yaml.safe_load(value) == value:
        return value
    written = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in written)
