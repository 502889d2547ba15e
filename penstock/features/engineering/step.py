"""A step of feature engineering: what it reads, and the entries of a feature specification that it makes."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from pydantic import ValidationError, field_validator

from penstock.errors import InvalidSpec
from penstock.features.engineering import kinds
from penstock.specs.base import ColumnName, ColumnType, Name, Spec
from penstock.specs.features import Feature, OnDemandFeature, Sensitivity

if TYPE_CHECKING:
    from penstock.features.engineering.source import Source

NUMBERS = frozenset({"integer", "decimal", "boolean"})
MOMENTS = frozenset({"date", "timestamp"})
TEXTS = frozenset({"string"})
WORDS = frozenset({"string", "integer", "boolean"})


@dataclass(frozen=True)
class Value:
    """A computed value, before it is known whether a view or a request has it."""

    name: str
    expression: str
    type: ColumnType
    meaning: str
    because: str = ""


@dataclass(frozen=True)
class Made:
    """An entry of ``features.yaml`` that a step made.

    Parameters
    ----------
    feature
        The entry.
    view
        The view that it belongs to; None for an on-demand feature.
    because
        What was learnt from data, or what speaks for it, in words.
    """

    feature: Feature | OnDemandFeature
    view: str | None = None
    because: str = ""

    def document(self) -> dict[str, Any]:
        """Return the entry as a mapping, without what is default."""
        return self.feature.model_dump(mode="json", exclude_defaults=True)


class Step(Spec):
    """One transformation; ``engineer`` is its kind.

    A subclass declares ``engineer`` with a ``Literal`` of its own name and yields values; its docstring's
    first line tells people what it does. Its file in ``kinds/`` is named after it.
    """

    engineer: str
    of: tuple[ColumnName, ...]
    """Columns of the row, or features."""
    name: Name | None = None
    """Of the feature; made from the columns' when None."""
    view: Name | None = None
    """The view that gets the feature, computed from each entity's newest row; None for request time."""
    sensitivity: Sensitivity | None = None
    """That of the most sensitive column that it reads when None."""

    @field_validator("of", mode="before")
    @classmethod
    def _one_or_more(cls, given: Any) -> Any:
        return (given,) if isinstance(given, str) else given

    def values(self, source: Source) -> Iterator[Value]:
        """Yield the values that it computes, with what it learns written as literals."""
        raise NotImplementedError

    def makes(self, source: Source) -> Iterator[Made]:
        """Yield the entries that it stands for."""
        for one in self.values(source):
            fields: dict[str, Any] = {
                "name": one.name, "expression": one.expression, "type": one.type, "meaning": one.meaning,
                "sensitivity": self.sensitivity,
            }  # fmt: skip
            kind = OnDemandFeature if self.view is None else Feature
            yield Made(kind(**fields), self.view, one.because)

    def document(self) -> dict[str, Any]:
        """Return the step as a mapping, without what is default."""
        fields = self.model_dump(mode="json", exclude_defaults=True)
        return {"engineer": self.engineer, **{k: v for k, v in fields.items() if k != "engineer"}}

    def one(self, source: Source, *types: str) -> str:
        """Return the only column that it reads, of one of some types."""
        return self.columns(source, 1, frozenset(types))[0]

    def columns(self, source: Source, count: int, types: frozenset[str]) -> tuple[str, ...]:
        """Return the columns that it reads, so many and of some types."""
        if len(self.of) != count:
            found = f"{len(self.of)}: {', '.join(self.of)}"
            raise self.wrong("The step reads another number of columns.", found=found, expected=str(count))
        for name in self.of:
            if (kind := source.type(name)) not in types:
                expected = " or ".join(sorted(types))
                raise self.wrong(
                    "The step cannot read a column of this type.", found=f"{name} ({kind})", expected=expected
                )
        return self.of

    def wrong(self, message: str, *, found: str, expected: str) -> InvalidSpec:
        """Return the error of a step that asks for what cannot be."""
        where = f"{self.engineer} of {', '.join(self.of)}"
        return InvalidSpec(message, found=found, expected=expected, where=where, action="Correct the plan.")


def step_names() -> list[str]:
    """Return the names of all kinds of steps, sorted.

    Examples
    --------
    >>> "ratio" in step_names()
    True
    """
    return sorted(module.name for module in pkgutil.iter_modules(kinds.__path__))


def step_class(name: str) -> type[Step]:
    """Return the class of a kind of step; only its own file is loaded.

    Raises
    ------
    InvalidSpec
        There is none of that name.

    Examples
    --------
    >>> step_class("ratio").__name__
    'Ratio'
    """
    if name not in step_names():
        raise InvalidSpec(
            "There is no such kind of engineered feature.", found=name, expected=", ".join(step_names())
        )
    return cast("type[Step]", importlib.import_module(f"{kinds.__name__}.{name}").STEP)


def parse_step(document: Any) -> Step:
    """Make the step that a mapping describes.

    Raises
    ------
    InvalidSpec
        It names no kind of step, or says what the kind does not know.

    Examples
    --------
    >>> parse_step({"engineer": "ratio", "of": ["amount", "terms_days"]}).of
    ('amount', 'terms_days')
    """
    if isinstance(document, Step):
        return document
    if not isinstance(document, Mapping) or "engineer" not in document:
        raise InvalidSpec(
            "A step is a mapping that names its kind.",
            found=repr(document)[:200],
            expected="{engineer: ratio, of: [amount, terms_days]}",
        )
    try:
        return step_class(str(document["engineer"])).model_validate(dict(document))
    except ValidationError as error:
        lines = [
            f"{'.'.join(map(str, one['loc'])) or 'step'}: {one['msg'].removeprefix('Value error, ')}"
            for one in error.errors()
        ]
        raise InvalidSpec(
            "A step says what cannot be.", found="; ".join(lines), where=f"engineer: {document['engineer']}"
        ) from error
