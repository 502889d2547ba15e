"""LightGBM's trees, read from its own text format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import lightgbm
import numpy as np

from penstock.explainability.trees import AS_ZERO, LIKE_ZERO, MISSING, Tree, UnreadableTrees, joined

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.explainability.trees import Ensemble

    Floats = NDArray[np.floating]
    Vector = NDArray[np.float64]

_CATEGORICAL, _DEFAULT_LEFT, _MISSING_SHIFT = 1, 2, 2
_MISSING = np.array([AS_ZERO, LIKE_ZERO, MISSING], dtype=np.uint8)
_WORD = 32


@dataclass(frozen=True)
class Booster:
    """A booster and the iterations that count; none are those up to the best."""

    booster: lightgbm.Booster
    threads: int
    trees: tuple[int, int] | None
    explains: ClassVar[bool] = True

    def ensemble(self) -> Ensemble:
        """Return the trees."""
        start, count = self._range()
        header, *blocks = self.booster.model_to_string(count, start).split("\nTree=")
        said = dict(_entries(header))
        outputs = int(said["num_tree_per_iteration"])
        trees = [_tree(dict(_entries(block)), n % outputs) for n, block in enumerate(blocks)]
        features = int(said["max_feature_idx"]) + 1
        return joined(trees, base=np.zeros(outputs), features=features, form="at_most", single=False)

    def outputs(self, matrix: Floats) -> Vector:
        """Return raw scores."""
        return self._predicted(matrix, raw_score=True)

    def contributions(self, matrix: Floats) -> tuple[Vector, Vector]:
        """Return LightGBM's own values."""
        outputs = self.booster.num_model_per_iteration()
        try:
            found = self._predicted(matrix, pred_contrib=True).reshape(len(matrix), outputs, -1)
        except lightgbm.basic.LightGBMError as error:
            raise UnreadableTrees("LightGBM cannot explain its trees.", found=str(error)) from error
        values = found.transpose(0, 2, 1)
        return values[:, :-1], values[0, -1] if len(values) else np.zeros(outputs)

    def _predicted(self, matrix: Floats, **asked: bool) -> Vector:
        """Let LightGBM predict, rows by whatever was asked for."""
        start, count = self._range()
        found = self.booster.predict(
            matrix, start_iteration=start, num_iteration=count, num_threads=self.threads, **asked
        )
        return np.asarray(found, dtype=np.float64).reshape(len(matrix), -1)

    def _range(self) -> tuple[int, int]:
        """Return the first iteration and how many; -1 is all."""
        if self.trees:
            return self.trees[0], self.trees[1] - self.trees[0]
        best = self.booster.best_iteration
        return 0, best if best > 0 else -1


def reader(model: Any, *, threads: int, trees: tuple[int, int] | None) -> Booster:
    """Read a booster, or the scikit-learn interface."""
    booster = model if isinstance(model, lightgbm.Booster) else model.booster_
    return Booster(booster, threads, trees)


def _entries(block: str) -> Iterator[tuple[str, str]]:
    """Return the lines ``name=value`` up to the first empty one."""
    for line in block.split("\n\n", 1)[0].splitlines():
        name, equals, value = line.partition("=")
        if equals:
            yield name, value


def _tree(said: dict[str, str], output: int) -> Tree:
    """Read one tree: inner nodes first, then leaves, which children name by their complement."""
    if said.get("is_linear", "0") != "0":
        raise UnreadableTrees("A leaf holds a linear model.", found="linear_tree", expected="constant leaves")
    leaves = int(said["num_leaves"])
    inner, kind = leaves - 1, _numbers(said, "decision_type").astype(np.int64)

    def children(name: str) -> NDArray[np.int64]:
        child = _numbers(said, name).astype(np.int64)
        return np.concatenate([np.where(child < 0, inner + ~child, child), np.full(leaves, -1)])

    def padded(values: NDArray[Any]) -> NDArray[Any]:
        return np.concatenate([values, np.zeros(leaves, values.dtype)])

    categorical = (kind & _CATEGORICAL) != 0
    return Tree(
        left=children("left_child") if inner else np.full(1, -1),
        right=children("right_child") if inner else np.full(1, -1),
        feature=padded(_numbers(said, "split_feature")),
        threshold=padded(_numbers(said, "threshold")),
        default_left=padded((kind & _DEFAULT_LEFT) != 0) & ~padded(categorical),
        missing=padded(np.where(categorical, MISSING, _MISSING[(kind >> _MISSING_SHIFT) & 3])),
        value=np.concatenate([np.zeros(inner), _numbers(said, "leaf_value")]),
        cover=np.concatenate([_numbers(said, "internal_count"), _numbers(said, "leaf_count")])
        if inner
        else np.ones(1),
        output=output,
        categories=_categories(said, np.flatnonzero(categorical)),
    )


def _categories(said: dict[str, str], nodes: NDArray[np.int64]) -> dict[int, NDArray[np.int64]]:
    """Return the set of each node that has one: bits of words, found by the node's threshold."""
    if not len(nodes):
        return {}
    edges = _numbers(said, "cat_boundaries").astype(np.int64)
    words = np.array(said["cat_threshold"].split(), dtype=np.uint32)
    place = _numbers(said, "threshold").astype(np.int64)
    return {int(node): _set(words[edges[place[node]] : edges[place[node] + 1]]) for node in nodes}


def _set(words: NDArray[np.uint32]) -> NDArray[np.int64]:
    """Return the numbers of the bits that are set."""
    bits = (words[:, None] >> np.arange(_WORD, dtype=np.uint32)) & 1
    return np.flatnonzero(bits.ravel())


def _numbers(said: dict[str, str], name: str) -> Vector:
    """Return a line's numbers, none if the line is missing."""
    return np.array(said.get(name, "").split(), dtype=np.float64)
