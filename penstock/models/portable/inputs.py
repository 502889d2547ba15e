"""Raw columns as the inputs of a graph, and the nodes that make a model's matrix of them.

Each raw column is one input with a value a row. Numbers and truth values are ``double`` (NaN is null), words
are ``string`` (:data:`NULL` is null). ONNX cannot hash: columns that a hash divides into buckets enter as
what the hash made of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import TensorProto, helper

from penstock.errors import InvalidSpec
from penstock.models.portable.graph import ML, Graph
from penstock.training.arrow import read_table
from penstock.training.columns import NumberColumn, TextColumn, WordColumn
from penstock.training.preparation import BooleanColumn, CategoryColumn, NumericColumn, Preparation

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from penstock.training.preparation import PreparedColumn

    Number = NumericColumn | BooleanColumn | NumberColumn

NULL = "\N{SYMBOL FOR NULL}"
"""What stands for a null among words: an ONNX string cannot be absent, and an empty word is a word."""


def described(column: PreparedColumn) -> str:
    """Say what an input takes.

    Examples
    --------
    >>> described(NumericColumn(name="a", type="decimal", median=1, mean=1, deviation=1, nulls=False))
    'decimal; NaN is null'
    """
    if isinstance(column, TextColumn):
        last = ", then 1 for null" if column.indicator else ""
        return f"counts of words in {column.buckets} buckets of {column.hash}{last}"
    if _is_hashed(column):
        return f"bucket of {column.buckets} by {column.hash}; {column.buckets} is null"  # type: ignore[union-attr]
    if isinstance(column, CategoryColumn | WordColumn):
        return f"text; {NULL} (U+2400) is null"
    kind = "1 is true, 0 is false" if column.type == "boolean" else column.type
    return f"{kind}; NaN is null"


def hashed(preparation: Preparation) -> list[str]:
    """Return the columns that enter as what a hash made of them."""
    return [one.name for one in preparation.columns if isinstance(one, TextColumn) or _is_hashed(one)]


def value_info(column: PreparedColumn) -> Any:
    """Return the typed input of a column."""
    kind, shape = TensorProto.DOUBLE, list[str | int](["rows"])
    if isinstance(column, TextColumn):
        shape = ["rows", len(column.encoded)]
    elif _is_hashed(column):
        kind = TensorProto.INT64
    elif isinstance(column, CategoryColumn | WordColumn):
        kind = TensorProto.STRING
    return helper.make_tensor_value_info(column.name, kind, shape, described(column))


def feeds(preparation: Preparation, table: pa.Table) -> dict[str, NDArray[Any]]:
    """Return the inputs of a graph for the rows of an Arrow table.

    Examples
    --------
    >>> import pyarrow as pa
    >>> preparation = Preparation(columns=(CategoryColumn(name="land", levels=("DE",)),))
    >>> feeds(preparation, pa.table({"land": ["DE", None]}))["land"].tolist() == ["DE", NULL]
    True
    """
    read = read_table(preparation.columns, table)
    return {
        column.name: _fed(column, values, table)
        for column, values in zip(preparation.columns, read, strict=True)
    }


def _fed(column: PreparedColumn, values: NDArray[Any], table: pa.Table) -> NDArray[Any]:
    """Return the input of one column."""
    if _is_hashed(column):
        return values.astype(np.int64)
    if isinstance(column, CategoryColumn | WordColumn):
        words = table[column.name].to_pylist()
        return np.array([NULL if word is None else word for word in words], dtype=object)
    return np.ascontiguousarray(values, dtype=np.float64)


def encoded(graph: Graph, preparation: Preparation, *, scaled: bool) -> str:
    """Add the nodes of a preparation and return its matrix, rows by encoded columns, single precision."""
    blocks = [_block(graph, column, scaled=scaled) for column in preparation.columns]
    return graph.op("Concat", *blocks, axis=1)


def _block(graph: Graph, column: PreparedColumn, *, scaled: bool) -> str:
    """Add the nodes of one column."""
    if isinstance(column, TextColumn):
        counts = _logarithm(graph, column.name) if scaled else column.name
        return graph.cast(counts, TensorProto.FLOAT)
    if isinstance(column, WordColumn):
        codes = np.arange(column.null + 1, dtype=np.float64)
        table = np.zeros((len(codes), len(column.encoded)), dtype=np.float32)
        column.write(codes, table, scaled=scaled)
        return _looked_up(graph, column, table)
    if isinstance(column, CategoryColumn):
        return _looked_up(graph, column, np.eye(column.null + 1, dtype=np.float32))
    return _number(graph, column, scaled=scaled)


def _looked_up(graph: Graph, column: CategoryColumn | WordColumn, table: NDArray[np.float32]) -> str:
    """Find the row of a table that a word or bucket has."""
    if _is_hashed(column):
        return graph.op("Gather", graph.constant(table), column.name)
    if NULL in column.codes:
        raise InvalidSpec("A level is the sign for null.", found=f"U+2400 in {column.name}", expected="words")
    words = {**column.codes, NULL: column.null}
    known = {"keys_strings": list(words), "values_int64s": list(words.values())}
    code = graph.op("LabelEncoder", column.name, domain=ML, default_int64=len(column.levels), **known)
    return graph.op("Gather", graph.constant(table), code)


def _number(graph: Graph, column: Number, *, scaled: bool) -> str:
    """Fill, shape and scale a number in double precision, as training does, and say where it was null."""
    null = graph.op("IsNaN", column.name)
    fill, nulls = _fill(column)
    values = graph.op("Where", null, graph.constant(np.float64(fill)), column.name)
    if isinstance(column, NumberColumn):
        values = _shaped(graph, column, values)
    centre, spread = _scale(column)
    if scaled and not isinstance(column, BooleanColumn):
        away = graph.op("Sub", values, graph.constant(np.float64(centre)))
        values = graph.op("Div", away, graph.constant(np.float64(spread)))
    block = graph.column(graph.cast(values, TensorProto.FLOAT))
    if not nulls:
        return block
    return graph.op("Concat", block, graph.column(graph.cast(null, TensorProto.FLOAT)), axis=1)


def _fill(column: Number) -> tuple[float, bool]:
    """Return what stands for null, and whether a further column says where."""
    if isinstance(column, NumberColumn):
        return column.fill, column.indicator
    return (column.median if isinstance(column, NumericColumn) else float(column.fill)), column.nulls


def _scale(column: Number) -> tuple[float, float]:
    """Return what is taken away, and what is divided by."""
    if isinstance(column, NumberColumn):
        return column.centre, column.spread
    return (column.mean, column.deviation) if isinstance(column, NumericColumn) else (0.0, 1.0)


def _shaped(graph: Graph, column: NumberColumn, values: str) -> str:
    """Cut off and take the logarithm, as declared."""
    for kind, limit in (("Max", column.low), ("Min", column.high)):
        if limit is not None:
            values = graph.op(kind, values, graph.constant(np.float64(limit)))
    if not column.log:
        return values
    return graph.op("Mul", graph.op("Sign", values), _logarithm(graph, graph.op("Abs", values)))


def _logarithm(graph: Graph, values: str) -> str:
    """Return the logarithm of 1 + x to the last digit also for small x (Kahan): x · ln(u) / (u - 1)."""
    one = graph.constant(np.float64(1))
    above = graph.op("Add", values, one)
    lost = graph.op("Equal", above, one)
    apart = graph.op("Where", lost, one, graph.op("Sub", above, one))
    exact = graph.op("Div", graph.op("Mul", values, graph.op("Log", above)), apart)
    return graph.op("Where", lost, values, exact)


def _is_hashed(column: PreparedColumn) -> bool:
    """Say whether a word enters as its bucket."""
    return isinstance(column, WordColumn) and column.encode == "hashed"
