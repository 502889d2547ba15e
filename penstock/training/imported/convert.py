"""The job's part of an import: verify, look inside, rewrite a pickle, check by predicting, seal."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.errors import NotFound
from penstock.training.imported import formats, pickles
from penstock.training.imported.facts import ImportedFacts
from penstock.training.imported.frame import read_frame
from penstock.training.imported.outputs import mapped, order_of, refuse_nonsense
from penstock.training.imported.refusal import ModelRefused

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from penstock.specs import Candidate
    from penstock.specs.importing import ImportedSource, ImportFormat
    from penstock.training.imported.frame import Frame
    from penstock.training.imported.native import Native, Told
    from penstock.training.train import TrainedCandidate, TrainingRows

_FEW = 5


def import_candidate(
    rows: TrainingRows,
    *,
    candidate: Candidate,
    file: Path | None,
    seed: int,
    output: Path,
    threads: int,
    tell: Callable[[str], None] = print,
) -> TrainedCandidate:
    """Bring a model's file in: what is written is an ordinary model's folder.

    Parameters
    ----------
    rows
        The run's rows: the model must answer the validation rows, and know the classes of the training rows.
    candidate
        Names the file's hash, format and what the file does not say of itself.
    file
        The model's file, or the folder that holds it alone.
    seed, threads
        Kept in the card; nothing here is random.
    output
        The model's folder.
    tell
        Is told of what may make answers differ here.

    Raises
    ------
    ModelRefused
        The file is unsafe, broken, of another format, changed, or does not fit the use case.
    """
    from penstock.training.train import sealed

    source = candidate.source
    if source is None or file is None:
        raise NotFound("The candidate's file is missing.", found=candidate.name, expected="the imported file")
    path = _only_file(file)
    formats.verify(path, source)
    formats.check(path, source)
    output.mkdir(parents=True, exist_ok=True)
    kept, kind = _stored(path, source, output)
    problem = rows.answers.problem
    model = formats.open_model(kept, kind, trusted=source.trusted, problem=problem, threads=threads)
    columns = _columns(model.told, source, rows.preparation.inputs)
    known = rows.answers.classes
    frame = read_frame(rows.preparation.columns, rows.held_out_table)
    answers = _answers(model, frame, columns)
    told = source.classes or model.told.classes
    clusters = _clusters(answers) if problem == "clustering" else 0
    order = order_of(problem, _width(answers), told, known, source.positive)
    scores = mapped(answers, problem, order, clusters)
    refuse_nonsense(scores, problem)
    facts = ImportedFacts(
        source=source, file=kept.name, kind=kind, problem=problem, columns=columns, order=order,
        clusters=clusters, usual=tuple(np.atleast_1d(scores.mean(axis=0)).tolist()),
        made_with=model.told.made_with, warnings=model.told.warnings,
    )  # fmt: skip
    facts.write(output)
    for warning in facts.warnings:
        tell(f"warning: {warning}")
    classes = known or tuple(map(str, range(scores.shape[1] if scores.ndim > 1 else 0)))
    return sealed(
        rows, scores, candidate=candidate, classes=classes, seed=seed, output=output, threads=threads
    )


def _only_file(place: Path) -> Path:
    """Return the file of a channel."""
    found = sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else [place]
    if len(found) != 1 or not found[0].is_file():
        raise NotFound(
            "The model's file is missing.", found=f"{len(found)} files", expected="one", where=str(place)
        )
    return found[0]


def _stored(path: Path, source: ImportedSource, output: Path) -> tuple[Path, ImportFormat]:
    """Copy the file into the model's folder; a pickle is loaded here, by the list, and rewritten."""
    name = f"imported_model{formats.FORMATS[source.format]}"
    if source.format == "xgboost" and not formats.is_json(path.read_bytes()[:2]):
        name = "imported_model.ubj"
    kept = output / name
    if source.format != "pickle":
        shutil.copyfile(path, kept)
        return kept, source.format
    import skops.io

    try:
        skops.io.dump(pickles.read(path, source.trusted), kept)
    except ModelRefused:
        raise
    except Exception as error:
        raise ModelRefused(
            "The pickle's model cannot be rewritten as skops.",
            found=f"{type(error).__name__}: {error}"[:300],
            where=source.file,
            action="Export it to ONNX where it was made.",
        ) from error
    return kept, "skops"


def _columns(told: Told, source: ImportedSource, inputs: tuple[str, ...]) -> tuple[str, ...]:
    """Return what the model takes, in its order, as columns of the use case."""
    columns = source.columns or told.columns or _by_number(told, inputs)
    if unknown := sorted(set(columns) - set(inputs)):
        raise ModelRefused(
            "The model takes columns that the use case has not.",
            found=", ".join(unknown[:20]),
            expected=", ".join(inputs),
            action="Name what it takes, in its order, with --columns; or declare the features.",
        )
    if len(set(columns)) != len(columns) or told.width not in (None, len(columns)):
        raise ModelRefused(
            "The model takes another number of columns.",
            found=f"{len(columns)} named: {', '.join(columns[:20])}",
            expected=f"{told.width}",
            action="Name each column once, in the model's order, with --columns.",
        )
    if source.columns and told.columns and set(source.columns) == set(told.columns) != {*()}:
        return told.columns  # the file knows its own order
    return columns


def _by_number(told: Told, inputs: tuple[str, ...]) -> tuple[str, ...]:
    """Take the use case's columns in their order where the file has no names and as many columns."""
    if told.width in (None, len(inputs)):
        return inputs
    raise ModelRefused(
        "The model takes another number of columns than the use case has, and names none.",
        found=f"{told.width} columns",
        expected=f"{len(inputs)}: {', '.join(inputs)}",
        action="Name what it takes, in its order, with --columns.",
    )


def _answers(model: Native, frame: Frame, columns: tuple[str, ...]) -> NDArray[Any]:
    """Ask the model for the validation rows; the same again for a few, as an endpoint is asked."""
    try:
        found = model.answers(frame, columns)
        few = model.answers({name: values[:_FEW] for name, values in frame.items()}, columns)
    except ModelRefused:
        raise
    except Exception as error:
        raise ModelRefused(
            "The model cannot answer the validation rows.",
            found=f"{type(error).__name__}: {error}"[:400],
            action="See that columns, their order and types are those that it was made with.",
        ) from error
    rows = len(next(iter(frame.values())))
    if len(found) != rows or found.ndim > 2:  # noqa: PLR2004
        raise ModelRefused(
            "The model gives another number of answers than rows.", found=str(found.shape), expected=str(rows)
        )
    if not np.allclose(found[:_FEW], few, rtol=1e-4, atol=1e-6, equal_nan=True):
        raise ModelRefused("The model answers a row differently when it is asked with others.")
    return found


def _width(answers: NDArray[Any]) -> int:
    """Return how many outputs there are a row."""
    return 1 if answers.ndim == 1 else int(answers.shape[1])


def _clusters(answers: NDArray[Any]) -> int:
    """Return how many clusters a clustering has."""
    return int(answers.max()) + 1 if _width(answers) == 1 else _width(answers)
