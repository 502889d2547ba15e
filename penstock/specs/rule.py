"""A rule of a contract: five kinds, each rule a class in a file under ``penstock/quality/rules``."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, cast, get_args

from pydantic import BeforeValidator, SerializeAsAny, ValidationError

from penstock.specs.base import Spec

if TYPE_CHECKING:
    from pydantic import GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

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


class _AnyRule:
    """The JSON Schema of rules: one of all those that there are."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        classes = [rule_class(kind, name) for kind in KINDS for name in rule_names(kind)]
        return {"oneOf": [one.model_json_schema() for one in classes]}


AnyRule = Annotated[SerializeAsAny[Rule], BeforeValidator(parse_rule), _AnyRule()]
"""The type of a field that holds a rule of any kind."""
