"""Metric math of alarms: arithmetic over the periods of several metrics."""

import ast
import operator
from collections.abc import Callable, Mapping
from typing import Any

Value = float | None
_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
}
_COMPARE: dict[type[ast.cmpop], Callable[[float, float], bool]] = {
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def evaluate(expression: str, values: Mapping[str, Value]) -> Value:
    """Evaluate an expression for one period.

    Parameters
    ----------
    expression
        In CloudWatch's metric math: arithmetic, comparisons, ``IF``, ``FILL``, ``ABS``, ``MIN``, ``MAX``.
    values
        The period's value of each metric or expression by its id; None where there is no data.

    Returns
    -------
    float or None
        None where data is missing or a division by zero leaves nothing.

    Raises
    ------
    ValueError
        If the expression uses what the local cloud does not know.

    Examples
    --------
    >>> evaluate("100 * errors / FILL(calls, 1)", {"errors": 2.0, "calls": 50.0})
    4.0
    >>> evaluate("errors / calls", {"errors": 0.0, "calls": 0.0}) is None
    True
    """
    try:
        return _value(ast.parse(expression.strip(), mode="eval").body, values)
    except SyntaxError as error:
        raise ValueError(f"The metric math {expression!r} cannot be read.") from error


def _value(node: ast.expr, values: Mapping[str, Value]) -> Value:
    """Evaluate a part of an expression."""
    if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
        return float(node.value)
    if isinstance(node, ast.Name) and node.id in values:
        return values[node.id]
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = _value(node.operand, values)
        return None if inner is None else -inner
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return _both(_BINARY[type(node.op)], node.left, node.right, values)
    if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in _COMPARE:
        return _both(_COMPARE[type(node.ops[0])], node.left, node.comparators[0], values)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _call(node.func.id, node.args, values)
    raise ValueError(f"The local cloud does not know this part of metric math: {ast.unparse(node)}")


def _both(
    work: Callable[[float, float], Any], left: ast.expr, right: ast.expr, values: Mapping[str, Value]
) -> Value:
    """Combine two parts if both have data."""
    first, second = _value(left, values), _value(right, values)
    if first is None or second is None:
        return None
    try:
        return float(work(first, second))
    except ZeroDivisionError:
        return None


def _call(name: str, arguments: list[ast.expr], values: Mapping[str, Value]) -> Value:
    """Call one of the functions."""
    if name == "IF":
        condition = _value(arguments[0], values)
        return None if condition is None else _value(arguments[1 if condition else 2], values)
    found = [_value(argument, values) for argument in arguments]
    if name == "FILL":
        return found[1] if found[0] is None else found[0]
    known = [value for value in found if value is not None]
    functions: dict[str, Callable[[list[float]], float]] = {
        "ABS": lambda v: abs(v[0]),
        "MIN": min,
        "MAX": max,
    }
    if name not in functions:
        raise ValueError(f"The local cloud does not know the metric math function {name}.")
    return functions[name](known) if known else None


def series(metrics: list[dict[str, Any]], read: Callable[[dict[str, Any]], list[Value]]) -> list[Value]:
    """Return the periods of the metric or expression that an alarm watches.

    Parameters
    ----------
    metrics
        The alarm's ``Metrics``.
    read
        Returns the periods of one ``MetricStat``, oldest first.
    """
    found = {metric["Id"]: read(metric["MetricStat"]) for metric in metrics if "MetricStat" in metric}
    count = max(map(len, found.values()), default=0)
    for metric in metrics:
        if "Expression" in metric:
            periods = [{name: values[turn] for name, values in found.items()} for turn in range(count)]
            found[metric["Id"]] = [evaluate(metric["Expression"], period) for period in periods]
    watched = [metric["Id"] for metric in metrics if str(metric.get("ReturnData", True)).lower() == "true"]
    return found[watched[-1]]
