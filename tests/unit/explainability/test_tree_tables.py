"""SHAP values by tables are those of the definition: an average over all orders of learning the columns."""

from __future__ import annotations

import tracemalloc
from dataclasses import replace
from itertools import combinations
from math import comb

import numpy as np
import pytest

from penstock.explainability import lookup
from penstock.explainability.effects import Alone, Together
from penstock.explainability.lookup import summed_effects
from penstock.explainability.paths import base_values, paths
from penstock.explainability.trees import AS_ZERO, LIKE_ZERO, Tree, UnreadableTrees, joined
from penstock.explainability.weights import contributions, every_contribution, interactions

COLUMNS = 4


def shap_sums(trees, rows, *, sources):
    return summed_effects(trees, rows, Alone(sources))


def grown(rng, depth, *, stop=0.15, sets=False):
    """A random tree: few thresholds, so that columns repeat on paths and rows meet them exactly."""
    nodes = []

    def grow(level, cover):
        place = len(nodes)
        nodes.append(node := {"left": -1, "right": -1, "feature": 0, "threshold": 0.0, "cover": cover})
        node["value"], node["default_left"] = rng.normal(), rng.random() < 0.5
        node["missing"] = rng.integers(3)
        if level < depth and (level == 0 or rng.random() > stop):
            node["feature"], node["threshold"] = rng.integers(COLUMNS), rng.integers(-2, 3) / 2
            node["set"] = rng.integers(0, 3, 2) if sets and rng.random() < 0.3 else None
            share = rng.uniform(0.1, 0.9)
            node["left"] = grow(level + 1, cover * share)
            node["right"] = grow(level + 1, cover * (1 - share))
        return place

    grow(0, 1000.0)
    names = ("left", "right", "feature", "threshold", "default_left", "value", "cover", "missing")
    chosen = {n: np.unique(node["set"]) for n, node in enumerate(nodes) if node.get("set") is not None}
    arrays = {name: np.array([node[name] for node in nodes]) for name in names}
    return Tree(**arrays, categories=chosen)


def forest(seed, *, trees=3, depth=4, form="below", outputs=1, **options):
    rng = np.random.default_rng(seed)
    several = [replace(grown(rng, depth, **options), output=n % outputs) for n in range(trees)]
    return joined(several, base=np.arange(outputs) + 0.5, features=COLUMNS, form=form, single=False)


def some_rows(seed, count=23):
    rows = np.random.default_rng(seed).integers(-2, 3, (count, COLUMNS)) / 2
    rows[::5, 1] = np.nan
    return rows


def goes_left(trees, node, value):
    missing = trees.missing[node]
    if np.isnan(value) and missing == AS_ZERO:
        value = 0.0
    if missing == LIKE_ZERO and value == 0.0:
        value = np.nan
    if np.isnan(value):
        return trees.default_left[node]
    if node in trees.categories:
        return np.trunc(value) in trees.categories[node]
    return value < trees.threshold[node] if trees.form == "below" else value <= trees.threshold[node]


def expected(trees, node, row, known):
    """The mean output of a tree when only some columns are known."""
    left, right = trees.left[node], trees.right[node]
    if left < 0:
        return trees.value[node]
    if trees.feature[node] in known:
        return expected(
            trees, left if goes_left(trees, node, row[trees.feature[node]]) else right, row, known
        )
    parts = (trees.cover[n] / trees.cover[node] * expected(trees, n, row, known) for n in (left, right))
    return sum(parts)


def by_definition(trees, row):
    """SHAP values: each column's mean effect on every set of others."""
    values = np.zeros((len(trees.base), COLUMNS))
    for root, output in zip(trees.roots, trees.output, strict=True):
        for column in range(COLUMNS):
            others = [other for other in range(COLUMNS) if other != column]
            for size in range(COLUMNS):
                weight = 1 / (COLUMNS * comb(COLUMNS - 1, size))
                for known in combinations(others, size):
                    gain = expected(trees, root, row, {*known, column}) - expected(trees, root, row, known)
                    values[output, column] += weight * gain
    return values


@pytest.mark.parametrize(
    "options",
    [
        {"depth": 1},
        {"depth": 2},
        {"depth": 5, "trees": 2},
        {"form": "at_most"},
        {"outputs": 3},
        {"sets": True, "form": "at_most"},
        {"stop": 0.9},
        {"depth": 0},
    ],
    ids=str,
)
def test_values_are_those_of_the_definition(options):
    trees, rows = forest(3, **options), some_rows(4, 7)
    found = shap_sums(trees, rows, sources=np.arange(COLUMNS))
    assert found.transpose(2, 0, 1) == pytest.approx(np.array([by_definition(trees, row) for row in rows]))


def test_every_length_of_tables_gives_the_same_values(monkeypatch):
    trees, rows = forest(5, depth=6), some_rows(6)
    found = []
    for longest in (0, 1, 3, 6, 13):
        monkeypatch.setattr(lookup, "_LONGEST", longest)
        found.append(shap_sums(trees, np.tile(rows, (40, 1)), sources=np.arange(COLUMNS)))
    for other in found[1:]:
        assert other == pytest.approx(found[0])


def test_neither_blocks_nor_repetition_change_a_bit(monkeypatch):
    trees, rows = forest(7, trees=9), np.tile(some_rows(8), (10, 1))
    once = shap_sums(trees, rows, sources=np.arange(COLUMNS))
    assert np.array_equal(shap_sums(trees, rows, sources=np.arange(COLUMNS)), once)
    monkeypatch.setattr(lookup, "_BLOCK", 17)
    assert np.array_equal(shap_sums(trees, rows, sources=np.arange(COLUMNS)), once)


def test_few_trees_at_a_time_give_the_same_values(monkeypatch):
    trees, rows = forest(9, trees=9), some_rows(10)
    once = shap_sums(trees, rows, sources=np.arange(COLUMNS))
    monkeypatch.setattr(lookup, "_LEAVES", 1)
    monkeypatch.setattr(lookup, "_CELLS", 40)
    monkeypatch.setattr(lookup, "_ROWS", 8)
    assert shap_sums(trees, rows, sources=np.arange(COLUMNS)) == pytest.approx(once)


def test_tables_of_earlier_trees_are_not_kept(monkeypatch):
    monkeypatch.setattr(lookup, "_LEAVES", 32)
    rows, peaks = np.tile(some_rows(10), (10, 1)), []
    for trees in (forest(9, trees=5), forest(9, trees=50)):
        tracemalloc.start()
        shap_sums(trees, rows, sources=np.arange(COLUMNS))
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 3 * peaks[0]


def test_columns_of_one_source_are_summed():
    trees, rows = forest(11), some_rows(12)
    apart = shap_sums(trees, rows, sources=np.arange(COLUMNS))[0]
    together = shap_sums(trees, rows, sources=np.array([0, 1, 1, 0]))[0]
    assert together == pytest.approx(np.stack([apart[0] + apart[3], apart[1] + apart[2]]))


def test_the_base_is_the_mean_without_any_knowledge():
    trees = forest(13, outputs=2)
    base = trees.base.copy()
    for root, output in zip(trees.roots, trees.output, strict=True):
        base[output] += expected(trees, root, None, ())
    assert base_values(trees) == pytest.approx(base)


def test_single_numbers_are_compared_as_the_library_compares_them():
    near = float(np.float32(0.1))
    stump = Tree(
        left=np.array([1, -1, -1]), right=np.array([2, -1, -1]), feature=np.zeros(3),
        cover=np.array([2, 1, 1]),
        threshold=np.array([0.1, 0, 0]), default_left=np.zeros(3), value=np.array([0.0, -1, 1]),
    )  # fmt: skip
    for form, goes in (("at_most", 1.0), ("below", 1.0)):
        trees = joined([stump], base=np.zeros(1), features=1, form=form, single=True)
        assert near > 0.1
        assert shap_sums(trees, np.array([[0.1]]), sources=np.arange(1))[0, 0, 0] == goes


@pytest.mark.parametrize("columns", [1, 2, 3, 4, 5, 8])
def test_all_cases_at_once_are_the_single_cases(columns):
    share = np.random.default_rng(columns).random((3, columns))
    share[0, 0] = 0.0
    cases = (np.arange(2**columns)[None, :] >> np.arange(columns)[:, None]) & 1 == 1
    one_by_one = contributions(np.broadcast_to(cases, (3, *cases.shape)), share)
    assert every_contribution(share) == pytest.approx(one_by_one, abs=1e-14)


def test_contributions_to_a_long_path_add_up():
    rng = np.random.default_rng(0)
    share, on = rng.random((1, 60)), rng.random((1, 60, 5)) < 0.9
    reached = on.all(axis=1)
    assert contributions(on, share).sum(axis=1) == pytest.approx(reached - share.prod(), abs=1e-12)


def test_long_paths_interact_as_tables_say(monkeypatch):
    trees, rows, effects = forest(19, depth=6), some_rows(20), Together(np.arange(COLUMNS))
    tables = summed_effects(trees, np.tile(rows, (40, 1)), effects)
    monkeypatch.setattr(lookup, "_LONGEST", 0)
    assert summed_effects(trees, np.tile(rows, (40, 1)), effects) == pytest.approx(tables)
    assert np.abs(tables).max() > 0.01


def test_a_column_alone_on_a_path_interacts_with_none():
    assert interactions(np.ones((2, 1, 3), bool), np.ones((2, 1))).shape == (2, 0, 3)


def test_more_rows_make_larger_groups():
    trees = forest(15, depth=6, trees=1, stop=0.0)
    groups = [len(paths(trees, rows=rows, longest=13).root) for rows in (100, 10_000, 1_000_000)]
    assert groups == sorted(groups, reverse=True)
    assert groups[0] > groups[-1]


def test_a_node_without_training_rows_is_refused():
    trees = forest(17)
    with pytest.raises(UnreadableTrees, match="cover"):
        replace(trees, cover=np.zeros(len(trees.cover)))
