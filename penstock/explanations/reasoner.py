"""Why a model answers so: loads what explaining takes when the first row is explained, not before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.explainability import Explainer, Meanings, RowExplanation
    from penstock.explanations.asking import Ask
    from penstock.serving.predictor import Predictor

Instances = Sequence[Mapping[str, Any]]
EVALUATIONS = 200_000
"""Rows that a model may be asked for to explain one request, where it has no exact values."""


@dataclass(frozen=True)
class Reasoned:
    """One row explained.

    Attributes
    ----------
    row
        Each column's SHAP value, and what they add up to.
    reasons
        The same in words, the strongest first.
    counterfactual
        The smallest change that turns the decision, if it was asked for and found.
    """

    row: RowExplanation
    reasons: tuple[str, ...]
    counterfactual: dict[str, Any] | None = None

    def document(self) -> dict[str, Any]:
        """Return what an answer says of the row."""
        told: dict[str, Any] = {
            "method": self.row.method,
            "unit": self.row.unit,
            "base_value": self.row.base_value,
            "output": self.row.output,
            "shap": self.row.shap,
            "reasons": list(self.reasons),
        }
        optional = {"label": self.row.label, "counterfactual": self.counterfactual}
        return told | {name: value for name, value in optional.items() if value is not None}


@dataclass(frozen=True)
class Reasoner:
    """Tells why a model answered as it did.

    Parameters
    ----------
    predictor
        The model.
    folder
        Where its package is unpacked: rows of training to compare with lie there, if any were kept.
    """

    predictor: Predictor
    folder: Path | None = None

    def explain(
        self,
        instances: Instances,
        ask: Ask,
        *,
        masked: frozenset[str] = frozenset(),
        budget: int | None = None,
    ) -> list[Reasoned]:
        """Explain rows, in their order.

        Parameters
        ----------
        instances
            Rows as the model takes them.
        ask
            How.
        masked
            Columns whose values must not be told.
        budget
            Rows that the model may be asked for to explain one row; without it, so many that a request is
            answered in time.

        Raises
        ------
        penstock.explainability.explainer.CannotExplain
            The model cannot be explained the way that is asked for.
        """
        if not instances:
            return []
        most = budget or max(EVALUATIONS // len(instances), 1)
        rows = self._explainer.explain(instances, method=ask.method, budget=most)
        return [self._reasoned(row, ask, masked) for row in rows]

    def load(self) -> None:
        """Load what explaining takes, so that the first row does not wait for it."""
        from penstock.explainability import reasons

        _ = reasons, self._explainer, self._meanings

    @property
    def withheld(self) -> frozenset[str]:
        """Columns whose values are told nowhere, as the model's package says."""
        return self._meanings.withheld

    @cached_property
    def _explainer(self) -> Explainer:
        from penstock.explainability import Explainer

        return Explainer(self.predictor, self._background)

    @cached_property
    def _background(self) -> pa.Table | None:
        from penstock.explainability import read_background

        return read_background(self.folder) if self.folder else None

    @cached_property
    def _meanings(self) -> Meanings:
        from penstock.explainability import Meanings, read_meanings

        return read_meanings(self.folder) if self.folder else Meanings()

    def _reasoned(self, row: RowExplanation, ask: Ask, masked: frozenset[str]) -> Reasoned:
        from penstock.explainability import reasons

        shown = row.model_copy(update={"values": hide(row.values, masked)})
        told = tuple(reasons(shown, self._meanings, top=ask.top))
        return Reasoned(shown, told, self._counterfactual(row.values, masked) if ask.counterfactual else None)

    def _counterfactual(self, instance: Mapping[str, Any], masked: frozenset[str]) -> dict[str, Any]:
        """Return the smallest change that turns the decision; what is sensitive neither changes nor shows."""
        from penstock.explainability import CannotExplain, counterfactual

        if self._background is None:
            raise CannotExplain(
                "The smallest change is looked for among rows of training, and the model's package has none.",
                action="Train the model again: its package will have them.",
            )
        limits = self._meanings.limits.fixing(masked | self.withheld)
        return counterfactual(self.predictor, instance, background=self._background, limits=limits).document()


def hide(values: Mapping[str, Any], masked: frozenset[str]) -> dict[str, Any]:
    """Return a row with a sign in place of what must not be told; that nothing was known may be.

    Examples
    --------
    >>> hide({"age": 40, "city": None, "amount": 2.5}, frozenset({"age", "city"}))
    {'age': '***', 'city': None, 'amount': 2.5}
    """
    from penstock.explainability import WITHHELD

    return {name: WITHHELD if name in masked and one is not None else one for name, one in values.items()}
