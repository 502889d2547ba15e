"""Which output is which class, and what is no answer."""

from __future__ import annotations

import numpy as np
import pytest

from penstock.specs.importing import ImportedSource
from penstock.specs.model import Candidate, Problem
from penstock.training.imported import ModelRefused
from penstock.training.imported.outputs import mapped, order_of, refuse_nonsense


@pytest.mark.parametrize(
    ("width", "told", "positive", "order"),
    [
        (1, (), None, ()),
        (1, ("0", "1"), None, ()),
        (2, (), None, (1,)),
        (2, ("0", "1"), None, (1,)),
        (2, ("True", "False"), None, (0,)),
        (2, ("0.0", "1.0"), None, (1,)),
        (2, ("late", "paid"), "late", (0,)),
    ],
)
def test_which_output_means_yes(
    width: int, told: tuple[str, ...], positive: str | None, order: tuple[int, ...]
) -> None:
    assert order_of("binary", width, told, (), positive) == order


@pytest.mark.parametrize(
    ("problem", "width", "told", "positive", "said"),
    [
        ("binary", 2, ("late", "paid"), None, "--positive paid"),
        ("binary", 2, ("late", "paid"), "early", "none of the model's"),
        ("binary", 3, ("a", "b", "c"), None, "other classes than a yes/no question"),
        ("binary", 1, ("1", "0"), None, "probability of its second class"),
        ("multiclass", 3, (), None, "--classes"),
        ("multiclass", 3, ("a", "b", "z"), None, "not those of the use case"),
        ("multiclass", 2, ("a", "b", "c"), None, "not those of the use case"),
        ("regression", 2, (), None, "several values"),
    ],
)
def test_classes_that_do_not_match(
    problem: Problem, width: int, told: tuple[str, ...], positive: str | None, said: str
) -> None:
    with pytest.raises(ModelRefused, match=said):
        order_of(problem, width, told, ("a", "b", "c"), positive)


def test_classes_are_put_in_our_order() -> None:
    order = order_of("multiclass", 3, ("2.0", "0.0", "1.0"), ("0", "1", "2"), None)
    found = mapped(np.array([[0.7, 0.1, 0.2]]), "multiclass", order, 0)
    assert found.tolist() == [[0.1, 0.2, 0.7]]


@pytest.mark.parametrize(
    ("scores", "problem", "said"),
    [
        (np.array([0.1, np.nan]), "binary", "1 of 2 validation rows"),
        (np.array([np.inf]), "regression", "no number"),
        (np.array([-3.0, 4.0]), "binary", "no probabilities"),
        (np.array([[0.5, 0.2]]), "multiclass", "add up to 1"),
    ],
)
def test_nonsense_is_refused(scores: np.ndarray, problem: Problem, said: str) -> None:
    with pytest.raises(ModelRefused, match=said):
        refuse_nonsense(scores, problem)


SOURCE = {"format": "onnx", "file": "a.onnx", "sha256": "0" * 64, "bytes": 1}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"source": None}, "'source' is of the algorithm 'imported'"),
        ({"algorithm": "xgboost"}, "'source' is of the algorithm 'imported'"),
        ({"hyperparameters": {"depth": 3}}, "has no hyper-parameters"),
        ({"source": {**SOURCE, "format": "pickle"}}, "needs 'allow_pickle'"),
        ({"source": {**SOURCE, "trusted": ["a.B"]}}, "'trusted' is of skops and pickle"),
        ({"source": {**SOURCE, "format": "skops", "trusted": ["a.B", "builtins.eval"]}}, r"builtins\.eval"),
        ({"source": {**SOURCE, "file": "../a.onnx"}}, "String should match pattern"),
        ({"source": {**SOURCE, "bytes": 1 << 40}}, "less than or equal to 536870912"),
    ],
)
def test_what_a_candidate_may_say(change: dict[str, object], said: str) -> None:
    document = {"name": "theirs", "algorithm": "imported", "source": SOURCE}
    with pytest.raises(ValueError, match=said):
        Candidate.model_validate({**document, **change})


def test_a_candidate_is_written_with_its_source_and_others_without() -> None:
    source = ImportedSource.model_validate(SOURCE)
    written = Candidate(name="theirs", algorithm="imported", source=source).model_dump(mode="json")
    assert (written["source"]["sha256"], "search" in written) == ("0" * 64, False)
    assert "source" not in Candidate(name="ours", algorithm="xgboost").model_dump()
