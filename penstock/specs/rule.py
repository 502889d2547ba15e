"""A rule of a contract: five kinds, each rule a class in a file under ``penstock/quality/rules``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, cast, get_args

from pydantic import BeforeValidator, SerializeAsAny, ValidationError

from penstock.specs.base import Spec

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

    from penstock.specs.contract import Column

Kind = Literal["standardise", "augment", "enrich", "check", "comply"]
"""What a rule does; in this order, whatever the order in the contract."""

KINDS: tuple[Kind, ...] = get_args(Kind)


class Rule(Spec):
    """A rule; its first field is its kind, and says its name: ``check: between``.

    A subclass sets ``kind``, declares a field of that name with a ``Literal`` of its own name, and the fields
    that it needs; its docstring's first line tells people what it does. Its file is named after it.
    """

    kind: ClassVar[Kind]

    reason: str = ""
    """What a steward reads beside a result; made from the rule when empty."""

    @property
    def name(self) -> str:
        """The rule's name, such as ``between``."""
        return str(getattr(self, self.kind))

    def reads(self) -> tuple[str, ...]:
        """Return the columns that must be there before it."""
        return ()

    def makes(self) -> tuple[str, ...]:
        """Return the columns that are there only after it."""
        return ()

    def made(self, columns: Mapping[str, Column]) -> tuple[Column, ...]:
        """Return the declarations of the columns that it makes, given those before it."""
        return ()

    def needs(self) -> Mapping[str, tuple[str, ...]]:
        """Return the columns of other datasets that it reads, by dataset."""
        return {}

    def kept(self, column: Column) -> Column | None:
        """Return what it leaves of a column that it protects; None when nothing."""
        return column


def in_order(rules: Iterable[Rule]) -> list[Rule]:
    """Return rules in the order in which they are applied: by kind, then as written."""
    return sorted(rules, key=lambda rule: KINDS.index(rule.kind))


def problems(rules: Iterable[Rule], columns: Iterable[str]) -> list[str]:
    """Return what rules ask of columns that are not there yet, or do to them twice."""
    there, protected, found = set(columns), set[str](), []
    for rule in in_order(rules):
        about = f"{rule.kind} {rule.name}"
        if absent := sorted(set(rule.reads()) - there):
            found.append(f"{about} needs {', '.join(absent)}, which is not declared or made before it")
        if rule.kind == "comply":
            twice = sorted(set(rule.reads()) & protected)
            found += [f"{about} on {name} is the second protection of that column" for name in twice]
            protected |= set(rule.reads())
        there |= set(rule.makes())
    return found


def rule_names(kind: Kind) -> list[str]:
    """Return the names of all rules of a kind, sorted.

    Examples
    --------
    >>> "between" in rule_names("check")
    True
    """
    package = importlib.import_module(f"penstock.quality.rules.{kind}")
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__))


def rule_class(kind: Kind, name: str) -> type[Rule]:
    """Return the class of a rule; only its own file is loaded.

    Raises
    ------
    ValueError
        There is none of that name; the message lists those that there are.

    Examples
    --------
    >>> rule_class("check", "between").__name__
    'Between'
    """
    if name not in rule_names(kind):
        raise ValueError(f"there is no {kind} rule {name!r}; there are: {', '.join(rule_names(kind))}")
    module = importlib.import_module(f"penstock.quality.rules.{kind}.{name}")
    return cast("type[Rule]", module.RULE)


def parse_rule(document: Any) -> Rule:
    """Make the rule that a mapping describes.

    Raises
    ------
    ValueError
        It names no rule, or several, or says what the rule does not know; each mistake names its field.

    Examples
    --------
    >>> parse_rule({"check": "between", "column": "amount", "minimum": 0}).name
    'between'
    """
    if isinstance(document, Rule):
        return document
    if not isinstance(document, Mapping):
        raise ValueError("a rule is a mapping, such as {check: not_null, column: id}")
    kinds = [kind for kind in KINDS if kind in document]
    if len(kinds) != 1:
        raise ValueError(f"a rule names exactly one of {', '.join(KINDS)}; found {kinds or sorted(document)}")
    kind = kinds[0]
    try:
        return rule_class(kind, str(document[kind])).model_validate(document)
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, one['loc'])) or document[kind]}: {one['msg'].removeprefix('Value error, ')}"
            for one in error.errors()
        ]
        raise ValueError(f"{kind} {document[kind]}: {'; '.join(lines)}") from error


def contradictions(rules: Iterable[Rule], shielded: Iterable[str]) -> list[str]:
    """Return which comply rules are put to columns whose declaration already protects them."""
    wanted = set(shielded)
    return [
        f"comply {rule.name} contradicts protect in the declaration of {name}"
        for rule in rules
        if rule.kind == "comply"
        for name in rule.reads()
        if name in wanted
    ]


class _AnyRule:
    """The JSON Schema of rules: one of all those that there are."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        classes = [rule_class(kind, name) for kind in KINDS for name in rule_names(kind)]
        return {"oneOf": [_inlined(one.model_json_schema()) for one in classes]}


def _inlined(schema: dict[str, Any]) -> dict[str, Any]:
    """Return a schema with its own definitions in their places: it becomes part of another one."""
    known = schema.pop("$defs", {})

    def resolved(part: Any) -> Any:
        if isinstance(part, list):
            return [resolved(one) for one in part]
        if not isinstance(part, dict):
            return part
        name = str(part.get("$ref", "")).removeprefix("#/$defs/")
        others = {key: resolved(value) for key, value in part.items() if key != "$ref" or name not in known}
        return resolved(known[name]) | others if name in known else others

    found: dict[str, Any] = resolved(schema)
    return found


AnyRule = Annotated[SerializeAsAny[Rule], BeforeValidator(parse_rule), _AnyRule()]
"""The type of a field that holds a rule of any kind."""
