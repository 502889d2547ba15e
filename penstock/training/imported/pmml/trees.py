"""TreeModel: rows go down together, as many at once as stand at a node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.training.imported.pmml.document import Element, children, inner, number, only, said
from penstock.training.imported.pmml.fields import Fields
from penstock.training.imported.pmml.predicates import PREDICATES, predicate_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

_ATTRIBUTES = (
    "modelName", "functionName", "algorithmName", "missingValueStrategy", "missingValuePenalty",
    "noTrueChildStrategy", "splitCharacteristic", "isScorable",
)  # fmt: skip


class Tree:
    """Answers a value a row, or a probability a class; NaN where it has none.

    Parameters
    ----------
    element
        A TreeModel.
    classes
        Of a classification, the columns of the answer.
    """

    def __init__(self, element: Element, classes: tuple[str, ...]) -> None:
        only(element, *_ATTRIBUTES)
        self._unknown = said(
            element, "missingValueStrategy", "none", "nullPrediction", "lastPrediction", "defaultChild"
        )
        self._last = said(element, "noTrueChildStrategy", "returnNullPrediction", "returnLastPrediction")
        said(element, "missingValuePenalty", "1.0", "1")
        [root] = children(element, "Node")
        self._root = _Node(root, classes)
        self._width = max(1, len(classes))

    def answers(self, fields: Fields, rows: int) -> NDArray[np.float64]:
        """Return rows by classes, or rows by one value."""
        found = np.full((rows, self._width), np.nan)
        everyone = np.arange(rows)
        truth = self._root.predicate(_Some(fields, everyone), rows)
        self._visit(self._root, fields, everyone[truth == 1], found)
        return found

    def _visit(self, node: _Node, fields: Fields, rows: NDArray[Any], found: NDArray[np.float64]) -> None:
        """Answer the rows that stand at a node."""
        if not node.children:
            found[rows] = node.score
            return
        for child in node.children:
            if not len(rows):
                return
            truth = child.predicate(_Some(fields, rows), len(rows))
            self._visit(child, fields, rows[truth == 1], found)
            unknown = np.isnan(truth)
            if self._unknown == "none":
                rows = rows[truth != 1]
                continue
            if unknown.any():
                self._undecided(node, fields, rows[unknown], found)
            rows = rows[truth == 0]
        if self._last == "returnLastPrediction":
            found[rows] = node.score

    def _undecided(self, node: _Node, fields: Fields, rows: NDArray[Any], found: NDArray[np.float64]) -> None:
        """Answer rows of which it is unknown whether they go to a child."""
        if self._unknown == "lastPrediction":
            found[rows] = node.score
        elif self._unknown == "defaultChild":
            for child in node.children:
                if child.name == node.default:
                    self._visit(child, fields, rows, found)


class _Node:
    """A node with its condition, its answer and its children."""

    def __init__(self, element: Element, classes: tuple[str, ...]) -> None:
        only(element, "id", "score", "recordCount", "defaultChild")
        inner(element, "Node", "ScoreDistribution", *PREDICATES)
        self.name, self.default = element.get("id"), element.get("defaultChild")
        self.predicate = predicate_of(element, "Node", "ScoreDistribution")
        self.score = _score(element, classes)
        self.children = [_Node(one, classes) for one in children(element, "Node")]


class _Some(Mapping[str, Any]):
    """The fields of some rows, taken when they are asked for."""

    def __init__(self, fields: Fields, rows: NDArray[Any]) -> None:
        self._fields, self._rows = fields, rows

    def __getitem__(self, name: str) -> Any:
        return self._fields[name][self._rows]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


def _score(element: Element, classes: tuple[str, ...]) -> NDArray[np.float64]:
    """Return a node's value, or its probabilities by class."""
    score = element.get("score")
    if not classes:
        return np.array([np.nan if score is None else float(score)])
    told = {str(one.get("value")): one for one in children(element, "ScoreDistribution")}
    if not told:
        return np.array([np.nan if score is None else float(name == score) for name in classes])
    if all(one.get("probability") is not None for one in told.values()):
        return np.array([number(told[name], "probability") if name in told else 0.0 for name in classes])
    counts = np.array([number(told[name], "recordCount") if name in told else 0.0 for name in classes])
    return np.asarray(counts / counts.sum()) if counts.sum() else np.full(len(classes), np.nan)
