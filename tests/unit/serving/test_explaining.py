"""Answers with their reasons: asked for, or of a sample; ordinary answers stay as they were."""

from __future__ import annotations

import asyncio
import json

import pytest

from penstock.explanations.reasoner import Reasoner
from penstock.serving import Predictor, application
from penstock.serving.explaining import Explaining
from tests.unit.serving.test_app import MODEL, ROW, _call

JSON, CSV = "application/json", "text/csv"


@pytest.fixture
def call(model_folder):
    predictor = Predictor.load(model_folder)

    def send(document, content_type=JSON, **settings):
        reasoner = settings.pop("reasoner", None) or Reasoner(predictor, model_folder)
        explaining = Explaining(reasoner, **{"max_rows": 3, **settings})
        app = application(predictor, model=MODEL, max_batch_rows=5, explaining=explaining)
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return asyncio.run(_call(app, "POST", "/invocations", body, content_type))

    return send


def test_a_request_that_asks_gets_reasons_in_the_order_of_its_rows(call):
    other = {**ROW, "amount": 1.0}
    answer = call({"instances": [ROW, other], "explain": True})
    assert answer.status == 200
    plain = call({"instances": [ROW, other]})
    assert answer.json["predictions"] == plain.json["predictions"]
    first, second = answer.json["explanations"]
    assert first["shap"]["amount"] != second["shap"]["amount"]
    for told in (first, second):
        assert told["base_value"] + sum(told["shap"].values()) == pytest.approx(told["output"])
        assert set(told["shap"]) == set(ROW)
        assert len(told["reasons"]) == 3


def test_a_request_says_how_many_reasons_it_wants(call):
    (told,) = call({"instances": [ROW], "explain": {"top": 1, "method": "exact"}}).json["explanations"]
    assert (len(told["reasons"]), len(told["shap"])) == (1, 3)
    (usual,) = call({"instances": [ROW], "explain": True}, top=2).json["explanations"]
    assert len(usual["reasons"]) == 2


def test_who_does_not_ask_is_not_told_and_nothing_is_loaded(call, model_folder):
    reasoner = Reasoner(Predictor.load(model_folder), model_folder)
    for document in ({"instances": [ROW]}, {"instances": [ROW], "explain": False}):
        assert set(call(document, reasoner=reasoner).json) == {"predictions", "model"}
    assert "_explainer" not in vars(reasoner)


def test_a_share_of_requests_is_explained_unasked(call):
    answers = [call({"instances": [{**ROW, "amount": float(n)}]}, share=0.3).json for n in range(60)]
    told = ["explanations" in one for one in answers]
    assert 6 <= sum(told) <= 30
    again = [call({"instances": [{**ROW, "amount": float(n)}]}, share=0.3).json for n in range(60)]
    assert told == ["explanations" in one for one in again]


def test_a_sampled_request_is_answered_also_where_it_cannot_be_explained(call, monkeypatch):
    monkeypatch.setattr(Reasoner, "explain", lambda *_, **__: 1 / 0)
    answer = call({"instances": [ROW]}, share=1.0)
    assert (answer.status, "explanations" in answer.json) == (200, False)
    assert set(call({"instances": [ROW] * 4}, share=1.0).json) == {"predictions", "model"}


def test_csv_is_answered_as_ever_also_where_all_are_sampled(call):
    answer = call(b"2.5,DE,true\n", CSV, share=1.0)
    assert float(answer.text) == call({"instances": [ROW]}).json["predictions"][0]["score"]


@pytest.mark.parametrize(
    ("document", "content_type", "named"),
    [
        ({"instances": [ROW], "explain": "yes"}, JSON, "'explain' is wrong"),
        ({"instances": [ROW], "explain": {"method": "magic"}}, JSON, "'permutation'"),
        ({"instances": [ROW], "explain": {"method": "kernel"}}, JSON, "background"),
        ({"instances": [ROW], "explain": {"counterfactual": True}}, JSON, "rows of training"),
        ({"instances": [ROW] * 4, "explain": True}, JSON, "at most 3"),
        (b"2.5,DE,true\n", "text/csv; explain=true", "no room for explanations"),
        ({"instances": [ROW], "explain": True}, CSV, "says that it is CSV"),
    ],
)
def test_what_cannot_be_explained_is_refused_with_the_reason(call, document, content_type, named):
    answer = call(document, content_type)
    assert answer.status == 400
    assert named in answer.json["message"]


def test_a_row_that_cannot_be_predicted_is_refused_as_ever(call):
    answer = call({"instances": [{**ROW, "amount": "much"}], "explain": True})
    assert (answer.status, answer.json["error"]) == (400, "InvalidInstances")


def test_the_container_is_set_by_its_environment(model_folder):
    reasoner = Reasoner(Predictor.load(model_folder))
    assert Explaining.of(reasoner, {}) == Explaining(reasoner, share=0.0, top=5, max_rows=100)
    told = {"PENSTOCK_EXPLAIN_SHARE": "0.25", "PENSTOCK_EXPLAIN_TOP": "3", "PENSTOCK_EXPLAIN_ROWS": "7"}
    assert Explaining.of(reasoner, told) == Explaining(reasoner, share=0.25, top=3, max_rows=7)


def test_rows_of_training_in_the_package_explain_any_way_and_find_the_smallest_change(call, model_folder):
    import pyarrow as pa

    from penstock.explainability import write_background

    rows = {
        "amount": [1.0, 2.0, 3.0, 9.0],
        "land": ["DE", "FR", "DE", None],
        "ok": [True, False, True, False],
    }
    write_background(model_folder, pa.table(rows), ["amount", "land", "ok"])
    asked = {"method": "permutation", "counterfactual": True}
    answer = call({"instances": [ROW], "explain": asked}, max_rows=10)
    assert answer.status == 200, answer.text
    (told,) = answer.json["explanations"]
    assert told["base_value"] + sum(told["shap"].values()) == pytest.approx(told["output"])
    assert told["counterfactual"]["label"] != answer.json["predictions"][0]["label"]
    refused = call({"instances": [ROW] * 2, "explain": asked}, max_rows=10)
    assert (refused.status, "at most 1 with counterfactuals" in refused.json["message"]) == (400, True)
