"""An ONNX graph under construction: values are names, operators add nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from onnx import helper, numpy_helper

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

ML = "ai.onnx.ml"
OPSETS = {"": 21, ML: 5}
"""The first that have ``TreeEnsemble`` (with double precision); ONNX Runtime knows them since 1.20."""
IR_VERSION = 10


class Graph:
    """Nodes and constants.

    Examples
    --------
    >>> graph = Graph()
    >>> total = graph.op("Add", "x", graph.constant(np.float64(2)))
    >>> [node.op_type for node in graph.nodes], total == graph.nodes[0].output[0]
    (['Add'], True)
    """

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []

    def op(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """Add an operator of one output and return that."""
        name = f"{kind.lower()}:{len(self.nodes)}"
        self.nodes.append(
            helper.make_node(kind, list(inputs), [name], name=name, domain=domain, **attributes)
        )
        return name

    def constant(self, values: ArrayLike) -> str:
        """Add a constant and return its name."""
        name = f"constant:{len(self.constants)}"
        self.constants.append(tensor(values, name))
        return name

    def cast(self, value: str, kind: int) -> str:
        """Convert a value to another type of element."""
        return self.op("Cast", value, to=kind)

    def column(self, value: str) -> str:
        """Turn rows into rows by one column."""
        return self.op("Unsqueeze", value, self.constant(np.array([1], np.int64)))

    def flat(self, value: str) -> str:
        """Turn rows by one column into rows."""
        return self.op("Squeeze", value, self.constant(np.array([1], np.int64)))

    def summed(self, value: str, axis: int) -> str:
        """Add up along an axis, which vanishes."""
        return self.op("ReduceSum", value, self.constant(np.array([axis], np.int64)), keepdims=0)

    def largest(self, value: str, *, keep: bool) -> str:
        """Return the largest of each row."""
        return self.op("ReduceMax", value, self.constant(np.array([1], np.int64)), keepdims=int(keep))

    def rename(self, value: str, name: str) -> None:
        """Give a value a name that callers see."""
        self.nodes.append(helper.make_node("Identity", [value], [name], name=f"out:{name}"))


def tensor(values: ArrayLike, name: str = "") -> Any:
    """Return an array as ONNX has it; texts are texts."""
    array = np.asarray(values)
    return numpy_helper.from_array(array.astype(object) if array.dtype.kind == "U" else array, name)
