"""GeneralRegressionModel: generalised linear models, as R writes them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

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
from penstock.training.imported.pmml.fields import Fields, is_value, missing

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ATTRIBUTES = (
    "modelName", "functionName", "algorithmName", "modelType", "targetVariableName", "distribution",
    "linkFunction", "targetReferenceCategory", "isScorable",
)  # fmt: skip
GENERAL = ("ParameterList", "FactorList", "CovariateList", "PPMatrix", "ParamMatrix")
"""The parts of the element."""
_INVERSE: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "identity": lambda sums: sums,
    "logit": lambda sums: 0.5 * (1.0 + np.tanh(0.5 * sums)),
    "log": np.exp,
    "cloglog": lambda sums: 1.0 - np.exp(-np.exp(sums)),
    "loglog": lambda sums: np.exp(-np.exp(-sums)),
}
_PAIR = 2


class General:
    """Answers a value a row, or a probability a class; NaN where a predictor is missing.

    Parameters
    ----------
    element
        A GeneralRegressionModel.
    classes
        Of a classification, the columns of the answer.
    """

    def __init__(self, element: Element, classes: tuple[str, ...]) -> None:
        only(element, *_ATTRIBUTES)
        kind = said(
            element, "modelType", "generalizedLinear", "generalLinear", "regression", "multinomialLogistic"
        )
        link = said(
            element, "linkFunction", "identity" if kind != "multinomialLogistic" else "logit", *_INVERSE
        )
        self._inverse = _INVERSE[link]
        self._factors = _names(child(element, "FactorList"))
        _names(child(element, "CovariateList"))
        self._cells = _cells(child(element, "PPMatrix"))
        self._betas = _betas(child(element, "ParamMatrix"))
        self._classes, self._several = classes, kind == "multinomialLogistic"
        if not classes and (self._several or set(self._betas) != {None}):
            raise unknown(f"modelType={kind!r} with target categories, of a regression")
        if classes:
            self._reference = _reference(element, classes, self._betas)
            if len(classes) > _PAIR and not self._several:
                raise unknown(f"modelType={kind!r} of {len(classes)} classes")

    def answers(self, fields: Fields, rows: int) -> NDArray[np.float64]:
        """Return rows by classes, or rows by one value."""
        sums = {target: self._sum(betas, fields, rows) for target, betas in self._betas.items()}
        if not self._classes:
            return self._inverse(sums[None])[:, None]
        if self._several:
            columns = [sums.get(name, np.zeros(rows)) for name in self._classes]
            odds = np.column_stack(columns)
            grown = np.exp(odds - odds.max(axis=1, keepdims=True))
            return np.asarray(grown / grown.sum(axis=1, keepdims=True))
        [told] = sums.values()
        yes = self._inverse(told)
        return np.column_stack([1.0 - yes if name == self._reference else yes for name in self._classes])

    def _sum(self, betas: dict[str, float], fields: Fields, rows: int) -> NDArray[np.float64]:
        """Return the linear predictor of each row."""
        found = np.zeros(rows)
        for parameter, beta in betas.items():
            term = np.ones(rows)
            for name, value in self._cells.get(parameter, ()):
                term = term * self._one(name, value, fields)
            found = found + beta * term
        return found

    def _one(self, name: str, value: str, fields: Fields) -> NDArray[np.float64]:
        """Return what a predictor gives to a parameter: a power of a number, or whether it is a category."""
        values = fields[name]
        if name in self._factors:
            return np.where(missing(values), np.nan, is_value(values, value))
        return np.asarray(np.asarray(values, dtype=np.float64) ** float(value))


def _names(element: Element | None) -> set[str]:
    """Return the names of predictors; contrasts of their own are refused."""
    found = [] if element is None else inner(element, "Predictor")
    for one in found:
        only(one, "name")
        inner(one)
    return {str(one.get("name")) for one in found}


def _cells(element: Element | None) -> dict[str, list[tuple[str, str]]]:
    """Return of each parameter the predictors that it is the product of."""
    found: dict[str, list[tuple[str, str]]] = {}
    for one in [] if element is None else inner(element, "PPCell"):
        only(one, "value", "predictorName", "parameterName")
        told = (str(one.get("predictorName")), str(one.get("value")))
        found.setdefault(str(one.get("parameterName")), []).append(told)
    return found


def _betas(element: Element | None) -> dict[str | None, dict[str, float]]:
    """Return the coefficient of each parameter, by the class that it is of."""
    found: dict[str | None, dict[str, float]] = {}
    for one in [] if element is None else children(element, "PCell"):
        only(one, "parameterName", "targetCategory", "beta", "df")
        betas = found.setdefault(one.get("targetCategory"), {})
        betas[str(one.get("parameterName"))] = number(one, "beta")
    return found


def _reference(
    element: Element, classes: tuple[str, ...], betas: dict[str | None, dict[str, float]]
) -> str | None:
    """Return the class that has no coefficients of its own: what the others leave."""
    named = element.get("targetReferenceCategory")
    left = [name for name in classes if name not in betas]
    reference = named or (left[0] if len(left) == 1 else None)
    if reference not in classes or set(betas) != set(classes) - {reference}:
        raise unknown(f"classes {', '.join(classes)} with coefficients of {', '.join(map(str, betas))}")
    return reference
