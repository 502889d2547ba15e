"""Conditions of PMML: true, false, or unknown where a value is missing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from penstock.training.imported.pmml.document import Element, inner, said, unknown
from penstock.training.imported.pmml.fields import Some, is_nan, is_value, missing, text_of

Truth: TypeAlias = NDArray[np.float64]
"""1 is true, 0 is false, NaN is unknown."""
Predicate: TypeAlias = Callable[[Some, int], Truth]

PREDICATES = ("True", "False", "SimplePredicate", "SimpleSetPredicate", "CompoundPredicate")
_ORDERS: dict[str, Callable[[Any, Any], Any]] = {
    "lessThan": np.less, "lessOrEqual": np.less_equal, "greaterThan": np.greater,
    "greaterOrEqual": np.greater_equal,
}  # fmt: skip


def predicate(element: Element) -> Predicate:
    """Return what evaluates a predicate.

    Raises
    ------
    ModelRefused
        It is not known.
    """
    if element.tag in ("True", "False"):
        truth = float(element.tag == "True")
        return lambda fields, rows: np.full(rows, truth)
    if element.tag == "SimplePredicate":
        return _simple(element)
    if element.tag == "SimpleSetPredicate":
        return _set(element)
    if element.tag == "CompoundPredicate":
        return _compound(element)
    raise unknown(element.tag)


def predicate_of(element: Element, *others: str) -> Predicate:
    """Return the predicate among an element's children."""
    [found] = [one for one in inner(element, *PREDICATES, *others) if one.tag in PREDICATES]
    return predicate(found)


def _simple(element: Element) -> Predicate:
    name, operator, value = (str(element.get(key)) for key in ("field", "operator", "value"))
    if operator in ("isMissing", "isNotMissing"):
        wanted = operator == "isMissing"
        return lambda fields, rows: (missing(fields[name]) == wanted).astype(np.float64)
    if operator in ("equal", "notEqual"):
        wanted = operator == "equal"
        return lambda fields, rows: _known(fields, name, is_value(fields[name], value) == wanted)
    if operator not in _ORDERS:
        raise unknown(f"operator {operator!r}")
    limits = {np.dtype(kind): kind(value) for kind in (np.float32, np.float64)}

    def compute(fields: Some, rows: int) -> Truth:
        values = fields[name]
        return np.where(np.isnan(values), np.nan, _ORDERS[operator](values, limits[values.dtype]))

    return compute


def _known(fields: Some, name: str, truth: NDArray[np.bool_]) -> Truth:
    """Make unknown what is said of a missing value."""
    return np.where(missing(fields[name]), np.nan, truth)


def _set(element: Element) -> Predicate:
    name, inside = str(element.get("field")), said(element, "booleanOperator", "isIn", "isNotIn") == "isIn"
    [array] = inner(element, "Array")
    known = set(_items(array))

    def compute(fields: Some, rows: int) -> Truth:
        found = [
            one is not None and not is_nan(one) and text_of(one) in known for one in fields[name].tolist()
        ]
        return _known(fields, name, np.array(found, dtype=np.bool_) == inside)

    return compute


def _items(array: Element) -> list[str]:
    """Split an array by spaces; items in quotes may have spaces themselves."""
    text, found, item, quoted = (array.text or "").strip(), [], "", False
    place = 0
    while place < len(text):
        one = text[place]
        if one == "\\" and text[place + 1 : place + 2] == '"':
            item, place = item + '"', place + 1
        elif one == '"':
            quoted = not quoted
            if not quoted:
                found.append(item)
                item = ""
        elif one.isspace() and not quoted:
            if item:
                found.append(item)
            item = ""
        else:
            item += one
        place += 1
    return [*found, item] if item else found


def _compound(element: Element) -> Predicate:
    operator = said(element, "booleanOperator", "and", "or", "xor", "surrogate")
    parts = [predicate(one) for one in inner(element, *PREDICATES)]

    def compute(fields: Some, rows: int) -> Truth:
        told = np.array([part(fields, rows) for part in parts])
        if operator == "surrogate":
            first = np.argmax(~np.isnan(told), axis=0)
            return np.asarray(told[first, np.arange(rows)])
        absent = np.isnan(told).any(axis=0)
        if operator == "xor":
            return np.where(absent, np.nan, told.sum(axis=0) % 2)
        if operator == "and":
            return np.where((told == 0).any(axis=0), 0.0, np.where(absent, np.nan, 1.0))
        return np.where((told == 1).any(axis=0), 1.0, np.where(absent, np.nan, 0.0))

    return compute
