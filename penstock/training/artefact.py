"""The folder of a trained model: ``model.json`` names its files with their hashes. Nothing is pickled."""

from __future__ import annotations

import hashlib
import tarfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from penstock.errors import PenstockError
from penstock.specs import Candidate
from penstock.specs.model import Problem
from penstock.training.preparation import Preparation

CARD = "model.json"
PREPARATION = "preparation.json"
IMPORTED = "imported"
"""The algorithm of models that were made elsewhere."""
_LIBRARIES = {
    "prior": ("numpy",),
    "logistic_regression": ("numpy", "scikit-learn"),
    "random_forest": ("numpy", "scikit-learn"),
    "linear_regression": ("numpy", "scikit-learn"),
    "kmeans": ("numpy", "scikit-learn"),
    "gaussian_mixture": ("numpy", "scikit-learn"),
    "hdbscan": ("numpy", "scikit-learn"),
    "xgboost": ("numpy", "xgboost-cpu", "xgboost"),
    "lightgbm": ("numpy", "lightgbm"),
}
_OF_IMPORTS = {
    "skops": ("numpy", "pandas", "scikit-learn", "scipy", "skops"),
    "pickle": ("joblib", "numpy", "pandas", "scikit-learn", "scipy", "skops"),
    "xgboost": _LIBRARIES["xgboost"],
    "lightgbm": _LIBRARIES["lightgbm"],
    "onnx": ("numpy", "onnx", "onnxruntime"),
    "pmml": ("numpy",),
}


class BrokenModel(PenstockError):
    """A model's folder is incomplete, changed since it was written, or of another format."""


class ModelColumn(BaseModel):
    """A raw column that the model takes, in this order in CSV."""

    model_config = ConfigDict(frozen=True)

    name: str
    type: Literal["integer", "decimal", "boolean", "string"]


class ModelCard(BaseModel):
    """``model.json``: what the model is, what it takes, and the SHA-256 of each of its files."""

    model_config = ConfigDict(frozen=True)

    format: Literal["penstock-model/1"] = "penstock-model/1"
    algorithm: str
    candidate: Candidate
    columns: tuple[ModelColumn, ...]
    problem: Problem = "binary"
    classes: tuple[str, ...] = ()
    """Names of the classes of a multiclass problem, or numbers of the clusters."""
    threshold: float = 0.5
    seed: int
    threads: int
    libraries: dict[str, str]
    files: dict[str, str]


def write_card(
    folder: Path,
    *,
    candidate: Candidate,
    preparation: Preparation,
    seed: int,
    threads: int,
    problem: Problem = "binary",
    classes: tuple[str, ...] = (),
) -> ModelCard:
    """Describe and seal the files of a model's folder."""
    preparation.write(folder / PREPARATION)
    files = sorted(path.name for path in folder.iterdir() if path.is_file() and path.name != CARD)
    card = ModelCard(
        algorithm=candidate.algorithm,
        candidate=candidate,
        problem=problem,
        classes=classes,
        seed=seed,
        threads=threads,
        columns=tuple(ModelColumn(name=column.name, type=column.type) for column in preparation.columns),
        libraries=_installed(_needed(candidate)),
        files={name: sha256(folder / name) for name in files},
    )
    (folder / CARD).write_text(card.model_dump_json(indent=1) + "\n", encoding="utf-8")
    return card


def read_card(folder: Path) -> ModelCard:
    """Read ``model.json`` and verify every file that it names.

    Raises
    ------
    BrokenModel
        The card is missing or of another format, a file is missing or its hash differs.
    """
    try:
        card = ModelCard.model_validate_json((folder / CARD).read_bytes())
    except FileNotFoundError as error:
        raise BrokenModel("The folder holds no model.", expected=CARD, where=str(folder)) from error
    except ValidationError as error:
        raise BrokenModel(
            "The model's description is of another format.",
            found=str(error.errors()[0]["msg"]),
            expected="penstock-model/1",
            where=str(folder / CARD),
        ) from error
    for name, expected in card.files.items():
        _verify(folder, name, expected)
    return card


def packed_card(archive: Path) -> ModelCard:
    """Read ``model.json`` out of a ``model.tar.gz``; nothing is verified, for that unpack it.

    Raises
    ------
    BrokenModel
        It is no archive, or has no card.
    """
    try:
        with tarfile.open(archive, "r:gz") as tar:
            file = tar.extractfile(CARD)
            return ModelCard.model_validate_json(file.read() if file else b"")
    except (OSError, EOFError, KeyError, tarfile.TarError, ValidationError) as error:
        raise BrokenModel(
            "The archive holds no model.", found=str(error)[:200], expected=CARD, where=str(archive)
        ) from error


def sha256(path: Path) -> str:
    """Return a file's SHA-256 in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _verify(folder: Path, name: str, expected: str) -> None:
    """Refuse a file that is elsewhere, missing or changed."""
    path = folder / name
    if Path(name).name != name or not path.is_file():
        raise BrokenModel("A file of the model is missing.", expected=name, where=str(folder))
    if (found := sha256(path)) != expected:
        raise BrokenModel(
            "A file of the model was changed after training.",
            found=f"sha256 {found}",
            expected=f"sha256 {expected}",
            where=name,
            action="Restore the package from the run's folder, or train again.",
        )


def _needed(candidate: Candidate) -> tuple[str, ...]:
    """Return the packages that a candidate's answers depend on."""
    source = candidate.source
    return _OF_IMPORTS[source.format] if source else _LIBRARIES[candidate.algorithm]


def _installed(names: tuple[str, ...]) -> dict[str, str]:
    """Return the versions of the packages that are installed."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
