"""A trained model with its preparation as one ONNX graph that takes raw columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from penstock.errors import InvalidSpec
from penstock.models.portable.graph import IR_VERSION, OPSETS, Graph
from penstock.models.portable.inputs import NULL, encoded, hashed, value_info
from penstock.models.portable.scoring import scored

if TYPE_CHECKING:
    from collections.abc import Mapping

    from penstock.serving.predictor import Predictor
    from penstock.training.artefact import ModelCard

SCORES, LABEL = "scores", "label"


def onnx_model(predictor: Predictor, *, about: Mapping[str, str] | None = None) -> Any:
    """Return the ONNX model of a predictor; equal models give equal bytes.

    Outputs are ``scores`` (what :meth:`Predictor.scores` returns, in double precision) and, except of a
    regression, ``label`` (1 or 0, the class's name, or the cluster's number, -1 for noise).

    Parameters
    ----------
    predictor
        The model.
    about
        Facts for the model's metadata, such as use case and version.

    Raises
    ------
    InvalidSpec
        The model has no form in ONNX; the message says what to do instead.
    """
    preparation, card = predictor.preparation, predictor.card
    _refuse_names(preparation.inputs)
    graph = Graph()
    matrix = encoded(graph, preparation, scaled=predictor.model.scaled)
    scores = scored(graph, matrix, card.algorithm, predictor.model)
    graph.rename(scores, SCORES)
    outputs = [_output(SCORES, TensorProto.DOUBLE, _classes(card))]
    if card.problem != "regression":
        graph.rename(_label(graph, scores, card), LABEL)
        kind = TensorProto.STRING if card.problem == "multiclass" else TensorProto.INT64
        outputs.append(_output(LABEL, kind, 0))
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "penstock",
            [value_info(column) for column in preparation.columns],
            outputs,
            initializer=graph.constants,
        ),
        opset_imports=[helper.make_opsetid(domain, number) for domain, number in OPSETS.items()],
        ir_version=IR_VERSION,
        producer_name="penstock",
    )
    helper.set_model_props(model, _metadata(predictor, about or {}))
    onnx.checker.check_model(model, full_check=True)
    return model


def _classes(card: ModelCard) -> int:
    """Return how many scores a row has, 0 for one that stands alone."""
    return len(card.classes) if card.problem in ("multiclass", "clustering") else 0


def _output(name: str, kind: int, width: int) -> Any:
    """Describe an output."""
    return helper.make_tensor_value_info(name, kind, ["rows", width] if width else ["rows"])


def _label(graph: Graph, scores: str, card: ModelCard) -> str:
    """Return what is answered, as serving does."""
    if card.problem == "binary":
        limit = graph.constant(np.float64(card.threshold))
        return graph.cast(graph.op("GreaterOrEqual", scores, limit), TensorProto.INT64)
    place = graph.op("ArgMax", scores, axis=1, keepdims=0)
    if card.problem == "multiclass":
        return graph.op("Gather", graph.constant(np.array(card.classes, dtype=object)), place)
    inside = graph.op("Greater", graph.largest(scores, keep=False), graph.constant(np.float64(0)))
    return graph.op("Where", inside, place, graph.constant(np.int64(-1)))


def _metadata(predictor: Predictor, about: Mapping[str, str]) -> dict[str, str]:
    """Return what the file says of itself."""
    card = predictor.card
    told = {
        "penstock.algorithm": card.algorithm,
        "penstock.candidate": card.candidate.name,
        "penstock.problem": card.problem,
        "penstock.classes": ", ".join(card.classes),
        "penstock.null_text": NULL,
        "penstock.hashed_columns": ", ".join(hashed(predictor.preparation)),
        **{f"penstock.{name}": value for name, value in about.items()},
    }
    return {name: text for name, text in sorted(told.items()) if text}


def _refuse_names(names: tuple[str, ...]) -> None:
    """Refuse columns that are called as an output is."""
    if taken := sorted({SCORES, LABEL} & set(names)):
        raise InvalidSpec(
            "A column is called as an output of the graph.", found=", ".join(taken), expected="another name"
        )
