"""The part of the report that says why."""

from __future__ import annotations

import re

import pytest

from penstock.reports import Facts, render
from penstock.reports.facts import VersionFact
from penstock.reports.reasons import reasons_of

NUMBER = {"column": "amount", "kind": "number", "values": [1, 5, 40]}
WORD = {"column": "land", "kind": "word", "values": ["DE", "<b>", None, True]}
ROW = {
    "row": 4, "score": 0.7, "label": None, "values": {"amount": 5.0, "land": "***"},
    "shap": {"amount": 0.9, "land": -0.2}, "effects": {"amount": 0.5, "land": -0.1}, "base_score": 0.3,
    "score_unit": "probability", "reasons": ["amount is 5 & <high>"],
}  # fmt: skip
CURVES = [
    {"axes": [NUMBER], "outputs": [], "mean": [[0.1, 0.4, 0.9]], "curves": [[0.0, 0.5, 1.0]]},
    {"axes": [WORD], "outputs": [], "mean": [[0.1, 0.4, 0.9, 0.2]], "curves": []},
]


def version(**given) -> VersionFact:
    told = {
        "version": 3, "stage": "champion", "candidate": "trees", "run_id": "r", "requested_by": "a",
        "created_at": "2026-01-01T00:00:00.000Z", "shap": {"amount": 0.9, "land": 0.2}, "rows": (ROW,),
        "explanation": {
            "interactions": [{"columns": ["amount", "land"], "strength": 0.4}],
            "counterfactuals": [{"row": 4, "sentence": "With amount 2 the answer would be 0."}],
        },
        "dependence": {"curves": CURVES, "withheld": ["age"]},
    }  # fmt: skip
    return VersionFact(**{**told, **given})


def page(told: VersionFact) -> str:
    return render(
        Facts(
            use_case="u",
            title="t",
            owner="o",
            environment="dev",
            metric="auc",
            generated_at="2026-01-01T00:00:00.000Z",
            versions=(told,),
        )
    )


@pytest.mark.parametrize(
    "heading",
    ["What version 3 looks at", "How the score moves with each column", "One row, step by step",
     "Ten rows explained"],
)  # fmt: skip
def test_every_side_of_an_explanation_has_its_section(heading):
    assert f"<h2>{heading}</h2>" in page(version())


def test_texts_are_escaped_and_what_is_withheld_is_named():
    found = page(version())
    assert "amount is 5 &amp; &lt;high&gt;" in found
    assert "<b>&lt;b&gt;" not in found
    assert "&lt;b&gt;" in found
    assert "because sensitive: age" in found
    assert "With amount 2 the answer would be 0." in found


def test_columns_that_act_together_are_drawn():
    assert "amount · land" in page(version())


def test_a_waterfall_leads_from_the_average_to_the_row():
    drawn = str(reasons_of(version())["one"]["picture"])
    assert ">0.3<" in drawn
    assert ">0.7<" in drawn
    assert "+0.5" in drawn
    assert drawn.count("<rect") == 2


def test_curves_stay_within_their_picture():
    for drawn in map(str, reasons_of(version())["curves"]):
        height = float(re.search(r'viewBox="0 0 \S+ (\S+)"', drawn).group(1))
        points = [pair for line in re.findall(r'points="([^"]+)"', drawn) for pair in line.split()]
        assert all(0 <= float(pair.split(",")[1]) <= height for pair in points)


def test_curves_of_several_classes_have_a_colour_each_and_no_single_rows():
    both = {**CURVES[0], "outputs": ["x", "y"], "mean": [[0.1, 0.4, 0.9], [0.9, 0.6, 0.1]]}
    found = page(version(dependence={"curves": [both], "withheld": []}))
    assert '<span class="key s2">y</span>' in found
    assert 'class="faint"' not in found


def test_a_version_of_before_shows_what_it_has():
    row = {name: ROW[name] for name in ("values", "shap", "score")}
    found = page(version(rows=(row,), explanation={}, dependence={}))
    assert "<h2>Ten rows explained</h2>" in found
    assert "One row, step by step" not in found
    assert "How the score moves" not in found


def test_no_version_has_no_explanation():
    assert reasons_of(None)["rows"] == []


def test_a_large_page_stays_small():
    names = [f"column_{n}" for n in range(200)]
    wide = {**ROW, **{key: dict.fromkeys(names, 0.1) for key in ("values", "shap", "effects")}}
    many = [{**CURVES[0], "axes": [{**NUMBER, "values": list(range(20))}], "mean": [[0.5] * 20],
             "curves": [[0.4] * 20] * 10}] * 12  # fmt: skip
    told = version(
        rows=(wide,) * 10, shap=dict.fromkeys(names, 0.2), dependence={"curves": many, "withheld": []}
    )
    assert len(page(told)) < 300_000
