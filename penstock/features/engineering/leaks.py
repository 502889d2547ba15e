"""Leaks that definitions show: features that know the answer, or could know it too early."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from penstock.quality.expressions import parse_expression

if TYPE_CHECKING:
    from penstock.specs import UseCase
    from penstock.specs.contract import Contract
    from penstock.specs.features import Feature, FeatureView

Severity = Literal["certain", "likely", "possible"]


class Leak(BaseModel):
    """A sign that a feature knows what will only be known later.

    Parameters
    ----------
    feature
        Its name.
    check
        Which check found it.
    severity
        ``certain``: by definition or in the rows themselves; ``likely``, ``possible``: a person must look.
    found, why, action
        In words: what, why it matters, what to do.
    """

    model_config = ConfigDict(frozen=True)

    feature: str
    check: str
    severity: Severity
    found: str
    why: str
    action: str


_WHY_TARGET = "Training would read the answer from the feature; at prediction there is none to read."


def definition_leaks(use_case: UseCase) -> tuple[Leak, ...]:
    """Find leaks in the definitions of a use case's model, without data.

    Found are features that read the target (or what a rule made of it, or what it is made of), and views over
    the label's own dataset that count an answer at the moment of the prediction, when nobody knows it yet.

    Examples
    --------
    >>> from pathlib import Path
    >>> from penstock.specs import load_use_case
    >>> definition_leaks(load_use_case(Path("examples/late_invoices")))
    ()
    """
    contract = use_case.contract(use_case.model.dataset)
    if contract is None or use_case.model.target is None:
        return ()
    target = use_case.model.target.column
    answers = made_of(contract, target)
    return (
        *_of_columns(use_case, contract, target, answers),
        *_of_on_demand(use_case, answers),
        *_of_views(use_case, answers),
    )


def made_of(contract: Contract, column: str) -> frozenset[str]:
    """Return a column and all columns that rules make of it."""
    found = {column}
    for _ in contract.rules:
        for rule in contract.rules:
            if found.intersection(rule.reads()):
                found.update(rule.makes())
    return frozenset(found)


def reads(feature: Feature, where: str | None = None) -> frozenset[str]:
    """Return the columns that a feature of a view reads, those of its conditions among them."""
    named = {feature.of} if feature.of else set()
    for text in (feature.expression, feature.where, where):
        named |= set(columns_of(text))
    return frozenset(named)


def columns_of(text: str | None) -> tuple[str, ...]:
    """Return the columns of an expression."""
    return parse_expression(text).columns if text is not None else ()


def _of_columns(
    use_case: UseCase, contract: Contract, target: str, answers: frozenset[str]
) -> Iterator[Leak]:
    """Yield the columns that are made of the target, or of which it is made."""
    parts = {name for rule in contract.rules if target in rule.makes() for name in rule.reads()}
    for name in use_case.model.features:
        if name in answers:
            yield Leak(
                feature=name, check="reads_target", severity="certain",
                found=f"a rule makes {name} of {target}", why=_WHY_TARGET,
                action=f"Take {name} out of the model's features.",
            )  # fmt: skip
        elif name in parts:
            yield Leak(
                feature=name, check="part_of_target", severity="possible",
                found=f"a rule makes {target} of {name} and others",
                why="If it is known only together with the answer, it gives part of the answer away.",
                action=f"Make sure that {name} is known at the moment of the prediction; else take it out.",
            )  # fmt: skip


def _of_on_demand(use_case: UseCase, answers: frozenset[str]) -> Iterator[Leak]:
    """Yield on-demand features that read the target, by way of others too."""
    tainted = set(answers)
    used = {feature.name for feature in use_case.model_on_demand}
    for feature in use_case.on_demand:
        known = sorted(tainted.intersection(columns_of(feature.expression)))
        if not known:
            continue
        tainted.add(feature.name)
        if feature.name in used:
            yield Leak(
                feature=feature.name, check="reads_target", severity="certain",
                found=f"its expression reads {', '.join(known)}", why=_WHY_TARGET,
                action="Compute it from what is known at the moment of the prediction.",
            )  # fmt: skip


def _of_views(use_case: UseCase, answers: frozenset[str]) -> Iterator[Leak]:
    """Yield features of views over the label's dataset that count answers before there are any."""
    model = use_case.model
    for view in use_case.model_views:
        if view.dataset != model.dataset or view.timestamp != model.timestamp or view.delay is not None:
            continue
        for feature in view.features:
            if known := sorted(reads(feature, view.where) & answers):
                yield _too_early(view, feature, ", ".join(known))


def _too_early(view: FeatureView, feature: Feature, columns: str) -> Leak:
    """Return the leak of a view whose rows count from the moment of the prediction on."""
    own = "the row's own answer among them" if view.inclusive else "before their answers are known"
    return Leak(
        feature=feature.name, check="counts_answers_too_early", severity="certain",
        found=f"it reads {columns} of rows from {view.timestamp} on, {own}",
        why="At that moment the row has no answer yet: training sees what serving cannot.",
        action="Give the view the timestamp at which the answer becomes known, or a delay after which it is.",
    )  # fmt: skip
