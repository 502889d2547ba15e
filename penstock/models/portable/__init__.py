"""Portability: a model and its preparation as one ONNX graph, or as a directory that MLflow reads.

Both are compared with the original on the run's test rows before they are kept.
"""

from __future__ import annotations

from penstock.models.portable.equality import TOLERANCE, Equality
from penstock.models.portable.exporting import Exported, export_model, export_version
from penstock.models.portable.inputs import NULL, feeds
from penstock.models.portable.onnx_form import onnx_model

__all__ = [
    "NULL",
    "TOLERANCE",
    "Equality",
    "Exported",
    "export_model",
    "export_version",
    "feeds",
    "onnx_model",
]
