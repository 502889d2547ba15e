"""Exporting a registered version: fetched, verified, converted, and compared before it is kept."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict

from penstock.errors import InvalidSpec
from penstock.models.portable.equality import Equality, compared
from penstock.models.portable.inputs import feeds, hashed
from penstock.models.portable.mlflow_form import DESCRIPTION, GRAPH, MODEL, write_directory
from penstock.models.portable.mlflow_loader import _load_pyfunc, answered
from penstock.models.portable.onnx_form import LABEL, SCORES, onnx_model
from penstock.serving.predictor import Predictor
from penstock.training.artefact import sha256

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.models.portable.equality import Answer
    from penstock.models.version import ModelVersion
    from penstock.stores import ObjectStore

Format = Literal["onnx", "mlflow"]


class Exported(BaseModel):
    """What was written, and how it compares with the model that it was made of.

    Attributes
    ----------
    path, sha256, bytes
        The file, or the directory (then the hash is its ``MLmodel``'s, which names every other file's).
    equality
        Of each form that was written: ``onnx``, ``python_function``.
    notes
        What a user should know.
    """

    model_config = ConfigDict(frozen=True)

    format: Format
    path: Path
    sha256: str
    bytes: int
    equality: dict[str, Equality]
    notes: tuple[str, ...] = ()


def export_version(artifacts: ObjectStore, version: ModelVersion, *, form: Format, output: Path) -> Exported:
    """Export a registered version, verified on its run's test rows.

    Parameters
    ----------
    artifacts
        The bucket of models and runs.
    form
        ``onnx``: one file. ``mlflow``: a directory.
    output
        Where it goes. A file is replaced, a directory must not be there.

    Raises
    ------
    ChangedModel
        The package is not the one that was registered.
    DamagedData
        The export does not predict what the model does; nothing is written.
    InvalidSpec
        The model has no such form.
    """
    from penstock.evaluation.package import unpack
    from penstock.models.signing import verify_package
    from penstock.training.arrow import read_parquet

    signed = verify_package(artifacts, version)
    about = {
        "use_case": version.use_case,
        "version": str(version.version),
        "run_id": version.run_id,
        "snapshot_id": version.snapshot_id,
        "created_at": version.created_at,
        "package_sha256": signed.sha256,
    }
    with tempfile.TemporaryDirectory() as scratch:
        here = Path(scratch)
        artifacts.download(version.model_key, here / "model.tar.gz")
        rows = f"runs/{version.use_case}/{version.run_id}/prepared/test.parquet"
        artifacts.download(rows, here / "test.parquet")
        model = unpack(here / "model.tar.gz", here / "model")
        return export_model(model, read_parquet(here / "test.parquet"), form=form, output=output, about=about)


def export_model(
    model: Path, rows: pa.Table, *, form: Format, output: Path, about: Mapping[str, str] | None = None
) -> Exported:
    """Export a model's folder, verified on rows.

    Parameters
    ----------
    model
        The unpacked package.
    rows
        Raw rows with the model's columns, such as the run's test rows.
    about
        Facts for the description, such as use case and version.
    """
    if output.is_dir() or (form == "mlflow" and output.exists()):
        raise InvalidSpec("There is something already.", found=str(output), action="Choose another --output.")
    output.parent.mkdir(parents=True, exist_ok=True)
    source = _Source(model, Predictor.load(model), rows, about or {})
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".export-") as scratch:
        draft = Path(scratch) / "export"
        return _as_onnx(source, draft, output) if form == "onnx" else _as_mlflow(source, draft, output)


@dataclass(frozen=True)
class _Source:
    """What is exported: the model's folder, the model, rows to compare on, and facts."""

    folder: Path
    predictor: Predictor
    rows: pa.Table
    about: Mapping[str, str]

    def compared(self, answer: Answer) -> Equality:
        """Compare the model with an export."""
        return compared(self.predictor, answer, self.rows)


def _as_onnx(source: _Source, draft: Path, output: Path) -> Exported:
    """Write one file."""
    draft.write_bytes(_graph(source))
    found = source.compared(_session(source.predictor, draft))
    draft.replace(output)
    return Exported(
        format="onnx",
        path=output,
        sha256=sha256(output),
        bytes=output.stat().st_size,
        equality={"onnx": found},
        notes=_hash_notes(source.predictor),
    )


def _as_mlflow(source: _Source, draft: Path, output: Path) -> Exported:
    """Write a directory; where there is no ONNX form, without that flavour."""
    predictor, notes = source.predictor, tuple[str, ...]()
    try:
        graph = _graph(source)
        notes = _hash_notes(predictor)
    except InvalidSpec as error:
        graph, notes = None, (f"There is no onnx flavour: {error.message} Found: {error.found}.",)
    write_directory(
        draft, predictor=predictor, source=source.folder, rows=source.rows, about=source.about, graph=graph
    )
    equality = {"python_function": source.compared(_loaded(predictor, draft / MODEL))}
    if graph is not None:
        equality["onnx"] = source.compared(_session(predictor, draft / GRAPH))
    shutil.move(draft, output)
    return Exported(
        format="mlflow",
        path=output,
        sha256=sha256(output / DESCRIPTION),
        bytes=sum(path.stat().st_size for path in output.rglob("*") if path.is_file()),
        equality=equality,
        notes=notes,
    )


def _graph(source: _Source) -> bytes:
    """Return the ONNX form of a model, or say that it has none."""
    predictor = source.predictor
    if getattr(predictor, "preparation", None) is None or predictor.card.algorithm == "imported":
        raise InvalidSpec(
            "An imported model has no learnt preparation to convert.",
            found=predictor.card.algorithm,
            expected="a model trained here",
            action="Use the file that was imported, or export to the mlflow format.",
        )
    found: bytes = onnx_model(predictor, about=source.about).SerializeToString(deterministic=True)
    return found


def _session(predictor: Predictor, path: Path) -> Answer:
    """Return how a graph answers in ONNX Runtime."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path.read_bytes(), providers=["CPUExecutionProvider"])
    labelled = any(one.name == LABEL for one in session.get_outputs())

    def answer(part: pa.Table) -> tuple[Any, Any]:
        names = [SCORES, LABEL] if labelled else [SCORES]
        scores, *label = session.run(names, feeds(predictor.preparation, part))
        return scores, label[0] if label else None

    return answer


def _loaded(predictor: Predictor, folder: Path) -> Answer:
    """Return how the model answers to MLflow: a data frame goes in, one comes out."""
    loaded, card = _load_pyfunc(str(folder)), predictor.card

    def answer(part: pa.Table) -> tuple[Any, Any]:
        found = loaded.predict(part.select(list(predictor.inputs)).to_pandas())
        label = found["label"].to_numpy() if "label" in found else None
        if card.problem == "multiclass":
            return found[[f"score of {name}" for name in card.classes]].to_numpy(), label
        if card.problem != "clustering":
            return found["score"].to_numpy(), label
        # The answer has the nearest cluster alone: the other memberships are compared as they are.
        scores = predictor.scores(part)
        own = answered(card, scores)
        apart = scores + (found["score"].to_numpy() - own["score"])[:, None]
        return apart, label

    return answer


def _hash_notes(predictor: Predictor) -> tuple[str, ...]:
    """Say which columns enter the graph as what a hash made of them."""
    names = hashed(predictor.preparation)
    if not names:
        return ()
    return (
        f"ONNX cannot hash: {', '.join(names)} enters the graph as buckets (see the input's description); "
        "penstock.models.portable.feeds makes them.",
    )
