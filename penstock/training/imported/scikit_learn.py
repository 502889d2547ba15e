"""Models of scikit-learn in skops files: data and names of types, of which only known ones are made."""

from __future__ import annotations

import json
import re
import warnings
import zipfile
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.training.imported.frame import data_frame, matrix
from penstock.training.imported.native import Told
from penstock.training.imported.refusal import ModelRefused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.specs.model import Problem
    from penstock.training.imported.frame import Frame

_SCHEMA = "schema.json"
_MOST_BYTES = 2 << 30
"""Of a file's parts once they are unpacked."""
_HOMES = (
    "sklearn._loss", "sklearn.calibration", "sklearn.cluster", "sklearn.ensemble", "sklearn.gaussian_process",
    "sklearn.metrics._dist_metrics", "sklearn.neighbors", "sklearn.neural_network", "sklearn.tree",
)  # fmt: skip
_EXACT = frozenset({
    "numpy.dtype", "numpy.mean", "scipy.interpolate._bsplines.BSpline",
    "sklearn.cluster._kmeans._kmeans_single_lloyd",
    "sklearn.feature_selection._univariate_selection.f_classif",
    "sklearn.feature_selection._univariate_selection.f_regression",
    "sklearn.feature_selection._univariate_selection.chi2",
})  # fmt: skip
"""What skops does not trust by itself and models of scikit-learn hold all the same."""


def foreign_types(path: Path, trusted: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the types of a skops file that are neither scikit-learn's, NumPy's or SciPy's nor trusted.

    Nothing of the file is made.

    Raises
    ------
    ModelRefused
        It is no skops file, or unpacks to more than a model may have.
    """
    return tuple(name for name in _unknown(path) if name not in trusted and not _of_the_library(name))


def refuse_foreign(path: Path, trusted: tuple[str, ...] = ()) -> None:
    """Refuse a skops file that holds types of others.

    Raises
    ------
    ModelRefused
        It does, and names them.
    """
    if foreign := foreign_types(path, trusted):
        raise ModelRefused(
            "The file holds types that are not trusted.",
            found=", ".join(foreign),
            expected="scikit-learn's, NumPy's and SciPy's",
            action="If you know what they are and trust them: --trust NAME for each.",
        )


class ScikitLearn:
    """An estimator or pipeline, from its skops file.

    Parameters
    ----------
    path
        The file.
    trusted
        Types that a person has vouched for.
    problem
        What it is asked.

    Raises
    ------
    ModelRefused
        It holds other types, or cannot answer the problem.
    """

    def __init__(self, path: Path, *, trusted: tuple[str, ...], problem: Problem) -> None:
        refuse_foreign(path, trusted)
        self._estimator, warned = _load(path)
        self._method = _method(self._estimator, problem)
        self._named = hasattr(self._estimator, "feature_names_in_")
        self.told = _told(self._estimator, path, warned)

    def answers(self, frame: Frame, columns: tuple[str, ...]) -> NDArray[Any]:
        """Return probabilities by class, values, or numbers of clusters."""
        texts = any(frame[name].dtype == object for name in columns)
        rows = data_frame(frame, columns) if self._named or texts else matrix(frame, columns)
        found: NDArray[Any] = self._method(rows)
        return found


def _unknown(path: Path) -> list[str]:
    """Return what skops does not trust by itself."""
    import skops.io

    _check_archive(path)
    try:
        return list(skops.io.get_untrusted_types(file=path))
    except Exception as error:
        raise ModelRefused(
            "The file is no whole skops file.",
            found=f"{type(error).__name__}: {error}"[:200],
            where=path.name,
            action="Write it with skops.io.dump(model, file).",
        ) from error


def _check_archive(path: Path) -> None:
    """Refuse what is no skops file, or is larger inside than it looks."""
    try:
        with zipfile.ZipFile(path) as archive:
            names, size = archive.namelist(), sum(entry.file_size for entry in archive.infolist())
            damaged = archive.testzip() if size <= _MOST_BYTES else None
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise ModelRefused("The file is no whole skops file.", found=str(error), where=path.name) from error
    if _SCHEMA not in names or damaged:
        raise ModelRefused(
            "The file is no whole skops file.", found=damaged or ", ".join(names[:5]), expected=_SCHEMA
        )
    if size > _MOST_BYTES:
        raise ModelRefused(
            "The file unpacks to more than a model may have.",
            found=f"{size:,} bytes",
            expected=f"at most {_MOST_BYTES:,}",
        )


def _of_the_library(name: str) -> bool:
    """Say whether a name is a class of scikit-learn's own that models hold, or another known part of them."""
    if name in _EXACT:
        return True
    module, _, attribute = name.rpartition(".")
    if not any(module == home or module.startswith(f"{home}.") for home in _HOMES):
        return False
    try:
        found = getattr(import_module(module), attribute, None)
    except ImportError:
        return False
    return isinstance(found, type) and found.__module__.startswith("sklearn.")


def _load(path: Path) -> tuple[Any, tuple[str, ...]]:
    """Make the estimator; what the libraries say of versions is kept."""
    import skops.io

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            estimator = skops.io.load(path, trusted=_unknown(path))
        except Exception as error:
            raise ModelRefused(
                "The model cannot be made from its file.",
                found=f"{type(error).__name__}: {error}"[:300],
                where=path.name,
                action=f"Write it with scikit-learn {version('scikit-learn')}, or export it to ONNX.",
            ) from error
    told = (str(one.message).partition(". ")[0] for one in caught if "version" in str(one.message).lower())
    return estimator, tuple(dict.fromkeys(told))


def _method(estimator: Any, problem: Problem) -> Any:
    """Return what answers the problem."""
    wanted = "predict_proba" if problem in ("binary", "multiclass") else "predict"
    found = getattr(estimator, wanted, None)
    if found is not None:
        return found
    raise ModelRefused(
        f"The model cannot answer a {problem} problem.",
        found=type(estimator).__name__,
        expected=f"the method {wanted}",
        action="Wrap it in CalibratedClassifierCV." if wanted == "predict_proba" else "",
    )


def _told(estimator: Any, path: Path, warned: tuple[str, ...]) -> Told:
    """Return what the estimator says of itself."""
    classes, width = getattr(estimator, "classes_", None), getattr(estimator, "n_features_in_", None)
    made, here = _made_with(path), {name: version(name) for name in ("scikit-learn", "skops")}
    differs = tuple(
        f"made with {name} {made[name]}, answers with {here[name]}"
        for name in sorted(made)
        if made[name] != here.get(name, made[name])
    )
    return Told(
        columns=tuple(map(str, getattr(estimator, "feature_names_in_", ()))),
        width=None if width is None else int(width),
        classes=() if classes is None else tuple(str(one) for one in classes),
        made_with=made,
        warnings=differs or warned,
    )


def _made_with(path: Path) -> dict[str, str]:
    """Return the versions that the file names."""
    with zipfile.ZipFile(path) as archive:
        text = archive.read(_SCHEMA).decode("utf-8", "replace")
    found = {"skops": str(json.loads(text).get("_skops_version", ""))}
    # Estimators keep their library's version among their attributes, as JSON in JSON.
    versions = re.findall(r'"_sklearn_version":\s*\{[^{}]*"content":\s*"\\?"([0-9][^"\\]*)', text)
    if versions:
        found["scikit-learn"] = versions[0]
    return {name: told for name, told in found.items() if told}
