"""How each library's trees are read: one module a library, imported when its model is explained."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

from penstock.explainability.trees import UnreadableTrees

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from penstock.explainability.trees import Ensemble

    Floats = NDArray[np.floating]
    Vector = NDArray[np.float64]


class TreeModel(Protocol):
    """A fitted model of trees, and what its own library says of it."""

    explains: ClassVar[bool]
    """Whether the library has SHAP values of its own."""

    def ensemble(self) -> Ensemble:
        """Return the trees as arrays, or raise :class:`UnreadableTrees`."""

    def outputs(self, matrix: Floats) -> Vector:
        """Return what the trees add up to: rows by outputs."""

    def contributions(self, matrix: Floats) -> tuple[Vector, Vector]:
        """Return the library's own exact SHAP values (rows by columns by outputs) and its base values."""


_PACKAGES = {"xgboost": "xgboost", "lightgbm": "lightgbm", "sklearn": "scikit_learn"}
_ALGORITHMS = {"xgboost": "xgboost", "lightgbm": "lightgbm", "random_forest": "forest"}


def tree_model(model: Any, *, threads: int, trees: tuple[int, int] | None = None) -> TreeModel:
    """Return the reader of a model: one of Penstock's algorithms, or the library's own object.

    Parameters
    ----------
    model
        ``Boosted``, ``Leafwise`` or ``Forest`` of :mod:`penstock.training.algorithms`; an
        ``xgboost.Booster``, a ``lightgbm.Booster``, the scikit-learn interface of either, or a tree model of
        scikit-learn.
    threads
        Cores for the library's own code.
    trees
        Iterations of boosting to use, from the first up to the second; by default what the library predicts
        with.

    Raises
    ------
    penstock.explainability.UnreadableTrees
        The model is none of these.
    """
    package, _, rest = type(model).__module__.partition(".")
    if package == "penstock":
        name = _ALGORITHMS.get(rest.rpartition(".")[2])
        model = getattr(model, "booster", model)
    else:
        name = _PACKAGES.get(package)
    if name is None:
        raise UnreadableTrees(
            "The model is not one of trees.",
            found=f"{type(model).__module__}.{type(model).__qualname__}",
            expected="XGBoost, LightGBM or scikit-learn's trees",
            action="Explain it with a method that only asks for predictions.",
        )
    reader: TreeModel = import_module(f"{__name__}.{name}").reader(model, threads=threads, trees=trees)
    return reader
