"""Clusters of points as plain arrays: served with NumPy alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from penstock.errors import InvalidSpec

if TYPE_CHECKING:
    from penstock.training.algorithms import Matrix, Output, Vector

FILE = "clusters.npz"
_CELLS = 4_000_000
"""Rows times points whose distances are computed at once."""


def squared_distances(matrix: Matrix, points: Vector) -> Vector:
    """Return the squared Euclidean distance of each row to each point.

    Examples
    --------
    >>> points = np.array([[0.0, 0.0], [4.0, 0.0]])
    >>> squared_distances(np.array([[0.0, 3.0]], dtype=np.float32), points).tolist()
    [[9.0, 25.0]]
    """
    rows = matrix.astype(np.float64)
    step = max(1, _CELLS // max(1, points.size))
    blocks = [
        ((rows[start : start + step, None, :] - points[None, :, :]) ** 2).sum(axis=2)
        for start in range(0, len(rows), step)
    ]
    return np.concatenate(blocks) if blocks else np.zeros((0, len(points)))


def fitted(make: Callable[..., Any], parameters: Mapping[str, Any], matrix: Matrix) -> Any:
    """Fit one of scikit-learn's clusterings; parameters that it refuses are named.

    Raises
    ------
    InvalidSpec
        There are unknown or impossible parameters, such as more clusters than rows.
    """
    try:
        return make(**parameters).fit(matrix.astype(np.float64))
    except (TypeError, ValueError) as error:
        raise InvalidSpec(
            "scikit-learn refused the hyper-parameters.",
            found=str(dict(parameters)),
            expected=str(error).splitlines()[0],
        ) from error


@dataclass(frozen=True)
class Memberships:
    """Clusters that are arrays and tell each row's membership in them."""

    scaled: ClassVar[bool] = True
    output: ClassVar[Output] = "membership"

    def contributions(self, matrix: Matrix) -> tuple[Vector, Vector]:
        """Refuse: which columns matter is told without looking into the model."""
        raise NotImplementedError("clusters have no exact SHAP values")

    def save(self, folder: Path) -> None:
        """Write the arrays."""
        np.savez_compressed(
            folder / FILE, allow_pickle=False, **{one.name: getattr(self, one.name) for one in fields(self)}
        )


def read_arrays(folder: Path) -> dict[str, Any]:
    """Read arrays of numbers; pickled objects are refused by NumPy."""
    with np.load(folder / FILE, allow_pickle=False) as arrays:
        return {name: arrays[name] for name in arrays.files}
