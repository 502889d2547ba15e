"""Explaining given rows: fast enough for a request, the same for a batch.

The signature that others call:

    explain_rows(predictor, instances, *, method="auto", background=None, seed=7, budget=BUDGET)
        -> list[RowExplanation]

:class:`Explainer` does the same for many calls: made once beside a loaded predictor, it keeps what does not
depend on the row (a forest's trees as a booster, the encoded background).

``method`` is ``auto``, ``exact``, ``enumeration``, ``permutation`` or ``kernel``. ``auto`` takes what the
model tells of itself (trees, linear models, k-means), else SHAP values against the background, which needs
one: :func:`penstock.explainability.background.read_background` of the model's folder.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import numpy as np

from penstock.explainability.agnostic import Game, Values, Way, affordable, shapley
from penstock.explainability.background import BACKGROUND
from penstock.explainability.exact import (
    Contributions,
    additivity,
    exact_contributions,
    in_probability,
    tells_itself,
)
from penstock.explainability.explanation import RowExplanation
from penstock.explainability.mixing import CannotExplain, Pool, instances_table

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.serving.predictor import Predictor
    from penstock.training.algorithms import Vector

BUDGET = 102_400
"""Rows that the model may be asked for to explain one row: all sets of ten columns, a hundred rows each."""
Method = Literal["auto", "exact", "enumeration", "permutation", "kernel"]
Instances = Sequence[Mapping[str, Any]]
_FEW = 50
_UNITS = {"regression": "value", "clustering": "membership"}
_WAYS = {
    "enumeration": "all sets of columns",
    "permutation": "random orders of columns",
    "kernel": "weighted least squares over sets of columns",
}


def explain_rows(
    predictor: Predictor,
    instances: Instances,
    *,
    method: Method = "auto",
    background: pa.Table | None = None,
    seed: int = 7,
    budget: int = BUDGET,
) -> list[RowExplanation]:
    """Explain rows, one by one, in their order.

    Parameters
    ----------
    predictor
        The model.
    instances
        Mappings of raw column to value; None is null.
    method
        ``auto`` for exact values of models that tell them, else SHAP values against the background: all
        sets of columns where the budget allows it (``enumeration``), else random orders (``permutation``).
    background
        Raw rows that a row is compared with. Exact values need none.
    seed
        Of random orders and sets.
    budget
        How many rows the model may be asked for to explain one row.

    Returns
    -------
        One explanation a row; ``row`` is its position.

    Raises
    ------
    CannotExplain
        The method does not fit the model, there is no background, or the budget is too small.
    penstock.training.instances.InvalidInstances
        Columns are missing, unknown, or hold a value of another type.
    NotAdditive
        A model's own values do not add up to its prediction.
    """
    return Explainer(predictor, background, seed=seed, budget=budget).explain(instances, method=method)


@dataclass(frozen=True, eq=False)
class Explainer:
    """Explains rows of one model; make it once.

    Parameters
    ----------
    predictor
        The model.
    background
        Raw rows that a row is compared with.
    seed, budget
        As for :func:`explain_rows`.
    """

    predictor: Predictor
    background: pa.Table | None = None
    seed: int = field(default=7, kw_only=True)
    budget: int = field(default=BUDGET, kw_only=True)

    def explain(
        self, instances: Instances, *, method: Method = "auto", budget: int | None = None
    ) -> list[RowExplanation]:
        """Explain rows as :func:`explain_rows` does; ``budget`` in place of the explainer's own."""
        if not instances:
            return []
        found, scores = self._contributions(instances, method, budget or self.budget)
        return told_rows(self.predictor, found, scores, range(len(instances)), instances)

    @cached_property
    def tells_itself(self) -> bool:
        """Whether the model has exact values of its own."""
        return tells_itself(self.predictor)

    def _contributions(
        self, instances: Instances, method: Method, budget: int
    ) -> tuple[Contributions, Vector]:
        """Choose the way, and go it."""
        if method not in get_args(Method):
            expected = ", ".join(get_args(Method))
            raise CannotExplain("There is no such method.", found=str(method), expected=expected)
        if method == "exact" and not self.tells_itself:
            raise CannotExplain(
                "The model does not tell exact values.",
                found=self.predictor.card.algorithm,
                expected="trees, a linear model or k-means",
                action="Explain it by 'auto', 'permutation' or 'kernel'.",
            )
        if method in ("auto", "exact") and self.tells_itself:
            return self._exact(instances)
        return self._against_background(instances, method, budget)

    def _against_background(
        self, instances: Instances, method: Method, budget: int
    ) -> tuple[Contributions, Vector]:
        """Ask the model about mixtures of each row and the background."""
        self.predictor.predict(instances[:1])
        rows = instances_table(self.predictor.card.columns, instances)
        return self.against(rows, method=method, budget=budget)

    def against(
        self, rows: pa.Table, *, method: Method = "auto", budget: int | None = None
    ) -> tuple[Contributions, Vector]:
        """Return values against the background, and scores, of the rows of a table."""
        if self.background is None or not self.background.num_rows:
            raise CannotExplain(
                "A model that does not tell exact values is explained against a background.",
                found="none",
                expected=f"{BACKGROUND} in the model's package, or rows given as background",
                action="Train and evaluate the model again, which writes one.",
            )
        count = self.background.num_rows
        pool = Pool.of(self.predictor, self.background, rows)
        way = None if method in ("auto", "exact") else cast("Way", method)
        most = budget or self.budget
        usual = affordable(count, pool.columns, most, way)
        games = (Game(pool, count + n, usual, most, self.seed) for n in range(rows.num_rows))
        found = [shapley(game, way) for game in games]
        return _joined(found, self.predictor.card.problem), np.array([one.score for one in found])

    def _exact(self, instances: Instances) -> tuple[Contributions, Vector]:
        """Ask the model; what it tells must add up."""
        model, preparation = self.predictor.model, self.predictor.preparation
        matrix = preparation.transform_instances(instances, scaled=model.scaled)
        found = exact_contributions(self.predictor, matrix, threads=1 if len(matrix) < _FEW else None)
        scores = model.scores(matrix)
        additivity(found, scores)
        return found, scores


def _joined(found: Sequence[Values], problem: str) -> Contributions:
    """Put the values of several rows together."""
    rows = min(one.background for one in found)
    ways = ", ".join(dict.fromkeys(_WAYS[one.way] for one in found))
    return Contributions(
        values=np.stack([one.values for one in found]),
        base=found[0].base,
        unit=_UNITS.get(problem, "probability"),
        method=f"SHAP values by {ways}, against {rows} background row{'s' if rows > 1 else ''}",
        error=np.array([one.error for one in found]),
        evaluations=np.array([one.evaluations for one in found]),
    )


def told_rows(
    predictor: Predictor,
    found: Contributions,
    scores: Vector,
    places: Iterable[int],
    rows: Sequence[Mapping[str, Any]],
) -> list[RowExplanation]:
    """Tell rows by their values of the predicted class.

    Parameters
    ----------
    predictor
        The model.
    found, scores
        Values of all rows and classes, and what the model predicts.
    places, rows
        Which of them to tell, and those rows raw.
    """
    told = _Told(predictor, found, scores.reshape(len(scores), -1))
    return [told.row(int(number), row) for number, row in zip(places, rows, strict=True)]


@dataclass(frozen=True, eq=False)
class _Told:
    """Values of all classes, of which those of the predicted class are told."""

    predictor: Predictor
    found: Contributions
    scores: Vector

    def row(self, number: int, raw: Mapping[str, Any]) -> RowExplanation:
        """Describe one prediction."""
        found, said, names = self.found, int(self.scores[number].argmax()), self.predictor.inputs
        effects, start, unit = self._effects(number, said)
        return RowExplanation(
            row=number,
            values={name: raw[name] for name in names},
            shap=dict(zip(names, found.values[number, said].tolist(), strict=True)),
            output=float(found.totals[number, said]),
            score=float(self.scores[number, said]),
            label=self.predictor.card.classes[said] if len(found.base) > 1 else None,
            base_value=float(found.base[said]),
            unit=found.unit,
            effects=dict(zip(names, effects.tolist(), strict=True)),
            base_score=start,
            score_unit=unit,
            method=found.method,
            error=float(found.error[number]),
            evaluations=int(found.evaluations[number]),
        )

    def _effects(self, number: int, said: int) -> tuple[Vector, float, str]:
        """Return what columns add to the score, from where, in which unit."""
        found = self.found
        if found.unit != "log_odds":
            return np.asarray(found.values[number, said]), float(found.base[said]), found.unit
        parts, start = in_probability(found.values[number], found.base, said)
        return parts, start, "probability"
