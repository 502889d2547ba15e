"""PMML is answered as by JPMML (jpmml-evaluator 0.16.0), whose answers are recorded beside."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from penstock.training.imported import ModelRefused
from penstock.training.imported.pmml import Pmml

from .pmml_documents import DOCUMENTS, ensemble, regression, tree

if TYPE_CHECKING:
    from penstock.specs.model import Problem

    from .conftest import World

RECORDED = Path(__file__).parent / "recorded"
ANSWERS: dict[str, Any] = json.loads((RECORDED / "answers.json").read_text())
ROWS = list(itertools.product([None, 3.0, 9.0, 11.5, 20.0], [None, 2.0, 4.0, 8.0], [None, "DE", "IT", "XX"]))
AMOUNT, LINES, LAND = zip(*ROWS, strict=True)
FRAME = {
    "amount": np.array(AMOUNT, dtype=np.float64),
    "lines": np.array(LINES, dtype=np.float64),
    "land": np.array(LAND, dtype=object),
}


def problem_of(name: str) -> Problem:
    if name == "exported_boosting":
        return "multiclass"
    return (
        "binary"
        if name.startswith(("tree", "binomial", "multinomial"))
        or name in ("exported_logistic", "exported_forest")
        else "regression"
    )


@pytest.mark.parametrize("name", sorted(ANSWERS))
def test_answers_are_those_of_jpmml(name: str, tmp_path: Path) -> None:
    path = RECORDED / f"{name}.pmml"
    if name in DOCUMENTS:
        path = tmp_path / "model.pmml"
        path.write_text(DOCUMENTS[name])
    model = Pmml(path, problem=problem_of(name))
    found = model.answers(FRAME, model.told.columns).reshape(len(ROWS), -1)
    np.testing.assert_allclose(found, np.array(ANSWERS[name], dtype=np.float64), atol=1e-9)


def test_a_document_is_brought_in(world: World) -> None:
    ours = world.bring(world.copy(RECORDED / "exported_logistic.pmml"), positive="yes")
    assert ours.model.facts.made_with["SkLearn2PMML package"].startswith("0.")
    [one] = ours.predict([{"amount": 9.0, "lines": 2, "disputed": False, "land": "DE"}])
    place = ROWS.index((9.0, 2.0, "DE"))
    assert one.score == pytest.approx(ANSWERS["exported_logistic"][place][1])


@pytest.mark.parametrize(
    ("document", "said"),
    [
        (regression().replace("RegressionModel", "NeuralNetwork"), "NeuralNetwork in PMML"),
        (regression().replace('"isMissing"', '"uppercase"'), "function 'uppercase'"),
        (
            regression().replace("<RegressionTable ", "<Surprise/><RegressionTable "),
            "Surprise in RegressionModel",
        ),
        (
            regression().replace('intercept="1.5"', 'intercept="1.5" hidden="yes"'),
            "hidden of RegressionTable",
        ),
        (tree("aggregateNodes", "returnLastPrediction"), "missingValueStrategy='aggregateNodes'"),
        (ensemble("max", "continue"), "multipleModelMethod='max'"),
        (
            regression().replace("?>", '?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'),
            "document type",
        ),
        (regression()[:-40], "no whole PMML"),
        (tree("none", "returnLastPrediction"), "does not answer a regression problem"),
    ],
)
def test_what_would_be_answered_wrongly_is_refused(document: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "model.pmml").write_text(document)
    problem: Problem = "binary" if said.startswith("missingValueStrategy") else "regression"
    with pytest.raises(ModelRefused, match=said):
        Pmml(tmp_path / "model.pmml", problem=problem)
