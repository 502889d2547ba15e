"""Whether the test can be believed: answers given away, rows on both sides, too few of a class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.evaluation.checks import Check
from penstock.evaluation.columns import cut, is_numeric, levels, quantiles, ranks, spaced
from penstock.evaluation.fairness.facets import conditions, is_number
from penstock.evaluation.metrics import weighted_auc
from penstock.training.arrow import numbers

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from penstock.specs import Gates
    from penstock.training.algorithms import Answers, Vector

_MOST_ROWS = 20_000
_BINS = 20
_BY_CHANCE = 0.05
"""Expected equal training rows, from which on an equal row says nothing."""
_FEW_COPIES = 10
_MEASURES = {
    "binary": "area under the ROC curve", "multiclass": "accuracy", "regression": "explained variance"
}  # fmt: skip


class Soundness(BaseModel):
    """What a column tells of the answer by itself, and what is the same on both sides of the split."""

    model_config = ConfigDict(frozen=True)

    measure: str
    alone: dict[str, float]
    """How well each column predicts the answer by itself, strongest first."""
    test_rows: int
    duplicates: int
    """Test rows that are also training or validation rows, other than by chance."""
    equal_rows: int
    """Test rows that are also training or validation rows."""
    rows_of_classes: dict[str, int]


@dataclass(frozen=True)
class Part:
    """Raw rows with their answers."""

    table: pa.Table
    answers: Answers


def soundness(train: Part, validation: Part, test: Part, inputs: Sequence[str]) -> Soundness:
    """Look at the rows of a run.

    Parameters
    ----------
    train, validation, test
        The prepared parts.
    inputs
        The model's raw columns.
    """
    alone: dict[str, float] = {}
    problem = test.answers.problem
    if problem != "clustering":
        learnt, seen = _thin(train), _thin(test)
        alone = {name: _alone(learnt, seen, name) for name in inputs}
    equal, duplicates = duplicated(test, (train, validation), inputs)
    return Soundness(
        measure=_MEASURES.get(problem, "none"),
        alone=dict(sorted(alone.items(), key=lambda entry: (-entry[1], entry[0]))),
        test_rows=len(test.answers), duplicates=duplicates, equal_rows=equal,
        rows_of_classes=_classes(test.answers),
    )  # fmt: skip


def soundness_checks(found: Soundness, gates: Gates) -> tuple[Check, ...]:
    """Return the checks for leakage, duplicates and rare answers, where they apply.

    Examples
    --------
    >>> from penstock.specs import Gates
    >>> odd = Soundness(measure="accuracy", alone={"id": 1.0}, test_rows=10, duplicates=0, equal_rows=0,
    ...                 rows_of_classes={})
    >>> [(one.check, one.passed) for one in soundness_checks(odd, Gates())]
    [('leakage', False), ('duplicates', True)]
    """
    checks = []
    if found.alone and gates.leakage is not None:
        checks.append(_leakage(found.alone, found.measure, gates.leakage))
    checks.append(_duplicates(found, gates.maximum_duplicates))
    if found.rows_of_classes and gates.fewest_of_a_class:
        checks.append(_rare(found.rows_of_classes, gates.fewest_of_a_class))
    return tuple(checks)


def duplicated(test: Part, others: Sequence[Part], inputs: Sequence[str]) -> tuple[int, int]:
    """Count test rows that others have too: all of them, and those that chance does not explain.

    Chance explains an equal row when so many other rows are there that the product of its values'
    frequencies leads one to expect one.
    """
    import pyarrow as pa

    parts = [test, *others]
    names = [*inputs, *(["label"] if all("label" in part.table.column_names for part in parts) else [])]
    table = pa.concat_tables([part.table.select(names) for part in parts])
    codes = [_codes(table[name]) for name in names]
    mixed = np.zeros(table.num_rows, dtype=np.uint64)
    for code in codes:
        mixed = (mixed ^ code.astype(np.uint64)) * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(29)
    own, rest = mixed[: len(test.answers)], mixed[len(test.answers) :]
    equal = np.flatnonzero(np.isin(own, rest))
    if not len(equal):
        return 0, 0
    _, same, copies = np.unique(mixed, return_inverse=True, return_counts=True)
    # A row is no evidence for its own values, unless it is there so often that they are few.
    out = np.where(copies <= _FEW_COPIES, copies, 0)[same[equal]]
    expected = np.full(len(equal), float(len(rest)))
    for code in codes:
        expected *= (np.bincount(code)[code[equal]] - out) / (len(code) - out)
    return len(equal), int((expected < _BY_CHANCE).sum())


def _codes(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return a number for each different value of a column."""
    if not is_number(column):
        return conditions(column) + 1
    raw = numbers(column)
    return np.asarray(np.unique(raw, return_inverse=True)[1], dtype=np.int64)


def _thin(part: Part) -> Part:
    """Keep at most so many rows, evenly spaced."""
    from dataclasses import replace

    rows = spaced(len(part.answers), _MOST_ROWS)
    return Part(part.table.take(rows), replace(part.answers, values=part.answers.values[rows]))


def _alone(train: Part, test: Part, name: str) -> float:
    """Return how well a column predicts the answer; the worse of training and test rows."""
    return max(min(ways) for ways in _ways(train, test, name).values())


def _ways(train: Part, test: Part, name: str) -> Mapping[str, tuple[float, float]]:
    """Return the quality of every way in which a column may tell the answer, in training and test rows."""
    sides, problem = (train, test), test.answers.problem
    found: dict[str, tuple[float, float]] = {}
    first, second = _levels(train.table[name], test.table[name])
    if problem == "multiclass":
        best = _majority(first, train.answers)
        hits = [
            float((best[code] == part.answers.values).mean())
            for code, part in ((first, train), (second, test))
        ]
        return {"levels": (hits[0], hits[1])}
    truths = [part.answers.values.astype(np.float64) for part in sides]
    means = _means(first, truths[0])
    rate = _auc if problem == "binary" else _explained
    found["levels"] = rate(truths[0], means[first]), rate(truths[1], means[second])
    if is_number(train.table[name]):
        raw = [ranks(numbers(part.table[name])) for part in sides]
        if problem == "binary":
            pair = [_two_sided(truth, place) for truth, place in zip(truths, raw, strict=True)]
        else:
            pair = [max(_linear(truth, numbers(part.table[name])), _linear(ranks(truth), place))
                    for truth, part, place in zip(truths, sides, raw, strict=True)]  # fmt: skip
        found["order"] = pair[0], pair[1]
    return found


def _levels(train: pa.ChunkedArray, test: pa.ChunkedArray) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Cut a column of both parts alike."""
    import pyarrow as pa

    if is_numeric(train):
        edges = quantiles(train, _BINS)
        return cut(train, edges).codes, cut(test, edges).codes
    codes = levels(pa.chunked_array([*train.chunks, *test.chunks], train.type)).codes
    return codes[: len(train)], codes[len(train) :]


def _means(code: NDArray[np.int64], truth: Vector) -> Vector:
    """Return the mean answer of each level, that of all rows where a level has none."""
    size = int(code.max(initial=0)) + 1_000
    rows, sums = np.bincount(code, minlength=size), np.bincount(code, weights=truth, minlength=size)
    return np.where(rows > 0, sums / np.maximum(rows, 1), truth.mean())


def _majority(code: NDArray[np.int64], answers: Answers) -> NDArray[np.int64]:
    """Return the most frequent class of each level."""
    width, size = len(answers.classes), int(code.max(initial=0)) + 1_000
    known = answers.values >= 0
    counts = np.bincount(code[known] * width + answers.values[known], minlength=size * width)
    return np.asarray(counts.reshape(size, width).argmax(axis=1), dtype=np.int64)


def _auc(truth: Vector, score: Vector) -> float:
    """Return the area under the ROC curve; a half where one answer is missing."""
    area = float(weighted_auc(truth > 0, score, np.ones((1, len(score))))[0])
    return 0.5 if np.isnan(area) else area


def _two_sided(truth: Vector, score: Vector) -> float:
    area = _auc(truth, score)
    return max(area, 1.0 - area)


def _explained(truth: Vector, said: Vector) -> float:
    spread = float(((truth - truth.mean()) ** 2).sum())
    return max(0.0, 1.0 - float(((truth - said) ** 2).sum()) / spread) if spread else 0.0


def _linear(truth: Vector, values: Vector) -> float:
    """Return the squared correlation of the rows that have a value; with nulls they are no copy of it."""
    known = np.isfinite(values)
    if known.sum() < 3 or not truth[known].std() or not values[known].std():  # noqa: PLR2004
        return 0.0
    return float(np.corrcoef(truth[known], values[known])[0, 1] ** 2) * float(known.mean())


def _classes(answers: Answers) -> dict[str, int]:
    """Count the rows of each answer, of classes alone."""
    if answers.problem == "binary":
        return {"1": int(answers.values.sum()), "0": int((~answers.values).sum())}
    if answers.problem != "multiclass":
        return {}
    return {name: int((answers.values == place).sum()) for place, name in enumerate(answers.classes)}


def _leakage(alone: Mapping[str, float], measure: str, limit: float) -> Check:
    name, value = next(iter(alone.items()))
    many = sum(one > limit for one in alone.values())
    reason = (
        f"the column that tells most by itself is {name}: {measure} {value:.4f}, "
        f"more than {limit:g} gives the answer away"
    )
    if many:
        reason = (
            f"{name} tells the answer by itself ({measure} {value:.4f}, at most {limit:g} is allowed"
            f"{f'; and {many - 1} other columns do' if many > 1 else ''}): it may be known only afterwards"
        )
    return Check(check="leakage", value=value, limit=limit, passed=not many, reason=reason)


def _duplicates(found: Soundness, limit: float) -> Check:
    share = found.duplicates / max(found.test_rows, 1)
    reason = (
        f"{found.duplicates} of {found.test_rows} test rows are also rows that were trained or chosen with, "
        f"answer included; a share of {limit:g} is allowed"
    )
    return Check(check="duplicates", value=share, limit=limit, passed=share <= limit, reason=reason)


def _rare(rows: Mapping[str, int], fewest: int) -> Check:
    """Check that the second most frequent answer has rows enough for a metric to mean something."""
    name, count = sorted(rows.items(), key=lambda entry: (-entry[1], entry[0]))[min(1, len(rows) - 1)]
    total = sum(rows.values())
    reason = (
        f"{count} of {total} test rows have the answer {name} (1 in {total / max(count, 1):,.0f}); "
        f"{fewest} are needed"
    )
    return Check(
        check="rows_of_each_answer",
        value=float(count),
        limit=float(fewest),
        passed=count >= fewest,
        reason=reason,
    )
