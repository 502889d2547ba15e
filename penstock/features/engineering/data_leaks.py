"""Leaks that rows show: powers that are too good, that come and go with the answer or with a delay."""

# ruff: noqa: S608 - names enter SQL only through penstock.tables

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from penstock.features.engineering.leaks import Leak, reads
from penstock.specs.features import span
from penstock.tables import literal, quoted

if TYPE_CHECKING:
    from penstock.features.engineering.power import Power
    from penstock.features.engineering.source import Source
    from penstock.specs.features import FeatureView, Span

PERFECT = 0.99
_KNOWN, _UNKNOWN = 0.5, 0.05
_ENOUGH = 30
_STRONG, _LEFT = 0.05, 0.3


def near_perfect(name: str, power: Power) -> Iterator[Leak]:
    """Yield a leak where one feature alone tells the answer.

    Parameters
    ----------
    name
        Of the feature.
    power
        What it does alone.
    """
    if power.auc.value > PERFECT:
        yield Leak(
            feature=name, check="near_perfect", severity="likely",
            found=f"alone it has AUC {power.auc.value:.4f} on held-out rows",
            why="No honest feature is nearly perfect: it is made of the answer, or filled in after it.",
            action="Find out when its values are written; take it out unless that is before the moment.",
        )  # fmt: skip


def filled_with_answer(source: Source, label: str, names: tuple[str, ...]) -> Iterator[Leak]:
    """Yield features that have values only in rows that have an answer.

    Parameters
    ----------
    source
        Rows, those without an answer among them.
    label
        SQL of the answer, null where there is none.
    names
        The features.
    """
    unknown, known = f"({label}) IS NULL", f"({label}) IS NOT NULL"
    parts = [f"count(*) FILTER (WHERE {unknown})"]
    for name in names:
        there = f"avg(({quoted(name)} IS NOT NULL)::INTEGER)"
        parts += [f"{there} FILTER (WHERE {known})", f"{there} FILTER (WHERE {unknown})"]
    found = source.connection.execute(f"SELECT {', '.join(parts)} FROM {source.relation}").fetchall()[0]
    if found[0] < _ENOUGH:
        return
    for name, with_answer, without in zip(names, found[1::2], found[2::2], strict=True):
        if with_answer > _KNOWN and without < _UNKNOWN:
            yield Leak(
                feature=name, check="filled_with_answer", severity="likely",
                found=f"{with_answer:.0%} of rows with an answer have a value, {without:.0%} of the others",
                why="It is written when the answer is known: at the moment of a prediction it is empty.",
                action="Take it out, or take its value as of the moment of the prediction.",
            )  # fmt: skip


def later_moments(
    source: Source, moment: str, event_times: Mapping[str, tuple[str, ...]], *, certain: bool
) -> Iterator[Leak]:
    """Yield features whose own time is after the moment of the prediction.

    Parameters
    ----------
    source
        The rows.
    moment
        The column that says when a row is predicted.
    event_times
        For each feature the columns that say when its value came to be, or the moments that it reads.
    certain
        Whether they are times at which the value came to be: a due date may well be known before it comes.
    """
    for name, columns in event_times.items():
        for column in columns:
            later = source.share(f"{quoted(column)}::TIMESTAMP > {quoted(moment)}::TIMESTAMP")
            if later > 0 and column != moment:
                yield Leak(
                    feature=name, check="later_than_moment", severity="certain" if certain else "possible",
                    found=f"{column} is after {moment} in {later:.1%} of the rows",
                    why="What happens after the moment of the prediction is not known at it.",
                    action=f"Use rows before {moment}; if {column} is known in advance, say so.",
                )  # fmt: skip


def answers_too_early(
    source: Source, view: FeatureView, answers: frozenset[str], label_known: str
) -> Iterator[Leak]:
    """Yield features of a view over the label's dataset that count answers before they were known.

    Parameters
    ----------
    source
        The rows of the dataset.
    view
        A view over it.
    answers
        The target and what is made of it.
    label_known
        The column that says when a row's answer became known.
    """
    delay = f" + INTERVAL {literal(f'{span(view.delay).total_seconds():.0f} seconds')}" if view.delay else ""
    counted = f"{quoted(view.timestamp)}::TIMESTAMP{delay}"
    early = source.share(f"{counted} < {quoted(label_known)}::TIMESTAMP")
    if early == 0:
        return
    when = f"{view.timestamp} + {view.delay}" if view.delay else view.timestamp
    for feature in view.features:
        if known := sorted(reads(feature, view.where) & answers):
            yield Leak(
                feature=feature.name, check="counts_answers_too_early", severity="certain",
                found=f"it counts {', '.join(known)} from {when} on, which is before {label_known} "
                f"in {early:.1%} of the rows",
                why="Between the two, training sees an answer that nobody has yet.",
                action=f"Use {label_known} as the view's timestamp, or a delay that is long enough.",
            )  # fmt: skip


def gone_when_delayed(name: str, power: Power, delayed: Power, delay: Span) -> Iterator[Leak]:
    """Yield a leak where a feature loses its power as soon as it is a little older.

    Parameters
    ----------
    name
        Of the feature.
    power, delayed
        What it does alone, and what it does as it was ``delay`` before the moment.
    """
    now, before = power.auc.value - 0.5, delayed.auc.value - 0.5
    if now >= _STRONG and before < _LEFT * now and delayed.auc.high < power.auc.low:
        yield Leak(
            feature=name, check="gone_when_delayed", severity="possible",
            found=f"alone AUC {power.auc.value:.3f}, as it was {delay} earlier {delayed.auc.value:.3f}",
            why="Power that comes from the last moments alone often comes from the predicted row itself.",
            action="Make sure that these rows are known in time when it is served; else set a delay.",
        )  # fmt: skip
