"""A model as a directory that MLflow reads, written without MLflow.

``MLmodel`` names the flavours: ``python_function`` (loaded by :mod:`penstock.models.portable.mlflow_loader`
from the unchanged model folder, with Penstock's own code beside it), ``onnx`` where the model has that form,
and ``penstock`` (facts, and the SHA-256 of every file).
"""

from __future__ import annotations

import json
import shutil
import sys
import uuid
from collections import Counter
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

import penstock
from penstock.training.artefact import sha256

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from penstock.serving.predictor import Predictor
    from penstock.training.artefact import ModelCard

DESCRIPTION, MODEL, GRAPH, CODE = "MLmodel", "model", "model.onnx", "code"
LOADER = "penstock.models.portable.mlflow_loader"
_EXAMPLE, _REQUIREMENTS, _CONDA, _PYTHON = (
    "input_example.json",
    "requirements.txt",
    "conda.yaml",
    "python_env.yaml",
)
_FORMAT = "3.0.0"
"""The MLflow whose layout this is; older ones from 2.19 on read it, too."""
_NEEDED = ("boto3", "duckdb", "numpy", "pandas", "pyarrow", "pydantic", "pyyaml", "sqlglot")
_TYPES = {"integer": "long", "decimal": "double", "boolean": "boolean", "string": "string"}
_COMMON = 5
"""How many rows must share a word before it is shown in the example, which is nobody's row."""


def write_directory(
    folder: Path,
    *,
    predictor: Predictor,
    source: Path,
    rows: pa.Table,
    about: Mapping[str, str],
    graph: bytes | None,
) -> Path:
    """Write the directory; equal models give equal bytes.

    Parameters
    ----------
    folder
        Empty or absent.
    source
        The model's own folder, which is copied.
    rows
        Raw rows with the model's columns; what is typical of them is the example.
    about
        Facts such as ``use_case``, ``version`` and ``created_at``.
    graph
        The model's ONNX form, if it has one.
    """
    card = predictor.card
    shutil.copytree(source, folder / MODEL)
    _copy_code(folder / CODE)
    if graph is not None:
        (folder / GRAPH).write_bytes(graph)
    requirements = _requirements(card, onnx=graph is not None)
    (folder / _REQUIREMENTS).write_text("\n".join(requirements) + "\n", encoding="utf-8")
    python = ".".join(map(str, sys.version_info[:3]))
    _yaml(folder / _PYTHON, {"python": python, "build_dependencies": ["pip"],
                             "dependencies": [f"-r {_REQUIREMENTS}"]})  # fmt: skip
    _yaml(folder / _CONDA, {"name": "mlflow-env", "channels": ["conda-forge"],
                            "dependencies": [f"python={python}", "pip", {"pip": requirements}]})  # fmt: skip
    typical = [_typical(one.type, rows[one.name].to_pylist()) for one in card.columns]
    example = {"columns": list(predictor.inputs), "data": [typical]}
    (folder / _EXAMPLE).write_text(json.dumps(example, ensure_ascii=False) + "\n", encoding="utf-8")
    _yaml(folder / DESCRIPTION, _description(folder, predictor, rows, about, python))
    return folder


def signature(predictor: Predictor, rows: pa.Table) -> dict[str, str | None]:
    """Return inputs and outputs as MLflow types them.

    MLflow knows no integers with nulls: such a column is of ``any`` type, and checked by the model itself.
    """
    card = predictor.card
    gaps = {one.name for one in card.columns if rows[one.name].null_count} | _nulls_in_training(predictor)
    inputs = [
        {
            "type": "any" if one.type == "integer" and one.name in gaps else _TYPES[one.type],
            "name": one.name,
            "required": True,
        }
        for one in card.columns
    ]
    return {"inputs": json.dumps(inputs), "outputs": json.dumps(_outputs(card)), "params": None}


def _outputs(card: ModelCard) -> list[dict[str, Any]]:
    """Return the columns of an answer."""
    kinds = {"score": "double"}
    if card.problem != "regression":
        kinds["label"] = "string" if card.problem == "multiclass" else "long"
    if card.problem == "multiclass":
        kinds |= {f"score of {name}": "double" for name in card.classes}
    return [{"type": kind, "name": name, "required": True} for name, kind in kinds.items()]


def _nulls_in_training(predictor: Predictor) -> set[str]:
    """Return the columns of which training saw nulls, as far as the preparation says."""
    columns = getattr(getattr(predictor, "preparation", None), "columns", ())
    return {one.name for one in columns if getattr(one, "nulls", False) or getattr(one, "indicator", False)}


def _description(
    folder: Path, predictor: Predictor, rows: pa.Table, about: Mapping[str, str], python: str
) -> dict[str, Any]:
    """Return the content of ``MLmodel``."""
    card = predictor.card
    files = {
        path.relative_to(folder).as_posix(): sha256(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.relative_to(folder).parts[0] != CODE
    }
    flavours: dict[str, Any] = {
        "penstock": {
            "format": card.format,
            "algorithm": card.algorithm,
            "problem": card.problem,
            "files": files,
            **about,
        },
        "python_function": {
            "loader_module": LOADER,
            "data": MODEL,
            "code": CODE,
            "env": {"conda": _CONDA, "virtualenv": _PYTHON},
            "python_version": python,
        },
    }
    if GRAPH in files:
        flavours["onnx"] = {
            "onnx_version": version("onnx"),
            "data": GRAPH,
            "providers": ["CPUExecutionProvider"],
            "onnx_session_options": None,
            "code": CODE,
        }
    return {
        "flavors": flavours,
        "mlflow_version": _FORMAT,
        "model_uuid": uuid.uuid5(uuid.NAMESPACE_OID, json.dumps(files, sort_keys=True)).hex,
        "utc_time_created": about.get("created_at", "1970-01-01T00:00:00.000Z").replace("T", " ").rstrip("Z"),
        "saved_input_example_info": {
            "artifact_path": _EXAMPLE,
            "type": "dataframe",
            "pandas_orient": "split",
        },
        "signature": signature(predictor, rows),
        "metadata": dict(about),
    }


def _typical(kind: str, values: Sequence[Any]) -> Any:
    """Return the median, or what is most frequent; words that are rare may tell of a person.

    Examples
    --------
    >>> _typical("integer", [1, 2, None, 9]), _typical("string", ["DE"] * 5), _typical("string", ["Ann"])
    (2, 'DE', '')
    """
    known = [value for value in values if value is not None]
    if kind == "decimal":
        return float(median(known)) if known else 0.0
    if kind == "integer":
        return int(median(known)) if known else 0
    word, count = (Counter(known).most_common(1) or [("", 0)])[0]
    if kind == "boolean":
        return bool(word)
    return word if count >= _COMMON else ""


def _requirements(card: ModelCard, *, onnx: bool) -> list[str]:
    """Return what must be installed to load the model: its own libraries as they were, the rest as here."""
    own = {name: found for name, found in card.libraries.items() if not name.startswith("python")}
    pinned = {name: version(name) for name in _NEEDED if name not in own} | own
    if onnx:
        pinned |= {name: version(name) for name in ("onnx", "onnxruntime")}
    return [f"{name}=={pinned[name]}" for name in sorted(pinned)]


def _copy_code(folder: Path) -> None:
    """Put Penstock's own modules beside the model: what loads it is what exported it."""
    home = Path(penstock.__file__).parent
    shutil.copytree(home, folder / "penstock", ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))


def _yaml(path: Path, document: Mapping[str, Any]) -> None:
    """Write YAML with its keys in order."""
    import yaml

    text = yaml.safe_dump(dict(document), sort_keys=True, allow_unicode=True, width=1_000)
    path.write_text(text, encoding="utf-8")
