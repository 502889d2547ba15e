"""A plan of feature engineering: steps in YAML, what they expand to, and its place in ``features.yaml``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

from penstock.errors import InvalidSpec
from penstock.features.engineering.source import Source
from penstock.features.engineering.step import Made, Step, parse_step
from penstock.quality.expressions import parse_expression
from penstock.specs.base import ColumnType
from penstock.specs.features import Feature, OnDemandFeature


@dataclass(frozen=True)
class Engineered:
    """The entries that a plan expands to: a document for a person to review before it is used.

    Examples
    --------
    >>> feature = OnDemandFeature(name="twice", expression="amount * 2", type="decimal")
    >>> print(Engineered((Made(feature, because="a guess"),)).as_yaml(), end="")
    on_demand:
    - {name: twice, expression: amount * 2, type: decimal}  # a guess
    """

    made: tuple[Made, ...]

    @property
    def on_demand(self) -> tuple[OnDemandFeature, ...]:
        """The features of request time, in the order in which they can be computed."""
        return tuple(one.feature for one in self.made if isinstance(one.feature, OnDemandFeature))

    @property
    def views(self) -> dict[str, tuple[Feature, ...]]:
        """The features of each view."""
        found: dict[str, tuple[Feature, ...]] = {}
        for one in self.made:
            if isinstance(one.feature, Feature) and one.view is not None:
                found[one.view] = (*found.get(one.view, ()), one.feature)
        return found

    def document(self) -> dict[str, Any]:
        """Return the entries as a mapping: ``views`` (name and features) and ``on_demand``."""
        views = [
            {"name": view, "features": [one.document() for one in self.made if one.view == view]}
            for view in self.views
        ]
        on_demand = [one.document() for one in self.made if one.view is None]
        return {key: part for key, part in (("views", views), ("on_demand", on_demand)) if part}

    def as_yaml(self) -> str:
        """Return the entries as text of ``features.yaml``, each with its evidence as a comment."""
        lines = []
        if self.views:
            lines.append("views:")
        for view in self.views:
            lines += [f"- name: {view}", "  features:"]
            lines += [f"  - {_flow(one)}" for one in self.made if one.view == view]
        on_demand = [one for one in self.made if one.view is None]
        if on_demand:
            lines += ["on_demand:", *(f"- {_flow(one)}" for one in on_demand)]
        return "\n".join([*lines, ""])

    def added_to(self, document: Mapping[str, Any]) -> dict[str, Any]:
        """Return the document of a ``features.yaml`` with the entries in their places.

        Parameters
        ----------
        document
            Has the views that get features.

        Raises
        ------
        InvalidSpec
            It does not have such a view, or has a feature of that name already.
        """
        views = [dict(view) for view in document.get("views", ())]
        _refuse_clashes(views, document.get("on_demand", ()), self.made)
        for view in views:
            added = [one.document() for one in self.made if one.view == view.get("name")]
            view["features"] = [*view.get("features", ()), *added]
        on_demand = [
            *document.get("on_demand", ()),
            *(one.document() for one in self.made if one.view is None),
        ]
        found = {**document, "views": views}
        return {**found, "on_demand": on_demand} if on_demand else found


def read_plan(text: str) -> tuple[Step, ...]:
    r"""Read a plan: YAML with a list of steps under ``engineer``.

    Raises
    ------
    InvalidSpec
        It is no YAML or no plan, or a step cannot be.

    Examples
    --------
    >>> steps = read_plan("engineer:\n- {engineer: ratio, of: [amount, terms_days]}\n")
    >>> steps[0].engineer
    'ratio'
    """
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise InvalidSpec("The plan is no YAML.", found=str(error)) from error
    listed = document.get("engineer") if isinstance(document, Mapping) else None
    if not isinstance(listed, list) or set(document) != {"engineer"}:
        found = ", ".join(map(str, document)) if isinstance(document, Mapping) else type(document).__name__
        raise InvalidSpec("The plan has no steps.", found=found, expected="a list under 'engineer'")
    return tuple(parse_step(one) for one in listed)


def write_plan(steps: Iterable[Step], because: Sequence[str] = ()) -> str:
    """Write a plan, each step on its line, with its evidence as a comment.

    Examples
    --------
    >>> print(write_plan([parse_step({"engineer": "text_length", "of": ["note"]})]), end="")
    engineer:
    - {engineer: text_length, of: [note]}
    """
    found = list(steps)
    reasons = [*because, *[""] * (len(found) - len(because))]
    lines = [f"- {_line(one.document(), why)}" for one, why in zip(found, reasons, strict=True)]
    return "\n".join(["engineer:" if lines else "engineer: []", *lines, ""])


def expand(steps: Iterable[Step], source: Source) -> Engineered:
    """Expand steps into entries of a feature specification.

    What steps learn (edges, categories, shares) is written into the entries as literals, so serving computes
    what training did and needs nothing else. A later step may read what an earlier one made for request time.

    Parameters
    ----------
    steps
        In order.
    source
        The rows to learn from: those of training, not those that the model will be tested on. See
        :meth:`Source.kept`.

    Raises
    ------
    InvalidSpec
        Two entries have one name, an entry has that of a column, or an expression would be too long.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from penstock.features.engineering import open_rows
    >>> with open_rows(pa.table({"amount": [1.0, 2.0], "days": [7, 0]})) as source:
    ...     made = expand([parse_step({"engineer": "difference", "of": ["amount", "days"]})], source)
    >>> made.on_demand[0].name, made.on_demand[0].type
    ('amount_less_days', 'decimal')
    """
    made: list[Made] = []
    seen = source
    for step in steps:
        fresh = tuple(step.makes(seen))
        for one in fresh:
            _check(one, {*seen.types, *(other.feature.name for other in made)})
            made.append(one)
        computed = [_column(one.feature) for one in fresh if isinstance(one.feature, OnDemandFeature)]
        seen = seen.with_columns(computed)
    return Engineered(tuple(made))


def _column(feature: OnDemandFeature) -> tuple[str, str, ColumnType]:
    return feature.name, feature.expression, feature.type


def _check(made: Made, names: set[str]) -> None:
    """Refuse an entry whose name is taken, or whose expression the specification would refuse."""
    feature = made.feature
    if feature.name.lower() in {name.lower() for name in names}:
        raise InvalidSpec(
            "Two columns or features would have one name.",
            found=feature.name,
            action="Give the step a 'name'.",
        )
    if feature.expression is None:
        return
    try:
        parse_expression(feature.expression)
    except ValueError as error:
        raise InvalidSpec(
            "The expression cannot be used.", found=str(error)[-200:], where=feature.name,
            action="Ask for fewer categories, bins or characters.",
        ) from error  # fmt: skip


def _refuse_clashes(
    views: Sequence[Mapping[str, Any]], on_demand: Sequence[Any], made: Sequence[Made]
) -> None:
    """Refuse entries of views that are not there, and names that are taken."""
    names = {view.get("name"): {one["name"] for one in view.get("features", ())} for view in views}
    taken = {one["name"] for one in on_demand}
    for one in made:
        if one.view is not None and one.view not in names:
            raise InvalidSpec(
                "There is no such view.", found=one.view, expected=", ".join(map(str, names)),
                where=one.feature.name,
            )  # fmt: skip
        if one.feature.name in (taken if one.view is None else names[one.view]):
            raise InvalidSpec("The feature is there already.", found=one.feature.name, where="features.yaml")


def _flow(made: Made) -> str:
    return _line(made.document(), made.because)


def _line(document: Mapping[str, Any], because: str) -> str:
    """Return a mapping as one line of YAML, with a comment."""
    text = yaml.safe_dump(
        dict(document), default_flow_style=True, sort_keys=False, width=10**9, allow_unicode=True
    ).strip()
    told = " ".join(because.split())
    return f"{text}  # {told}" if told else text
