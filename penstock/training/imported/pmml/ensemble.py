"""MiningModel: several models, whose answers are put together or passed on; and what all models share."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from penstock.training.imported.pmml.document import (
    Element,
    child,
    children,
    inner,
    number,
    only,
    said,
    unknown,
)
from penstock.training.imported.pmml.fields import (
    Expression,
    Fields,
    expression,
    missing,
    schema_of,
    transformations,
)
from penstock.training.imported.pmml.general import GENERAL, General
from penstock.training.imported.pmml.predicates import PREDICATES, predicate_of
from penstock.training.imported.pmml.regression import Regression
from penstock.training.imported.pmml.trees import Tree

if TYPE_CHECKING:
    from numpy.typing import NDArray

MODELS = ("GeneralRegressionModel", "MiningModel", "RegressionModel", "TreeModel")
_PARTS = ("MiningSchema", "Output", "Targets", "LocalTransformations")
_OWN = {
    "GeneralRegressionModel": GENERAL,
    "MiningModel": ("Segmentation",),
    "RegressionModel": ("RegressionTable",),
    "TreeModel": ("Node",),
}
_VOTES = ("majorityVote", "weightedMajorityVote")
_METHODS = (
    "modelChain",
    "selectFirst",
    "sum",
    "weightedSum",
    "average",
    "weightedAverage",
    "median",
    *_VOTES,
)


class _Answering(Protocol):
    """A kind of model."""

    def answers(self, fields: Fields, rows: int) -> NDArray[np.float64]:
        """Return rows by classes, or rows by one value."""


class Scored:
    """A model with its own fields: computed before it, rescaled and passed on after it.

    Parameters
    ----------
    element
        A model.
    classes
        Of the document's classification.
    """

    def __init__(self, element: Element, classes: tuple[str, ...]) -> None:
        if element.tag not in MODELS:
            raise unknown(element.tag)
        inner(element, *_PARTS, *_OWN[element.tag])
        classifies = element.get("functionName") == "classification"
        said(element, "functionName", "regression", "classification")
        self.classes = classes if classifies else ()
        self._replaced = {
            name: one.get("missingValueReplacement") for name, one in schema_of(element).items()
            if one.get("missingValueReplacement") is not None
        }  # fmt: skip
        self._computed = transformations(child(element, "LocalTransformations"))
        kinds: dict[str, Callable[[Element, tuple[str, ...]], _Answering]] = {
            "GeneralRegressionModel": General,
            "MiningModel": Ensemble,
            "RegressionModel": Regression,
            "TreeModel": Tree,
        }
        self._model = kinds[element.tag](element, self.classes)
        self._factor, self._constant = _targets(child(element, "Targets"))
        self._outputs = _outputs(child(element, "Output"), self.classes)

    def answers(self, fields: Fields, rows: int) -> NDArray[np.float64]:
        """Return rows by classes, or rows by one value; the model's outputs become fields for others."""
        own = dict(fields)
        for name, value in self._replaced.items():
            if name in own and own[name].dtype != object:
                own[name] = np.where(missing(own[name]), float(str(value)), own[name])
        for name, compute in self._computed:
            own[name] = compute(own, rows)
        found = self._model.answers(own, rows)
        if not self.classes:
            found = found * self._factor + self._constant
        for name, place, transform in self._outputs:
            own[name] = fields[name] = transform(own, rows) if transform else found[:, place]
        return np.asarray(found)


class Ensemble:
    """Answers as the models of its segments do together."""

    def __init__(self, element: Element, classes: tuple[str, ...]) -> None:
        only(element, "modelName", "functionName", "algorithmName", "isScorable")
        [segmentation] = children(element, "Segmentation")
        only(segmentation, "multipleModelMethod", "missingPredictionTreatment", "missingThreshold")
        self._method = said(segmentation, "multipleModelMethod", *_METHODS)
        self._treatment = said(
            segmentation, "missingPredictionTreatment", "continue", "returnMissing", "skipSegment"
        )
        if classes and self._method in ("sum", "weightedSum", "median"):
            raise unknown(f"multipleModelMethod={self._method!r} of classes")
        self._width = max(1, len(classes))
        self._segments = [_Segment(one, classes) for one in inner(segmentation, "Segment")]

    def answers(self, fields: Fields, rows: int) -> NDArray[np.float64]:
        """Return rows by classes, or rows by one value."""
        if self._method == "modelChain":
            for segment in self._segments:
                found = segment.model.answers(fields, rows)
            return found
        truths = np.array([one.predicate(fields, rows) == 1 for one in self._segments])
        said_by = [one.model.answers(dict(fields), rows) for one in self._segments]
        if self._method == "selectFirst":
            found = np.full((rows, self._width), np.nan)
            for truth, one in zip(truths[::-1], said_by[::-1], strict=True):
                found[truth] = one[truth]
            return found
        return self._together(np.array(said_by), truths)

    def _together(self, found: NDArray[np.float64], truths: Any) -> NDArray[np.float64]:
        """Put the answers of the segments together, segments by rows by classes."""
        absent: Any = np.isnan(found).any(axis=2)
        skips = self._treatment == "skipSegment"
        taken: Any = truths & ~absent if skips else truths
        if self._method in _VOTES:
            votes: Any = found == found.max(axis=2, keepdims=True)
            found = np.where(absent[..., None], np.nan, votes & (np.cumsum(votes, axis=2) == 1))
        if self._method == "median":
            total = _median(found, taken)
        else:
            weighted = self._method.startswith("weighted")
            weights: Any = taken * np.array([[one.weight if weighted else 1.0] for one in self._segments])
            total = (np.where(taken[..., None], found, 0.0) * weights[..., None]).sum(axis=0)
            if self._method not in ("sum", "weightedSum"):
                with np.errstate(invalid="ignore", divide="ignore"):
                    total = total / weights.sum(axis=0)[:, None]
        lost: Any = np.zeros(len(total), dtype=np.bool_) if skips else (truths & absent).any(axis=0)
        return np.where(lost[:, None], np.nan, total)


def _median(found: NDArray[np.float64], taken: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the median over segments; NaN where there is none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        return np.asarray(np.nanmedian(np.where(taken[..., None], found, np.nan), axis=0))


class _Segment:
    """A model, for the rows that a predicate is true of."""

    def __init__(self, element: Element, classes: tuple[str, ...]) -> None:
        only(element, "id", "weight")
        [model] = [one for one in inner(element, *PREDICATES, *MODELS) if one.tag in MODELS]
        self.predicate = predicate_of(element, *MODELS)
        self.weight = number(element, "weight", 1.0)
        self.model = Scored(model, classes)


def _targets(element: Element | None) -> tuple[float, float]:
    """Return by what a value is multiplied, and what is added."""
    found = [] if element is None else inner(element, "Target")
    factor, constant = 1.0, 0.0
    for one in found:
        only(one, "field", "optype", "rescaleFactor", "rescaleConstant", "castInteger")
        if one.get("castInteger") is not None or len(one):
            raise unknown("Target with castInteger or TargetValue")
        factor, constant = number(one, "rescaleFactor", 1.0), number(one, "rescaleConstant", 0.0)
    return factor, constant


def _outputs(element: Element | None, classes: tuple[str, ...]) -> list[tuple[str, int, Expression | None]]:
    """Return the outputs that later models may use: their name, and which answer or what computes them."""
    found: list[tuple[str, int, Expression | None]] = []
    for one in [] if element is None else children(element, "OutputField"):
        feature, name = one.get("feature", "predictedValue"), str(one.get("name"))
        if feature == "probability" and one.get("value") in classes:
            found.append((name, classes.index(str(one.get("value"))), None))
        elif feature == "predictedValue" and not classes:
            found.append((name, 0, None))
        elif feature == "transformedValue":
            [compute] = inner(one, "Apply", "FieldRef", "Constant", "NormContinuous", "NormDiscrete")
            found.append((name, 0, expression(compute)))
    return found
