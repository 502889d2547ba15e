"""Fields of PMML: what is declared, how nulls and unknown values are treated, what is computed."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from penstock.training.imported.pmml.document import Element, child, children, inner, number, said, unknown

Column: TypeAlias = NDArray[Any]
"""Numbers with NaN, or texts with None, for missing."""
Fields: TypeAlias = dict[str, Column]
Some: TypeAlias = Mapping[str, Column]
"""Fields that are read and not added to."""
Expression: TypeAlias = Callable[[Fields, int], Column]

_FLOATS = {"float": np.float32, "double": np.float64, "integer": np.float64, "boolean": np.float64}
_BINARY: dict[str, Callable[[Any, Any], Any]] = {
    "+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide, "pow": np.power,
}  # fmt: skip
_UNARY: dict[str, Callable[[Any], Any]] = {
    "ln": np.log, "log10": np.log10, "sqrt": np.sqrt, "abs": np.abs, "exp": np.exp, "floor": np.floor,
    "ceil": np.ceil, "expm1": np.expm1, "ln1p": np.log1p, "negate": np.negative,
}  # fmt: skip
_COMPARED: dict[str, Callable[[Any, Any], Any]] = {
    "lessThan": np.less, "lessOrEqual": np.less_equal, "greaterThan": np.greater,
    "greaterOrEqual": np.greater_equal, "equal": np.equal, "notEqual": np.not_equal,
}  # fmt: skip
_EXPRESSIONS = ("Constant", "FieldRef", "NormContinuous", "NormDiscrete", "Discretize", "Apply")


def missing(values: Column) -> NDArray[np.bool_]:
    """Say of each value whether it is missing."""
    if values.dtype == object:
        return np.array([value is None for value in values.tolist()], dtype=np.bool_)
    return np.asarray(np.isnan(values))


def is_nan(value: float | str | None) -> bool:
    """Say whether a value is the number that is none."""
    return isinstance(value, float) and math.isnan(value)


def text_of(value: float | str) -> str:
    """Return a value as PMML writes it: whole numbers without a fraction."""
    if isinstance(value, str):
        return value
    return str(int(value)) if float(value).is_integer() else str(value)


def cast(values: Column, kind: str) -> Column:
    """Return values in the precision of a data type, in which they are also compared."""
    return values if values.dtype == object or kind not in _FLOATS else values.astype(_FLOATS[kind])


class Declared:
    """A field of the data dictionary."""

    def __init__(self, element: Element) -> None:
        self.name, self.kind = str(element.get("name")), str(element.get("dataType"))
        inner(element, "Value", "Interval")
        if element.find("Interval") is not None:
            raise unknown(f"Interval of DataField {self.name}")
        self.valid = [str(one.get("value")) for one in children(element, "Value")
                      if one.get("property", "valid") == "valid"]  # fmt: skip
        self.categorical = element.get("optype") != "continuous"

    def read(self, values: Column, schema: Element) -> Column:
        """Return a raw column as the model's schema wants it: unknown and missing values treated."""
        values = cast(values, self.kind)
        if self.valid and self.categorical:
            known = set(self.valid)
            wrong = np.array(
                [
                    value is not None and not is_nan(value) and text_of(value) not in known
                    for value in values.tolist()
                ]
            )
            treated = said(schema, "invalidValueTreatment", "returnInvalid", "asIs", "asMissing", "asValue")
            if treated == "asValue":
                values = _filled(values, wrong, str(schema.get("invalidValueReplacement")))
            elif treated != "asIs":
                values = _filled(values, wrong, None)
        replaced = schema.get("missingValueReplacement")
        return values if replaced is None else _filled(values, missing(values), replaced)


def _filled(values: Column, where: NDArray[np.bool_], value: str | None) -> Column:
    """Put a value at some places."""
    if not where.any():
        return values
    filled = values.copy()
    if values.dtype == object:
        filled[where] = value
    else:
        filled[where] = np.nan if value is None else float(value)
    return filled


def expression(element: Element) -> Expression:
    """Return what computes an expression.

    Raises
    ------
    ModelRefused
        It, or a function in it, is not known.
    """
    if element.tag == "Constant":
        return _constant(element)
    if element.tag == "FieldRef":
        name = str(element.get("field"))
        return lambda fields, rows: fields[name]
    if element.tag == "NormContinuous":
        return _norm_continuous(element)
    if element.tag == "NormDiscrete":
        name, value = str(element.get("field")), str(element.get("value"))
        absent = number(element, "mapMissingTo", np.nan)
        return lambda fields, rows: np.where(missing(fields[name]), absent, is_value(fields[name], value))
    if element.tag == "Apply":
        return _apply(element)
    raise unknown(element.tag)


def derived(element: Element) -> tuple[str, Expression]:
    """Return a derived field's name, and what computes it."""
    [found] = inner(element, *_EXPRESSIONS)
    compute, kind = expression(found), str(element.get("dataType"))
    return str(element.get("name")), lambda fields, rows: cast(compute(fields, rows), kind)


def is_value(values: Column, value: str) -> NDArray[np.bool_]:
    """Say of each value whether it is the one that PMML writes so; missing values are not."""
    if values.dtype == object:
        return np.array([one == value for one in values.tolist()], dtype=np.bool_)
    try:
        return np.asarray(values == values.dtype.type(value))
    except ValueError:
        truth = {"true": 1.0, "false": 0.0}.get(value.lower(), np.nan)
        return np.asarray(values == truth)


def _constant(element: Element) -> Expression:
    text = element.text or ""
    value: Any = text if element.get("dataType") == "string" else _number_or_text(text)
    kind = object if isinstance(value, str) else np.float64
    return lambda fields, rows: np.full(rows, value, dtype=kind)


def _number_or_text(text: str) -> float | str:
    try:
        return float(text)
    except ValueError:
        return text


def _norm_continuous(element: Element) -> Expression:
    """Return a piecewise line through points; beyond them it goes on as ``outliers`` says."""
    points = sorted((number(one, "orig"), number(one, "norm")) for one in inner(element, "LinearNorm"))
    name, absent = str(element.get("field")), number(element, "mapMissingTo", np.nan)
    outliers = said(element, "outliers", "asIs", "asExtremeValues", "asMissingValues")
    x, y = (np.array(side) for side in zip(*points, strict=True))
    slopes = np.diff(y) / np.diff(x)

    def compute(fields: Fields, rows: int) -> Column:
        values = fields[name]
        found = np.interp(values, x, y)
        low, high = values < x[0], values > x[-1]
        if outliers == "asMissingValues":
            found = np.where(low | high, absent, found)
        elif outliers == "asIs":
            found = np.where(low, y[0] + (values - x[0]) * slopes[0], found)
            found = np.where(high, y[-1] + (values - x[-1]) * slopes[-1], found)
        return np.where(np.isnan(values), absent, found)

    return compute


def _apply(element: Element) -> Expression:
    """Return a function of expressions; missing values make its result missing."""
    name, parts = str(element.get("function")), [expression(one) for one in inner(element, *_EXPRESSIONS)]
    absent = element.get("mapMissingTo")
    compute = _function(name, parts)
    if absent is None:
        return compute
    return lambda fields, rows: _filled(found := compute(fields, rows), missing(found), absent)


def _function(name: str, parts: list[Expression]) -> Expression:  # noqa: PLR0911 - one a kind of function
    """Return a built-in function."""
    if name in _BINARY and len(parts) == 2:  # noqa: PLR2004
        left, right = parts
        return lambda fields, rows: _quiet(_BINARY[name], left(fields, rows), right(fields, rows))
    if name in _UNARY and len(parts) == 1:
        return lambda fields, rows: _quiet(_UNARY[name], parts[0](fields, rows))
    if name in ("min", "max", "sum", "avg", "product"):
        reduce: dict[str, Callable[..., Column]] = {
            "min": np.nanmin,
            "max": np.nanmax,
            "sum": np.nansum,
            "avg": np.nanmean,
            "product": np.nanprod,
        }
        return lambda fields, rows: reduce[name]([part(fields, rows) for part in parts], axis=0)
    if name in ("isMissing", "isNotMissing"):
        wanted = name == "isMissing"
        return lambda fields, rows: (missing(parts[0](fields, rows)) == wanted).astype(np.float64)
    if name in _COMPARED:
        return lambda fields, rows: _compared(name, parts[0](fields, rows), parts[1](fields, rows))
    if name in ("and", "or"):
        join = np.min if name == "and" else np.max
        return lambda fields, rows: join([part(fields, rows) for part in parts], axis=0)
    if name == "not":
        return lambda fields, rows: 1.0 - parts[0](fields, rows)
    if name == "if":
        return lambda fields, rows: _chosen([part(fields, rows) for part in parts])
    raise unknown(f"function {name!r}")


def _quiet(function: Callable[..., Any], *values: Column) -> Column:
    """Compute without warnings: what has no value is missing."""
    with np.errstate(all="ignore"):
        return np.asarray(function(*values), dtype=np.float64)


def _compared(name: str, left: Column, right: Column) -> Column:
    """Compare, missing where one side is."""
    absent = missing(left) | missing(right)
    if left.dtype == object and name not in ("equal", "notEqual"):
        raise unknown(f"function {name!r} of texts")
    return np.where(absent, np.nan, np.asarray(_COMPARED[name](left, right), dtype=np.float64))


def _chosen(parts: list[Column]) -> Column:
    """Choose by a truth value; missing where that is, or where there is nothing to choose."""
    asked, yes = parts[0], parts[1]
    nothing = None if yes.dtype == object else np.nan
    no = parts[2] if parts[2:] else np.full(len(asked), nothing)
    found = np.where(asked == 1.0, yes, no)
    return _filled(found, np.isnan(asked), None)


def transformations(element: Element | None) -> list[tuple[str, Expression]]:
    """Return the derived fields of a dictionary or of a model, in their order."""
    if element is None:
        return []
    return [derived(one) for one in inner(element, "DerivedField")]


def schema_of(model: Element) -> Mapping[str, Element]:
    """Return a model's input fields by name."""
    schema = child(model, "MiningSchema")
    found = {} if schema is None else {str(one.get("name")): one for one in children(schema, "MiningField")}
    inputs = {
        name: one
        for name, one in found.items()
        if one.get("usageType", "active") in ("active", "supplementary")
    }
    for one in inputs.values():
        said(one, "outliers", "asIs")
    return {name: one for name, one in inputs.items() if one.get("usageType", "active") == "active"}
