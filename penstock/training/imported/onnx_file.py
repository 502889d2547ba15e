"""Models in ONNX files: standard operators alone, everything in one file, answered by onnxruntime."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.training.imported.native import Told
from penstock.training.imported.refusal import ModelRefused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.training.imported.frame import Frame

_DOMAINS = frozenset({"", "ai.onnx", "ai.onnx.ml"})
_TYPES = {
    "tensor(float)": np.float32,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
    "tensor(bool)": np.bool_,
    "tensor(string)": np.object_,
}
_MATRIX = 2
_CLASSES = ("classlabels_strings", "classlabels_int64s", "classlabels_ints")


class Onnx:
    """A model of one tensor with all columns, or of one input a column.

    Raises
    ------
    ModelRefused
        It is broken, has operators that are not ONNX's own, or keeps data outside of the file.
    """

    def __init__(self, path: Path, *, threads: int) -> None:
        import onnxruntime

        model = _read(path)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.log_severity_level = 3
        try:
            self._session = onnxruntime.InferenceSession(
                model.SerializeToString(), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise ModelRefused(
                "onnxruntime cannot run this model.", found=str(error)[:300], where=path.name
            ) from error
        self._inputs = self._session.get_inputs()
        self._output = _output(self._session.get_outputs())
        self.told = self._told(model)

    def answers(self, frame: Frame, columns: tuple[str, ...]) -> NDArray[Any]:
        """Return probabilities by class, or values."""
        if len(self._inputs) == 1:
            one = self._inputs[0]
            fed = {one.name: np.column_stack([_typed(frame[name], one.type, name) for name in columns])}
        else:
            fed = {
                one.name: _typed(frame[name], one.type, name).reshape(-1, 1)
                for one, name in zip(self._inputs, columns, strict=True)
            }
        [found] = self._session.run([self._output], fed)
        if isinstance(found, list):  # skl2onnx's ZipMap: a mapping of class to probability for each row
            return np.array([list(row.values()) for row in found])
        return np.asarray(found)

    def _told(self, model: Any) -> Told:
        """Return what the file says of itself."""
        made = {
            **{f"opset {one.domain or 'ai.onnx'}": str(one.version) for one in model.opset_import},
            "onnx ir": str(model.ir_version),
        }
        if model.producer_name:
            made[model.producer_name] = model.producer_version
        shape = self._inputs[0].shape
        names: tuple[str, ...] = ()
        width = shape[1] if len(shape) == _MATRIX and isinstance(shape[1], int) else None
        if len(self._inputs) > 1:
            names, width = tuple(one.name for one in self._inputs), len(self._inputs)
        return Told(columns=names, width=width, classes=_classes(model.graph), made_with=made)


def check(path: Path) -> None:
    """Refuse a file that is broken, or that would load anything but itself; nothing of it is run."""
    _read(path)


def _read(path: Path) -> Any:
    """Read and check a model."""
    import onnx

    try:
        model = onnx.load(str(path), load_external_data=False)
    except Exception as error:
        raise ModelRefused("The file is no ONNX model.", found=str(error)[:200], where=path.name) from error
    outside = sorted({_place(tensor) for tensor in _tensors(model) if _is_outside(tensor)})
    if outside:
        raise ModelRefused(
            "The model keeps data outside of its file.",
            found=", ".join(outside)[:300],
            action="Save it in one file: onnx.save(model, file, save_as_external_data=False).",
        )
    own = {one.domain for one in model.functions}
    custom = sorted(
        {f"{node.domain}.{node.op_type}" for node in _nodes(model) if node.domain not in _DOMAINS | own}
    )
    if custom:
        raise ModelRefused(
            "The model has operators that are not ONNX's own.",
            found=", ".join(custom)[:300],
            expected="operators of ai.onnx and ai.onnx.ml",
            action="Export it without custom operators, and before onnxruntime optimises it.",
        )
    try:
        onnx.checker.check_model(model)
    except Exception as error:
        raise ModelRefused("The ONNX model is broken.", found=str(error)[:300], where=path.name) from error
    return model


def _graphs(graph: Any) -> Iterator[Any]:
    """Yield a graph and those inside of its nodes."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            for inner in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                yield from _graphs(inner)


def _all_graphs(model: Any) -> Iterator[Any]:
    """Yield all graphs, those of the model's own functions among them."""
    yield from _graphs(model.graph)
    for function in model.functions:
        yield function
        for node in function.node:
            for attribute in node.attribute:
                for inner in (*([attribute.g] if attribute.HasField("g") else []), *attribute.graphs):
                    yield from _graphs(inner)


def _nodes(model: Any) -> Iterator[Any]:
    """Yield every operator."""
    for graph in _all_graphs(model):
        yield from graph.node


def _tensors(model: Any) -> Iterator[Any]:
    """Yield every tensor that the file has, wherever it stands."""
    for graph in _all_graphs(model):
        yield from getattr(graph, "initializer", ())
        for sparse in getattr(graph, "sparse_initializer", ()):
            yield from (sparse.values, sparse.indices)
        for node in graph.node:
            for attribute in node.attribute:
                yield from (attribute.t, *attribute.tensors)
                for sparse in (attribute.sparse_tensor, *attribute.sparse_tensors):
                    yield from (sparse.values, sparse.indices)


def _is_outside(tensor: Any) -> bool:
    """Say whether a tensor's data lies in another file."""
    return bool(tensor.external_data) or tensor.data_location == 1


def _place(tensor: Any) -> str:
    """Return which file a tensor's data lies in."""
    return next((one.value for one in tensor.external_data if one.key == "location"), tensor.name or "?")


def _classes(graph: Any) -> tuple[str, ...]:
    """Return the names of the classes that an operator of the graph knows."""
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.name in _CLASSES:
                found = attribute.strings or attribute.ints
                names = tuple(one.decode() if isinstance(one, bytes) else str(one) for one in found)
                if len(names) > 1:
                    return names
    return ()


def _output(outputs: list[Any]) -> str:
    """Choose the output that holds probabilities or values: the last that is no label."""
    numbers = [one for one in outputs if "float" in one.type or "double" in one.type]
    if not numbers:
        raise ModelRefused(
            "The model gives no numbers.",
            found=", ".join(f"{one.name}: {one.type}" for one in outputs),
            expected="an output of probabilities or values",
        )
    named = [one for one in numbers if "prob" in one.name.lower()]
    return str((named or numbers)[-1].name)


def _typed(values: NDArray[Any], kind: str, name: str) -> NDArray[Any]:
    """Return a column as an input takes it."""
    wanted = _TYPES.get(kind)
    text = values.dtype == object
    if wanted is None or text != (wanted is np.object_):
        raise ModelRefused(
            "A column is not what the model's input takes.",
            found=f"{name}: {'texts' if text else 'numbers'}",
            expected=kind,
            action="Name the columns that it takes, in its order, with --columns.",
        )
    if text:
        return np.array(["" if value is None else value for value in values.tolist()], dtype=object)
    if np.issubdtype(wanted, np.floating):
        return np.asarray(values.astype(wanted))
    return np.asarray(np.nan_to_num(values).astype(wanted))  # whole numbers and truth values have no null
