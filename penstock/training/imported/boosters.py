"""XGBoost's and LightGBM's own files: text or numbers, read by the libraries that wrote them."""

from __future__ import annotations

import json
import re
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.training.imported import lightgbm_text
from penstock.training.imported.frame import data_frame, matrix
from penstock.training.imported.native import Told
from penstock.training.imported.refusal import ModelRefused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.specs.model import Problem
    from penstock.training.imported.frame import Frame

_OBJECTIVES = {
    "binary": ("binary:logistic", "reg:logistic", "binary"),
    "multiclass": ("multi:softprob", "multiclass", "multiclassova"),
}
_REGRESSIONS = (
    "reg:", "count:", "survival:", "regression", "huber", "fair", "poisson", "quantile", "mape", "gamma",
    "tweedie",
)  # fmt: skip


class XGBoost:
    """A booster of XGBoost, from JSON or UBJSON."""

    def __init__(self, path: Path, *, problem: Problem, threads: int) -> None:
        import xgboost

        self._library = xgboost
        try:
            self._booster = xgboost.Booster({"nthread": threads}, model_file=str(path))
            settings = json.loads(self._booster.save_config())
        except (xgboost.core.XGBoostError, ValueError) as error:
            raise _broken("XGBoost", path, error) from error
        objective = str(settings["learner"]["objective"]["name"])
        _check_objective(objective, problem)
        self._levels = _levels(self._booster)
        made = ".".join(map(str, settings.get("version", ())))
        self.told = Told(
            columns=tuple(self._booster.feature_names or ()),
            width=self._booster.num_features(),
            made_with={"xgboost": made, "objective": objective},
            warnings=_other_version("xgboost", made, "xgboost-cpu", "xgboost"),
        )

    def answers(self, frame: Frame, columns: tuple[str, ...]) -> NDArray[Any]:
        """Return probabilities or values."""
        names, kinds = list(self._booster.feature_names or columns), self._booster.feature_types
        if self._levels:
            levels = {column: self._levels.get(name, ()) for column, name in zip(columns, names, strict=True)}
            rows = data_frame(frame, columns, levels=levels).set_axis(names, axis=1)
            data = self._library.DMatrix(rows, enable_categorical=True)
        else:
            data = self._library.DMatrix(matrix(frame, columns), feature_names=names, feature_types=kinds)
        found: NDArray[Any] = self._booster.predict(data)
        return found


class LightGBM:
    """A booster of LightGBM, from its text."""

    def __init__(self, path: Path, *, problem: Problem, threads: int) -> None:
        import lightgbm

        text = lightgbm_text.check(path.read_bytes())
        try:
            self._booster = lightgbm.Booster(model_str=text)
        except lightgbm.basic.LightGBMError as error:
            raise _broken("LightGBM", path, error) from error
        objective = (re.findall(r"^objective=(\w+)", text, re.MULTILINE) or ["none"])[0]
        _check_objective(objective, problem)
        self._threads = threads
        self._levels = self._booster.pandas_categorical or []
        names = tuple(self._booster.feature_name())
        invented = all(name == f"Column_{place}" for place, name in enumerate(names))
        self.told = Told(
            columns=() if invented else names,
            width=len(names),
            made_with={"lightgbm": version("lightgbm"), "objective": objective},
        )

    def answers(self, frame: Frame, columns: tuple[str, ...]) -> NDArray[Any]:
        """Return probabilities or values."""
        rows = data_frame(frame, columns, levels=self._by_column(frame, columns)) if self._levels else None
        return np.asarray(
            self._booster.predict(matrix(frame, columns) if rows is None else rows, num_threads=self._threads)
        )

    def _by_column(self, frame: Frame, columns: tuple[str, ...]) -> dict[str, list[Any]]:
        """Return the levels of each column of texts; the file has them in order, without names."""
        texts = [name for name in columns if frame[name].dtype == object]
        if len(texts) != len(self._levels):
            raise ModelRefused(
                "The booster has another number of categorical columns than the use case has texts.",
                found=f"{len(self._levels)} in the file",
                expected=f"{len(texts)}: {', '.join(texts)}",
            )
        return dict(zip(texts, self._levels, strict=True))


def _levels(booster: Any) -> dict[str, list[Any]]:
    """Return the levels of each categorical column, as XGBoost 3.1 and later store them."""
    found = booster.get_categories(export_to_arrow=True)
    arrays = [] if found is None or found.empty() else found.to_arrow()
    return {name: levels.to_pylist() for name, levels in arrays if levels is not None}


def _check_objective(objective: str, problem: Problem) -> None:
    """Refuse a booster that was trained for something else, or that gives labels alone."""
    fits = (
        objective.startswith(_REGRESSIONS) and objective != "reg:logistic"
        if problem == "regression"
        else objective in _OBJECTIVES.get(problem, ())
    )
    if not fits:
        expected = _OBJECTIVES.get(problem) or (_REGRESSIONS if problem == "regression" else ())
        raise ModelRefused(
            f"The booster was not trained for a {problem} problem that wants probabilities or values.",
            found=f"objective {objective}",
            expected=", ".join(expected) or "another problem: boosters do not cluster",
        )


def _broken(library: str, path: Path, error: Exception) -> ModelRefused:
    """Word a library's refusal."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    told = next((line for line in lines if not line.startswith(("Stack trace", "[bt]"))), "")
    return ModelRefused(f"{library} cannot read the file.", found=told[:300], where=path.name)


def _other_version(name: str, made: str, *packages: str) -> tuple[str, ...]:
    """Say that a model was made with another version, if so."""
    for package in packages:
        try:
            here = version(package)
        except PackageNotFoundError:
            continue
        return () if made in ("", here) else (f"made with {name} {made}, answers with {here}",)
    return ()
