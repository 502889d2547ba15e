"""RegressionModel: sums of terms, made probabilities where classes are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from penstock.training.imported.pmml.document import Element, children, inner, number, only, said, unknown
from penstock.training.imported.pmml.fields import Fields, is_value

if TYPE_CHECKING:
    from numpy.typing import NDArray

_PAIR = 2
_ATTRIBUTES = (
    "modelName", "functionName", "algorithmName", "modelType", "targetFieldName", "normalizationMethod",
    "isScorable",
)  # fmt: skip
_LINKS: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "none": lambda sums: sums,
    "logit": lambda sums: 0.5 * (1.0 + np.tanh(0.5 * sums)),
    "exp": np.exp,
    "cloglog": lambda sums: 1.0 - np.exp(-np.exp(sums)),
    "loglog": lambda sums: np.exp(-np.exp(-sums)),
    "cauchit": lambda sums: 0.5 + np.arctan(sums) / np.pi,
}
_SEVERAL = ("softmax", "simplemax")


class Regression:
    """Answers a value a row, or a probability a class; NaN where a number is missing.

    Parameters
    ----------
    element
        A RegressionModel.
    classes
        Of a classification, the columns of the answer.
    """

    def __init__(self, element: Element, classes: tuple[str, ...]) -> None:
        only(element, *_ATTRIBUTES)
        self._method = said(element, "normalizationMethod", *_LINKS, *_SEVERAL)
        tables = list(children(element, "RegressionTable"))
        self._tables = [_Table(one) for one in tables]
        self._classes = classes
        names = [str(one.get("targetCategory")) for one in tables]
        self._order = (
            [names.index(name) for name in classes] if classes and set(classes) == set(names) else []
        )
        if classes and not self._order:
            raise unknown(f"RegressionTable of {', '.join(names)}, with classes {', '.join(classes)}")
        if not classes and len(tables) != 1:
            raise unknown(f"{len(tables)} RegressionTables of a regression")
        if len(classes) > _PAIR and self._method not in _SEVERAL:
            raise unknown(f"normalizationMethod={self._method!r} of {len(classes)} classes")

    def answers(self, fields: Fields, rows: int) -> NDArray[np.float64]:
        """Return rows by classes, or rows by one value."""
        sums = np.column_stack([table.sums(fields, rows) for table in self._tables])
        if self._method == "softmax":
            grown = np.exp(sums - sums.max(axis=1, keepdims=True))
            found = grown / grown.sum(axis=1, keepdims=True)
        elif self._method == "simplemax":
            found = sums / sums.sum(axis=1, keepdims=True)
        else:
            found = _LINKS[self._method](sums)
            if self._classes:  # the second class has what the first leaves
                found = np.column_stack([found[:, 0], 1.0 - found[:, 0]])
        return np.asarray(found[:, self._order] if self._order else found)


class _Table:
    """A RegressionTable."""

    def __init__(self, element: Element) -> None:
        only(element, "intercept", "targetCategory")
        inner(element, "NumericPredictor", "CategoricalPredictor", "PredictorTerm")
        self._intercept = number(element, "intercept", 0.0)
        self._numbers = [
            (str(one.get("name")), number(one, "exponent", 1.0), number(one, "coefficient"))
            for one in children(element, "NumericPredictor")
        ]
        self._categories = [
            (str(one.get("name")), str(one.get("value")), number(one, "coefficient"))
            for one in children(element, "CategoricalPredictor")
        ]
        self._products = [
            (number(one, "coefficient"), [str(part.get("field")) for part in inner(one, "FieldRef")])
            for one in children(element, "PredictorTerm")
        ]

    def sums(self, fields: Fields, rows: int) -> NDArray[np.float64]:
        """Return the sum of the terms of each row."""
        found = np.full(rows, self._intercept)
        for name, exponent, coefficient in self._numbers:
            values = np.asarray(fields[name], dtype=np.float64)
            found = found + coefficient * (values if exponent == 1.0 else values**exponent)
        for name, value, coefficient in self._categories:
            found = found + coefficient * is_value(fields[name], value)
        for coefficient, names in self._products:
            found = found + coefficient * np.prod([fields[name] for name in names], axis=0)
        return found
