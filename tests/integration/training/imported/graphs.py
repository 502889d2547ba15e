"""Small ONNX models, good and bad."""

from __future__ import annotations

from typing import Any

from onnx import TensorProto, helper

OPSETS = [helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 3)]


def onnx_logistic(*, impute: float | None = None, outside: str = "", custom: bool = False) -> Any:
    """A yes/no question of two columns: odds 0.3 x - 0.1 y - 2, doubled."""
    fill = helper.make_node(
        "Imputer", ["rows"], ["filled"], domain="ai.onnx.ml", imputed_value_floats=[impute or 0.0],
        replaced_value_float=float("nan"),
    )  # fmt: skip
    nodes = [
        helper.make_node(
            "LinearClassifier", ["rows" if impute is None else "filled"], ["label", "odds"],
            domain="ai.onnx.ml", coefficients=[-0.3, 0.1, 0.3, -0.1], intercepts=[2.0, -2.0],
            classlabels_ints=[0, 1],
            multi_class=0, post_transform="NONE",
        ),
        helper.make_node("Softmax", ["odds"], ["probabilities"], axis=1),
    ]  # fmt: skip
    if impute is not None:
        nodes.insert(0, fill)
    if custom:
        nodes.insert(0, helper.make_node("Evil", ["rows"], ["unused"], domain="my.ops"))
    weight = helper.make_tensor("w", TensorProto.FLOAT, [1], [1.0])
    if outside:
        weight.ClearField("float_data")
        weight.data_location = TensorProto.EXTERNAL
        weight.external_data.add(key="location", value=outside)
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("rows", TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor_value_info("label", TensorProto.INT64, [None]),
         helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [None, 2])],
        [weight],
    )  # fmt: skip
    opsets = [*OPSETS, helper.make_opsetid("my.ops", 1)] if custom else OPSETS
    return helper.make_model(
        graph, opset_imports=opsets, producer_name="onnx-example", producer_version="1.0", ir_version=9
    )
