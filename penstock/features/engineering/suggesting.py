"""What could be engineered from columns: steps that types and values suggest, kept where they add power."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from penstock.features.engineering.additive import bent, gain, straight
from penstock.features.engineering.coding import Coded, coded
from penstock.features.engineering.data_leaks import PERFECT
from penstock.features.engineering.importance import Tell
from penstock.features.engineering.power import power
from penstock.features.engineering.selecting import Looked, Question, look
from penstock.features.engineering.source import Source, open_rows
from penstock.features.engineering.step import MOMENTS, NUMBERS, Step, parse_step
from penstock.specs.features import OnDemandFeature
from penstock.tables import quoted

if TYPE_CHECKING:
    from penstock.evaluation.bootstrap import Interval
    from penstock.features.engineering.coding import Vector
    from penstock.specs.features import FeatureView

MOST_ROWS = 30_000
_MOST_PAIRED = 12
_LEAST_GAIN = 0.003
_FEW, _MANY = 12, 50
_LONG = 24.0
_RARE = 0.01
_KEY, _CERTAIN = 0.9, 3.0
_NO_INPUTS = frozenset({"date_part", "text_length", "word_count", "rare"})
"""Kinds that make an input of what is none by itself: they are compared with nothing."""
_WINDOWS = ((7, 30, 90), (14, 56, 168), (30, 120, 360), (90, 360, 1_080), (365, 730, 1_095))
_BENDING = frozenset({"bins", "logarithm", "polynomial"})
"""Kinds that help linear models: they are compared with a straight relation."""


@dataclass(frozen=True)
class Suggestion:
    """A step, and what speaks for it.

    Parameters
    ----------
    step
        As it would stand in a plan.
    because
        In words, with figures.
    gain
        How far the held-out AUC of its columns rises with it; None where it was not measured.
    """

    step: Step
    because: str
    gain: float | None = None


def suggest(
    source: Source,
    *,
    columns: Sequence[str] | None = None,
    question: Question | None = None,
    most: int = 20,
    seed: int = 7,
    tell: Tell | None = None,
) -> list[Suggestion]:
    """Suggest steps of feature engineering.

    Without a target, only types and values speak: parts of dates, lengths of texts, groups of rare
    categories, logarithms of skewed numbers. With one, these and interactions of two numbers are tried: a
    step is suggested if a model of its columns (additive in their bins) is better on held-out rows when it
    is added.

    Parameters
    ----------
    source
        Rows to learn from.
    columns
        Those to look at; all but the target and the moment when None.
    question
        Target and moment.
    most
        Suggestions at most, the best first.
    seed
        Equal seeds give equal results.
    tell
        Is told of progress.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from penstock.features.engineering import open_rows
    >>> notes = ["call them again on friday morning", "paid in full, thank you"]
    >>> with open_rows(pa.table({"note": notes})) as source:
    ...     [one.step.engineer for one in suggest(source)]
    ['text_length', 'word_count']
    """
    named = [name for name in columns or source.types if question is None or name != question.target]
    if question is None:
        return list(_of_each(source, named))[:most]
    rows = source.sample(
        [*map(quoted, source.types)], most=MOST_ROWS, seed=seed, where=f"{question.label} IS NOT NULL"
    )
    with open_rows(rows) as sample:
        trial = _trial(sample, replace(question, features=tuple(named), delayed={}), seed)
        tried = [*_of_each(source, named), *_pairs(source, trial.strongest(), question)]
        found: list[Suggestion] = []
        for place, one in enumerate(tried):
            found += trial.measured(one)
            if tell:
                tell(f"trying {one.step.engineer} of {', '.join(one.step.of)}", (place + 1) / len(tried))
    return _best(found, most)


def suggest_rolling(view: FeatureView, source: Source, *, threshold: float | None = None) -> list[Suggestion]:
    """Suggest sliding windows for a view: counts, means and sums of its numbers in 7, 30 and 90 days or so.

    Windows follow the rows: the shortest is one in which entities have two rows, half of the time.

    Parameters
    ----------
    view
        Its entity, timestamp and features so far.
    source
        The rows of its dataset.
    threshold
        Suggest the share of values above it, too.
    """
    windows = _windows(source, view)
    taken = {view.entity.key, view.timestamp}
    used = [one.of for one in view.features if one.of]
    numbers = [name for name in dict.fromkeys(used) if source.type(name) in NUMBERS and name not in taken]
    numbers = (
        numbers or [name for name, kind in source.types.items() if kind in NUMBERS and name not in taken][:5]
    )
    document: dict[str, Any] = {
        "engineer": "rolling", "of": numbers, "view": view.name, "windows": windows,
        "aggregates": ["count", "mean", "sum", *(["share_above"] if threshold is not None else [])],
    }  # fmt: skip
    if threshold is not None:
        document["threshold"] = threshold
    because = f"half of all rows come within {windows[0]} of the entity's one before"
    return [Suggestion(parse_step(document), because)]


def _windows(source: Source, view: FeatureView) -> list[str]:
    """Return three windows: one that often holds two rows, and longer ones."""
    gap = source.median_gap(view.entity.key, view.timestamp)
    fitting = (days for days in _WINDOWS if gap is None or gap <= days[0])
    return [f"{days} days" for days in next(fitting, _WINDOWS[-1])]


def _of_each(source: Source, columns: Sequence[str]) -> Iterator[Suggestion]:
    """Yield what a column by itself suggests."""
    for name in columns:
        kind = source.type(name)
        if kind in MOMENTS:
            parts = ["month", "weekday", *(["hour"] if kind == "timestamp" else [])]
            yield _step("date_part", [name], "a moment is no input of a model, its parts are", parts=parts)
        elif kind == "string":
            yield from _of_words(source, name)
        elif kind in {"integer", "decimal"}:
            yield from _of_number(source, name)


def _of_words(source: Source, name: str) -> Iterator[Suggestion]:
    """Yield what a text or a category suggests."""
    rows, distinct = source.known(name) or 1, source.distinct(name)
    length = source.mean_length(name)
    if distinct > rows * _KEY and length < _LONG:
        return  # a key
    if length >= _LONG:
        told = f"{length:.0f} characters on average: a text"
        yield _step("text_length", [name], told)
        yield _step("word_count", [name], told)
        return
    frequent = sum(count >= rows * _RARE for _, count in source.counts(name, _MANY))
    if 0 < frequent < distinct:
        yield _step(
            "rare",
            [name],
            f"{distinct - frequent:,} of {distinct:,} categories have less than 1% of the rows",
        )
    if distinct > _MANY:
        yield _step("frequency", [name], f"{distinct:,} categories are too many for a column each")


def _of_number(source: Source, name: str) -> Iterator[Suggestion]:
    """Yield what a number suggests."""
    low, high = source.extent(name)
    if low is None or high is None or source.distinct(name) <= _FEW:
        return
    quarter, middle, three = source.quantiles(name, [0.25, 0.5, 0.75])
    if three - quarter > 0 and high - middle > 10 * (three - quarter):
        yield _step(
            "logarithm", [name], f"half of the values are below {middle:.4g}, the greatest is {high:.4g}"
        )
    yield _step("bins", [name], "in bins, a linear model can bend")


def _pairs(source: Source, columns: Sequence[str], question: Question) -> Iterator[Suggestion]:
    """Yield interactions of two numbers, and the days between two moments."""
    numbers = [name for name in columns if source.type(name) in {"integer", "decimal"}]
    for one, other in combinations(numbers, 2):
        for kind in ("product", "difference", "ratio"):
            yield _step(kind, [one, other], "")
        yield _step("ratio", [other, one], "")
    moments = [
        name for name in source.types if source.type(name) in MOMENTS and name in {*columns, question.moment}
    ]
    for one, other in combinations(moments, 2):
        later = source.share(f"{quoted(one)}::TIMESTAMP > {quoted(other)}::TIMESTAMP") > 0.5  # noqa: PLR2004
        yield _step("difference", [one, other] if later else [other, one], "")


def _step(kind: str, of: list[str], because: str, **fields: Any) -> Suggestion:
    return Suggestion(parse_step({"engineer": kind, "of": of, **fields}), because)


@dataclass(frozen=True)
class _Trial:
    """Tries steps on a sample."""

    source: Source
    looked: Looked
    known: Mapping[str, Coded]
    seed: int

    def strongest(self) -> list[str]:
        """Return what interactions are tried of: the strongest numbers that are no leaks, and moments."""
        label, train, held = self.looked.label, self.looked.train, self.looked.held
        worth = {
            name: power(column, label, train, held, seed=self.seed).auc.value
            for name, column in self.known.items()
            if column.values is not None and column.distinct > 1
        }
        moments = [name for name in worth if self.source.type(name) in MOMENTS]
        numbers = [name for name in worth if name not in moments and worth[name] <= PERFECT]
        return [*sorted(numbers, key=lambda name: (-worth[name], name))[:_MOST_PAIRED], *moments]

    def measured(self, suggestion: Suggestion) -> Iterator[Suggestion]:
        """Yield a step with its gain, if it adds power for sure."""
        best: tuple[float, str] | None = None
        for name, found in self._gains(suggestion.step):
            if found.value > _CERTAIN * found.standard_deviation and (best is None or found.value > best[0]):
                told = f"AUC rises by {found.value:.3f} ({found.low:.3f} to {found.high:.3f}) with {name}"
                best = found.value, told
        if best is not None:
            because = "; ".join(part for part in (suggestion.because, best[1]) if part)
            yield Suggestion(suggestion.step, because, best[0])

    def _gains(self, step: Step) -> Iterator[tuple[str, Interval]]:
        """Yield the gain of each feature that a step makes."""
        made = [one.feature for one in step.makes(self.source)]
        computed = [(one.name, one.expression, one.type) for one in made if isinstance(one, OnDemandFeature)]
        table = self.source.with_columns(computed).all([name for name, _, _ in computed])
        label, train = self.looked.label, self.looked.train
        parents = [self._parent(step.engineer, self.known[name]) for name in step.of if name in self.known]
        if step.engineer in _NO_INPUTS:
            parents = []
        for name, _, _ in computed:
            new = bent(coded(table[name], train), label, train)
            found = gain(parents, new, label, train, least=_LEAST_GAIN, seed=self.seed)
            if found is not None:
                yield name, found

    def _parent(self, kind: str, column: Coded) -> Vector:
        """Return a column as the model has it without the step."""
        if kind in _BENDING:
            return straight(column, self.looked.train)
        return bent(column, self.looked.label, self.looked.train)


def _trial(sample: Source, question: Question, seed: int) -> _Trial:
    """Return a trial on a sample."""
    looked = look(sample, question, MOST_ROWS, seed)
    known = {name: coded(looked.table[name], looked.train) for name in question.features}
    return _Trial(sample, looked, known, seed)


def _best(found: Sequence[Suggestion], most: int) -> list[Suggestion]:
    """Return the best steps, of several of the same columns the best alone."""
    ranked = sorted(found, key=lambda one: (-(one.gain or 0.0), one.step.engineer, one.step.of))
    kept: dict[frozenset[str], Suggestion] = {}
    for one in ranked:
        kept.setdefault(frozenset(one.step.of), one)
    return list(kept.values())[:most]
