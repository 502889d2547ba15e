"""Weighing the features of a model: power, redundancy, stability, cost, leaks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from penstock.errors import TrainingRefused
from penstock.features.engineering import data_leaks
from penstock.features.engineering.coding import Coded, as_numbers, coded
from penstock.features.engineering.costs import costs
from penstock.features.engineering.earning import Earned, Limits, Origin, Selection, judged
from penstock.features.engineering.importance import Importance, Tell, importance
from penstock.features.engineering.leaks import Leak
from penstock.features.engineering.power import Power, power
from penstock.features.engineering.redundancy import Together, inflation, together
from penstock.features.engineering.stability import missing_shift, stability_index, thirds
from penstock.tables import literal, quoted

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.features.engineering.coding import Flags, Vector
    from penstock.features.engineering.source import Source
    from penstock.specs.features import Span

MOST_ROWS = 60_000
_TRAIN = 0.7
_LABEL, _MOMENT = "__label", "__moment"
_LEAST_ROWS = 200


@dataclass(frozen=True)
class Question:
    """What is asked of the rows.

    Parameters
    ----------
    target, above
        The column of the answer, and the number above which it is yes; None for a column that is yes or no.
    features
        Columns of the rows.
    moment
        When a row is predicted: the newest rows are held out, and stability is measured over it.
    origins
        Where features come from, with their view; what is not named comes with the request.
    event_times
        For features the column that says when the value came to be.
    reads_moments
        For features the moments of the row that they are computed from, but for those known in advance.
    delayed, delay
        For features the column with the value as it was so long before the moment.
    """

    target: str
    features: tuple[str, ...]
    above: float | None = None
    moment: str | None = None
    origins: Mapping[str, tuple[Origin, str | None]] = field(default_factory=dict)
    event_times: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    reads_moments: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    delayed: Mapping[str, str] = field(default_factory=dict)
    delay: Span = "1 day"

    @property
    def label(self) -> str:
        """SQL of the answer."""
        column = quoted(self.target)
        if self.above is not None:
            return f"({column} > {literal(float(self.above))})"
        return f"TRY_CAST({column} AS BOOLEAN)"


@dataclass(frozen=True)
class Looked:
    """The rows that are looked at: their table, answers, parts (those held out are the newest) and times."""

    table: pa.Table
    label: Flags
    train: Flags
    held: Flags
    split: Literal["time", "chance"]
    moments: Vector | None


def select(
    source: Source,
    question: Question,
    *,
    name: str = "features",
    leaks: Sequence[Leak] = (),
    limits: Limits | None = None,
    most_rows: int = MOST_ROWS,
    seed: int = 7,
    tell: Tell | None = None,
) -> Selection:
    """Tell which features earn their cost, and which may leak the answer.

    Parameters
    ----------
    source
        Rows with features and target; those without an answer count for the leaks alone.
    question
        Target, features, moment.
    name
        What the selection is called.
    leaks
        What was found in the definitions already.
    limits
        From where on a person is told.
    most_rows
        About so many rows are looked at, spread evenly over all.
    seed
        Equal seeds give equal results.
    tell
        Is told of progress.

    Raises
    ------
    TrainingRefused
        There are fewer than 200 rows with an answer, or all answers are the same.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from penstock.features.engineering import open_rows
    >>> x = np.random.default_rng(1).normal(size=(1000, 3))
    >>> rows = pa.table({"late": x[:, 0] + x[:, 2] > 0, "amount": x[:, 0], "cents": x[:, 0] * 100,
    ...                  "noise": x[:, 1]})
    >>> with open_rows(rows) as source:
    ...     found = select(source, Question("late", ("amount", "cents", "noise")))
    >>> [(one.feature, one.verdict) for one in found.features]
    [('amount', 'keep'), ('cents', 'drop'), ('noise', 'drop')]
    >>> found.feature("cents").reasons
    ('says what amount says (strength 1.00)',)
    """
    bounds, say = limits or Limits(), tell or _silent
    say("reading rows", 0.0)
    looked = look(source, question, most_rows, seed)
    columns = {}
    for place, feature in enumerate(question.features):
        columns[feature] = coded(looked.table[feature], looked.train)
        say(f"measuring {feature}", place / len(question.features))
    powers = {feature: _power(column, looked, seed) for feature, column in columns.items()}
    all_leaks = _unique([*leaks, *_leaks(source, question, looked, powers, seed)])
    known = {
        name: column for name, column in columns.items() if column.distinct > 1 or 0 < column.missing < 1
    }
    say("comparing features", 0.0)
    pairs, stands = _representatives(known, powers, bounds)
    part = {
        name: column
        for name, column in known.items()
        if stands.get(name, name) == name and not _certain(name, all_leaks)
    }
    worth = importance(part, looked.label, looked.train, looked.held, seed=seed, tell=say) if part else None
    best = sorted(part, key=lambda name: -worth.drops[name].value if worth else 0.0)
    measured = _Measured(powers, pairs, stands, worth, inflation(known, best, limit=bounds.inflation))
    table = _earned(source, question, looked, columns, measured=measured, leaks=all_leaks, limits=bounds)
    return Selection(
        name=name, rows=source.rows, sampled=looked.table.num_rows, train_rows=int(looked.train.sum()),
        held_rows=int(looked.held.sum()), positive_share=float(looked.label.mean()), split=looked.split,
        seed=seed, auc=worth.auc if worth else None, chance=worth.chance if worth else 0.0,
        features=tuple(table),
        leaks=all_leaks,
    )  # fmt: skip


@dataclass(frozen=True)
class _Measured:
    """What was measured of the features."""

    powers: Mapping[str, Power]
    pairs: Together
    stands: Mapping[str, str]
    worth: Importance | None
    inflation: Mapping[str, float]

    @property
    def total(self) -> float:
        """The importances of all features in sum."""
        return sum(max(0.0, one.value) for one in self.worth.drops.values()) if self.worth else 0.0


def _silent(_what: str, _share: float) -> None:
    """Tell nobody."""


def look(source: Source, question: Question, most_rows: int, seed: int) -> Looked:
    """Read a sample of the rows with an answer and divide it."""
    wanted = [*question.features, *question.delayed.values()]
    for feature in (*wanted, question.target, *([question.moment] if question.moment else [])):
        source.type(feature)
    columns = [*map(quoted, wanted), f"{question.label} AS {_LABEL}"]
    if question.moment:
        columns.append(f"{quoted(question.moment)}::TIMESTAMP AS {_MOMENT}")
    table = source.sample(columns, most=most_rows, seed=seed, where=f"{question.label} IS NOT NULL")
    label = np.asarray(table[_LABEL].to_numpy(), dtype=np.bool_)
    if len(label) < _LEAST_ROWS or label.all() or not label.any():
        raise TrainingRefused(
            "The rows cannot tell which features have power.",
            found=f"{len(label)} rows with an answer, {int(label.sum())} of them positive",
            expected=f"at least {_LEAST_ROWS} rows, positive and negative ones", where=question.target,
        )  # fmt: skip
    moments = as_numbers(table[_MOMENT]) if question.moment else None
    held, split = _held(label, moments, seed)
    return Looked(table, label, ~held, held, split, moments)


def _held(label: Flags, moments: Vector | None, seed: int) -> tuple[Flags, Literal["time", "chance"]]:
    """Return the rows to hold out: the newest ones, or some by chance where time cannot divide them."""
    if moments is not None and not np.isnan(moments).all():
        held = moments > np.nanquantile(moments, _TRAIN)
        if all(0 < label[part].sum() < part.sum() for part in (held, ~held)):
            return held, "time"
    held = np.zeros(len(label), dtype=np.bool_)
    random = np.random.default_rng(seed)
    for answer in (True, False):  # as many of each class as there should be
        rows = random.permutation(np.flatnonzero(label == answer))
        held[rows[: max(1, round(len(rows) * (1 - _TRAIN)))]] = True
    return held, "chance"


def _power(column: Coded, looked: Looked, seed: int) -> Power:
    return power(column, looked.label, looked.train, looked.held, seed=seed)


def _leaks(
    source: Source, question: Question, looked: Looked, powers: Mapping[str, Power], seed: int
) -> Iterator[Leak]:
    """Yield what the rows show."""
    for feature, found in powers.items():
        yield from data_leaks.near_perfect(feature, found)
    yield from data_leaks.filled_with_answer(source, question.label, question.features)
    if question.moment:
        yield from data_leaks.later_moments(source, question.moment, question.event_times, certain=True)
        yield from data_leaks.later_moments(source, question.moment, question.reads_moments, certain=False)
    for feature, column in question.delayed.items():
        earlier = _power(coded(looked.table[column], looked.train), looked, seed)
        yield from data_leaks.gone_when_delayed(feature, powers[feature], earlier, question.delay)


def _unique(leaks: Sequence[Leak]) -> tuple[Leak, ...]:
    """Return leaks, each feature's check once, the certain ones first."""
    found = {(leak.feature, leak.check, leak.found): leak for leak in leaks}
    order = ("certain", "likely", "possible")
    return tuple(
        sorted(found.values(), key=lambda leak: (order.index(leak.severity), leak.feature, leak.check))
    )


def _certain(name: str, leaks: Sequence[Leak]) -> bool:
    """Say whether a feature must not be used: a model of the others shows what they are worth."""
    return any(leak.feature == name and leak.severity != "possible" for leak in leaks)


def _representatives(
    columns: Mapping[str, Coded], powers: Mapping[str, Power], limits: Limits
) -> tuple[Together, dict[str, str]]:
    """Return how features go together, and which one stands for each: the best, else the fullest."""
    pairs = together(columns)
    stands: dict[str, str] = {}
    order = list(columns)
    for group in pairs.groups(limits.redundant):
        best = min(group, key=lambda n: (-round(powers[n].auc.value, 2), columns[n].missing, order.index(n)))
        stands |= dict.fromkeys(group, best)
    return pairs, stands


def _earned(
    source: Source,
    question: Question,
    looked: Looked,
    columns: Mapping[str, Coded],
    *,
    measured: _Measured,
    leaks: Sequence[Leak],
    limits: Limits,
) -> Iterator[Earned]:
    """Yield the table."""
    types = {name: source.type(name) for name in question.features}
    stored = frozenset(name for name, (origin, _) in question.origins.items() if origin == "view")
    priced = costs(looked.table, types, stored)
    by_feature = {name: tuple(leak for leak in leaks if leak.feature == name) for name in question.features}
    heads = list(dict.fromkeys(measured.stands.values()))
    for name, column in columns.items():
        found, head = measured.powers[name], measured.stands.get(name)
        origin, view = question.origins.get(name, ("request", None))
        row: dict[str, Any] = {
            "feature": name, "type": types[name], "origin": origin, "view": view, "auc": found.auc,
            "mutual_information": found.mutual_information, "information": found.information,
            "importance": measured.worth.drops.get(name) if measured.worth else None,
            "group": heads.index(head) + 1 if head else None,
            "represented_by": head if head != name else None,
            "goes_with": measured.pairs.pair(name, head) if head else None,
            "inflation": measured.inflation.get(name), "missing": column.missing, "distinct": column.distinct,
            **_shifts(looked, name), **vars(priced[name]),
        }  # fmt: skip
        chance = measured.worth.chance if measured.worth else 0.0
        yield judged(Earned(**row), chance=chance, total=measured.total, limits=limits, leaks=by_feature)


def _shifts(looked: Looked, name: str) -> dict[str, float]:
    """Return how a feature changes over time; nothing without times."""
    if looked.moments is None or np.isnan(looked.moments).all():
        return {}
    first, last = thirds(looked.moments)
    if not first.any() or not last.any():
        return {}
    column = coded(looked.table[name], first, bins=12)
    return {
        "shift": stability_index(column, first, last),
        "missing_shift": missing_shift(column, first, last),
    }
