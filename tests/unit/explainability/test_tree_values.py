"""The fast explanation says when it did not answer itself."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from penstock.explainability import tree_values as module
from penstock.explainability.tree_values import tree_shap
from penstock.explainability.trees import Tree, UnreadableTrees, joined

STUMP = Tree(
    left=np.array([1, -1, -1]), right=np.array([2, -1, -1]), feature=np.zeros(3), cover=np.array([4, 1, 3]),
    threshold=np.array([0.5, 0, 0]), default_left=np.zeros(3), value=np.array([0.0, -1, 1]),
)  # fmt: skip
ROWS = np.array([[0.0, 9.0], [1.0, 9.0]])
VALUES = np.array([[-1.5, 0.0], [0.5, 0.0]])


@dataclass(frozen=True)
class Stump:
    """A library whose model is one stump; what it says can be made wrong."""

    off_by: float = 0.0
    readable: bool = True
    explains: ClassVar[bool] = True

    def ensemble(self):
        if not self.readable:
            raise UnreadableTrees("Strange trees.")
        return joined([STUMP], base=np.zeros(1), features=2, form="below", single=True)

    def outputs(self, matrix):
        return np.where(matrix[:, :1] < 0.5, -1.0, 1.0) + self.off_by

    def contributions(self, matrix):
        return np.tile(7.0, (*matrix.shape, 1)), np.array([0.5])


@pytest.fixture
def library(monkeypatch):
    def installed(stump):
        monkeypatch.setattr(module, "tree_model", lambda *_, **__: stump)

    return installed


def test_many_rows_are_explained_by_tables(library):
    library(Stump())
    explained = tree_shap(None, np.tile(ROWS, (300, 1)))
    assert explained.engine == "tables"
    assert explained.fallback is None
    values, base = explained.single
    assert values[:2] == pytest.approx(VALUES)
    assert base == pytest.approx(0.5)


def test_few_rows_are_left_to_the_library_and_that_is_no_fallback(library):
    library(Stump())
    explained = tree_shap(None, ROWS)
    assert (explained.engine, explained.fallback) == ("library", None)
    assert (explained.values == 7.0).all()


@pytest.mark.parametrize(
    ("stump", "why"), [(Stump(off_by=1e-3), "off by"), (Stump(readable=False), "Strange trees")]
)
def test_a_fallback_is_reported_and_logged(library, caplog, stump, why):
    library(stump)
    with caplog.at_level(logging.WARNING, logger="penstock"):
        explained = tree_shap(None, ROWS, engine="tables")
    assert explained.engine == "library"
    assert why in explained.fallback
    assert why in caplog.text


def test_differences_are_judged_against_the_size_of_the_outputs(library, monkeypatch):
    library(Stump())
    large = replace(STUMP, value=STUMP.value * 1e6)
    trees = joined([large], base=np.zeros(1), features=2, form="below", single=True)
    monkeypatch.setattr(Stump, "ensemble", lambda self: trees)
    monkeypatch.setattr(Stump, "outputs", lambda self, rows: np.where(rows[:, :1] < 0.5, -1e6, 1e6) + 0.1)
    assert tree_shap(None, ROWS, engine="tables").fallback is None


def test_outputs_that_are_no_numbers_are_a_reason(library, monkeypatch):
    library(Stump())
    monkeypatch.setattr(Stump, "outputs", lambda self, rows: np.full((len(rows), 1), np.nan))
    assert "nan" in tree_shap(None, ROWS, engine="tables").fallback


def test_no_rows_have_no_values(library):
    library(Stump())
    explained = tree_shap(None, ROWS[:0])
    assert explained.values.shape == (0, 2, 1)
    assert explained.base.tolist() == [0.5]


def test_values_are_added_to_original_columns_by_both_engines(library):
    library(Stump())
    for engine, total in (("tables", -1.5), ("library", 14.0)):
        explained = tree_shap(None, ROWS, sources=[0, 0], engine=engine)
        assert explained.values[0].tolist() == [[total]]


def test_a_model_without_trees_is_refused():
    with pytest.raises(UnreadableTrees, match="not one of trees"):
        tree_shap(object(), ROWS)
