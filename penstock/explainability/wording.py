"""Reasons in plain words: what a row holds, whether that is usual, and what it does to the score."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Literal

from penstock.explainability.meanings import WITHHELD, Meaning, Meanings

if TYPE_CHECKING:
    from penstock.explainability.explanation import RowExplanation
    from penstock.explainability.turning import Counterfactual

_SHOWN = 40
_LEAST = 1e-4
"""An effect below this share of the strongest is not worth a sentence."""
_OTHER_WAY = 0.1
"""From which share of the strongest on an effect the other way is told, too."""
_MANY, _DIGITS, _WHOLE = 1_000, 3, 1e15
_COUNTED = frozenset({"second", "minute", "hour", "day", "week", "month", "quarter", "year"})


def reasons(
    row: RowExplanation,
    meanings: Meanings | None = None,
    *,
    top: int = 3,
    direction: Literal["both", "up", "down"] = "both",
) -> list[str]:
    """Say in words why a row was answered so, the strongest reason first.

    Effects are in the unit of the score (a probability, not log-odds), relative to the model's average. Of
    columns that the contract calls personal or special the value is not told.

    Parameters
    ----------
    row
        The row's explanation.
    meanings
        What columns mean and what is usual; without them, names and values are told.
    top
        At most so many reasons. If all of these go one way, the strongest the other way takes the last place,
        unless it is weak.
    direction
        ``up`` tells only what raises the score, ``down`` only what lowers it.

    Examples
    --------
    >>> from penstock.explainability import Meaning, Meanings, RowExplanation
    >>> row = RowExplanation(
    ...     row=0, values={"amount": 1240.0, "land": None}, shap={"amount": 0.21, "land": -0.01},
    ...     output=0.5, score=0.5, base_score=0.3)
    >>> known = Meanings(outcome="the probability of late payment",
    ...     columns={"amount": Meaning(unit="EUR", low=200, median=310, high=400)})
    >>> for reason in reasons(row, known):
    ...     print(reason)
    amount is 1,240 EUR, higher than usual (median 310 EUR): raises the probability of late payment by 0.21
    land is missing: lowers the probability of late payment by 0.01
    """
    known = meanings or Meanings()
    effects = row.effects or row.shap
    told = _chosen(effects, top, direction)
    if not told and direction == "both":
        return [f"Nothing in the row moves {_outcome(row, known)} from what it is on average."]
    return [
        f"{_column(name, row.values.get(name), known)}: {_does(effects[name], row, known)}" for name in told
    ]


def sentence(found: Counterfactual, *, withheld: Collection[str] = ()) -> str:
    """Say a counterfactual in words; of columns that are withheld no value is told.

    Examples
    --------
    >>> from penstock.explainability import Change, Counterfactual
    >>> change = Change(before=1240.0, after=900.0)
    >>> sentence(Counterfactual(
    ...     found=True, changes={"amount": change}, score_before=0.7, label_before=1, score=0.49, label=0))
    'With amount 900 in place of 1,240 the answer would be 0 (score 0.49 in place of 0.7).'
    """
    if not found.found:
        return f"No change was found: {found.reason}."
    parts = [
        f"another {name}"
        if name in withheld
        else f"{name} {_cell(one.after)} in place of {_cell(one.before)}"
        for name, one in found.changes.items()
    ]
    scores = f"{number(found.score)} in place of {number(found.score_before)}"
    if found.label is None:
        return f"With {' and '.join(parts)} the value would be {scores}."
    return f"With {' and '.join(parts)} the answer would be {found.label} (score {scores})."


def _cell(value: Any) -> str:
    """Write any value."""
    if value is None:
        return "nothing"
    return _word(value) if isinstance(value, str | bool) else number(value)


def _chosen(effects: Mapping[str, float], top: int, direction: str) -> list[str]:
    """Choose columns by the size of their effect."""
    ranked = sorted(effects, key=lambda name: (-abs(effects[name]), name))
    strongest = abs(effects[ranked[0]]) if ranked else 0.0
    kept = [name for name in ranked if abs(effects[name]) > _LEAST * strongest]
    if direction != "both":
        return [name for name in kept if (effects[name] > 0) == (direction == "up")][:top]
    told, sides = kept[:top], {effects[name] > 0 for name in kept[:top]}
    if len(sides) == 1 and top > 1:
        other = [name for name in kept[top:] if (effects[name] > 0) not in sides][:1]
        if other and abs(effects[other[0]]) >= _OTHER_WAY * strongest:
            told = [*told[:-1], *other]
    return told


def _column(name: str, value: Any, known: Meanings) -> str:
    """Say what a column holds, and whether that is usual."""
    meaning = known.of(name)
    called = f"{meaning.meaning} ({name})" if meaning.meaning else name
    if value is None or value != value:  # noqa: PLR0124 - NaN is missing
        return f"{called} is missing"
    if meaning.sensitivity != "none" or value == WITHHELD:
        return f"{called} has a value that is withheld"
    if isinstance(value, str | bool):
        return f"{called} is {_word(value)}{_frequency(value, meaning)}"
    return f"{called} is {number(value, meaning.unit)}{_compared(float(value), meaning)}"


def _compared(value: float, meaning: Meaning) -> str:
    """Compare a number with the training rows."""
    if meaning.median is None or meaning.low is None or meaning.high is None:
        return ""
    usual = number(meaning.median, meaning.unit)
    if value > meaning.high:
        return f", higher than usual (median {usual})"
    if value < meaning.low:
        return f", lower than usual (median {usual})"
    return f", about as usual (median {usual})"


def _frequency(value: str | bool, meaning: Meaning) -> str:
    """Say how frequent a word or truth value is in training rows."""
    if not meaning.shares:
        return ""
    word = str(value).lower() if isinstance(value, bool) else value
    share = meaning.shares.get(word)
    return f" (as in {100 * share:.2g} % of rows)" if share is not None else ", which is rare"


def _does(effect: float, row: RowExplanation, known: Meanings) -> str:
    """Say what a column does to the score."""
    if row.score_unit == "distance":
        way = "brings the row nearer to" if effect > 0 else "takes the row away from"
        return f"{way} cluster {row.label} by {_size(effect)} (squared, scaled distance)"
    unit = known.unit if known.problem == "regression" else ""
    size = number(abs(effect), unit) if unit else _size(effect)
    return f"{'raises' if effect > 0 else 'lowers'} {_outcome(row, known)} by {size}"


def _outcome(row: RowExplanation, known: Meanings) -> str:
    """Name what the score is."""
    if row.label is None:
        return known.outcome
    if known.problem == "clustering" or row.score_unit in ("membership", "distance"):
        return f"the membership in cluster {row.label}"
    return f"the probability of {row.label}"


def _word(value: str | bool) -> str:
    """Write a word, cut if it is long, or a truth value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if len(value) <= _SHOWN else f"{value[: _SHOWN - 1]}…"


def _size(effect: float) -> str:
    """Write an effect's size with two digits."""
    return f"{abs(effect):.2g}" if abs(effect) < _MANY else number(abs(effect), "")


def number(value: float, unit: str = "") -> str:
    """Write a number for people: thousands apart, no more digits than matter.

    Examples
    --------
    >>> number(1240.0, "EUR"), number(0.123456), number(1234567.8), number(12, "day")
    ('1,240 EUR', '0.123', '1,234,568', '12 days')
    """
    size = abs(value)
    if float(value).is_integer() and size < _WHOLE:
        text = f"{value:,.0f}"
    elif _MANY <= size < _WHOLE:
        text = f"{value:,.0f}"
    else:
        text = f"{value:.{_DIGITS}g}"
    return f"{text} {_plural(unit) if size != 1 else unit}".strip()


def _plural(unit: str) -> str:
    """Return a unit of time as it is said of several."""
    return f"{unit}s" if unit in _COUNTED else unit
