"""Many predictions explained: which, with what, and what is kept of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from penstock.errors import NotFound, SchemaMismatch
from penstock.explanations.asking import Ask
from penstock.explanations.batch import Batch, BatchSummary
from penstock.explanations.reasoner import Reasoner
from penstock.explanations.records import StoredExplanation, read_file
from penstock.explanations.tables import read_rows
from penstock.explanations.work import Work
from tests.unit.explanations.conftest import ROW

Put = Callable[..., Path]
OTHER = {"amount": 1.0, "land": None, "ok": False}


class Made:
    """A batch that has run."""

    def __init__(self, summary: BatchSummary, folder: Path) -> None:
        self.summary, self.folder = summary, folder

    @property
    def files(self) -> list[str]:
        return sorted(str(path.relative_to(self.folder)) for path in self.folder.rglob("*.parquet"))

    @property
    def rows(self) -> list[StoredExplanation]:
        return [one for file in self.files for one in read_file(self.folder / file)]


@pytest.fixture
def run(reasoner: Reasoner, tmp_path: Path) -> Callable[..., Made]:
    def explain(folder: Path, *, masked: frozenset[str] = frozenset(), **work: Any) -> Made:
        batch = Batch(Work(**{"version": 3, "name": "n", **work}), reasoner, masked)
        return Made(batch.captured(folder, tmp_path / "out"), tmp_path / "out")

    return explain


def test_captured_rows_are_stored_by_version_and_day_with_what_was_answered(
    run: Callable[..., Made], capture: Put, reasoner: Reasoner
) -> None:
    capture("a", [ROW, OTHER])
    made = run(capture("b", [ROW], at="2026-03-02T10:00:00Z"))
    assert made.files == ["version=3/date=2026-03-01/n.parquet", "version=3/date=2026-03-02/n.parquet"]
    first, second, third = made.rows
    assert [(one.inference_id, one.row) for one in made.rows] == [("a", 0), ("a", 1), ("b", 0)]
    predicted = reasoner.predictor.predict([ROW, OTHER])
    assert [first.score, second.score] == [one.score for one in predicted]
    assert (first.label, first.time) == (str(predicted[0].label), "2026-03-01T10:00:00.000Z")
    assert first.base_value + sum(first.shap.values()) == pytest.approx(first.output)
    assert (first.values, first.shap) == (ROW, third.shap)
    assert first.reasons
    assert (made.summary.rows, made.summary.explained) == (3, 3)


def test_the_same_again_writes_the_same(run: Callable[..., Made], capture: Put) -> None:
    folder = capture("a", [ROW, OTHER])
    made = run(folder)
    before = {file: (made.folder / file).read_bytes() for file in made.files}
    again = run(folder)
    assert before == {file: (again.folder / file).read_bytes() for file in again.files}


def test_personal_values_are_masked_and_no_reason_tells_them(run: Callable[..., Made], capture: Put) -> None:
    made = run(capture("a", [ROW, OTHER]), masked=frozenset({"land", "amount"}))
    first, second = made.rows
    assert first.values == {"amount": "***", "land": "***", "ok": True}
    assert second.values["land"] is None
    assert not any("DE" in reason or "2.5" in reason for reason in first.reasons)
    assert set(first.shap) == set(ROW)


def test_what_the_endpoint_has_told_is_stored_as_told(run: Callable[..., Made], capture: Put) -> None:
    told = {"method": "as told", "base_value": 1.0, "output": 3.0, "shap": {"amount": 2.0}, "reasons": ["so"]}
    made = run(capture("a", [ROW], explanations=[told]), share=0.0)
    assert (made.rows[0].method, made.rows[0].shap, made.rows[0].reasons) == (
        "as told",
        {"amount": 2.0},
        ("so",),
    )
    assert (made.summary.explained, made.summary.answered) == (1, 1)
    masked = run(capture("b", [ROW], explanations=[told]), share=0.0, masked=frozenset({"land"}))
    assert masked.rows[0].shap == {"amount": 2.0}
    assert "so" not in masked.rows[0].reasons


def test_what_the_endpoint_did_not_tell_is_found_anew_where_it_is_asked_for(
    run: Callable[..., Made], capture: Put
) -> None:
    told = {"method": "as told", "base_value": 1.0, "output": 3.0, "shap": {"amount": 2.0}, "reasons": ["so"]}
    made = run(capture("a", [ROW], explanations=[told]), share=0.0, ask=Ask(method="exact"))
    assert (made.summary.explained, made.summary.answered) == (1, 0)
    assert set(made.rows[0].shap) == set(ROW)


def test_a_sample_takes_a_share_and_the_same_one_again(run: Callable[..., Made], capture: Put) -> None:
    for number in range(60):
        folder = capture(f"r{number}", [ROW, OTHER])
    some = run(folder, share=0.25)
    assert 15 <= some.summary.explained <= 45
    assert some.summary.rows == 120
    assert {one.identity for one in some.rows} == {one.identity for one in run(folder, share=0.25).rows}
    assert {one.identity for one in some.rows} != {
        one.identity for one in run(folder, share=0.25, seed=8).rows
    }


@pytest.mark.parametrize(("minimum_rows", "drifted"), [(2, True), (3, False)])
def test_another_order_of_columns_than_in_training_is_drift(
    run: Callable[..., Made], capture: Put, minimum_rows: int, drifted: bool
) -> None:
    folder = capture("a", [ROW, OTHER])
    live = run(folder).summary.global_shap
    last = list(live)[-1]
    training = {name: 1.0 if name == last else 0.01 for name in live}
    found = run(folder, training=training, minimum_rows=minimum_rows).summary
    assert found.ndcg is not None and found.ndcg < 0.9
    assert found.drifted is drifted
    alike = run(folder, training=live, minimum_rows=2).summary
    assert (alike.ndcg, alike.drifted) == (1.0, False)


def test_single_requests_are_taken_by_either_id_whatever_the_share(
    run: Callable[..., Made], capture: Put
) -> None:
    capture("a", [ROW])
    folder = capture("b", [ROW])
    made = run(folder, inference_ids=("event-b", "zzz"), share=0.0)
    assert [one.inference_id for one in made.rows] == ["b"]
    assert made.summary.not_found == ("zzz",)


def test_no_request_of_an_id_is_an_error_that_says_where_was_looked(
    run: Callable[..., Made], capture: Put
) -> None:
    with pytest.raises(NotFound) as refused:
        run(capture("a", [ROW]), inference_ids=("zzz",))
    assert (refused.value.expected, refused.value.found) == ("zzz", "none of them among 1 captured requests")


def test_other_times_and_other_versions_are_left_alone(run: Callable[..., Made], capture: Put) -> None:
    capture("early", [ROW], at="2026-02-28T10:00:00Z")
    capture("other", [ROW], model={"version": "2"})
    made = run(capture("a", [ROW]), window_start="2026-03-01T00:00:00Z", window_end="2026-03-02T00:00:00Z")
    assert [one.inference_id for one in made.rows] == ["a"]
    assert (made.summary.lines_outside_window, made.summary.other_versions) == (1, 1)


def test_an_answer_that_this_model_did_not_give_is_not_explained(
    run: Callable[..., Made], capture: Put
) -> None:
    made = run(capture("a", [ROW], model={}, predictions=[{"score": 0.123, "label": 0}]))
    assert (made.summary.explained, made.summary.mismatched) == (0, 1)
    assert made.files == []


def test_features_that_the_container_added_are_part_of_the_row(
    run: Callable[..., Made], capture: Put
) -> None:
    sent = [{"ok": True, "who": "C1"}]
    made = run(capture("a", [ROW], sent=sent, features=[{"values": {"amount": 2.5, "land": "DE"}}]))
    assert made.rows[0].values == ROW


def test_csv_is_read_as_the_container_reads_it(run: Callable[..., Made], capture: Put) -> None:
    made = run(capture("a", [ROW, OTHER], csv=True))
    assert [one.values for one in made.rows] == [ROW, OTHER]


@pytest.mark.parametrize("line", ["{", "[]", '{"eventMetadata": {}}', json.dumps({"captureData": {}})])
def test_a_line_that_cannot_be_read_is_counted(run: Callable[..., Made], capture: Put, line: str) -> None:
    folder = capture("a", [ROW])
    with (folder / "a.jsonl").open("a") as file:
        file.write(f"{line}\n")
    made = run(folder)
    assert (made.summary.explained, made.summary.corrupt) == (1, 1)
    assert made.summary.corrupt_examples[0].startswith("a.jsonl:2: ")


def test_no_traffic_writes_nothing(run: Callable[..., Made], tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    made = run(tmp_path / "none")
    assert (made.summary.explained, made.files, made.summary.global_shap) == (0, [], {})


def rows_of(folder: Path, reasoner: Reasoner, tmp_path: Path) -> Made:
    work = Work(
        version=3, source="rows", name="n", at="2026-01-02T00:00:00Z", origin="s3://lake/rows", ask=Ask(top=1)
    )
    batch = Batch(work, reasoner, frozenset())
    rows = read_rows(folder, reasoner.predictor.card.columns)
    return Made(batch.rows(rows, tmp_path / "out"), tmp_path / "out")


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_rows_of_files_are_explained_under_their_address(
    kind: str, reasoner: Reasoner, tmp_path: Path
) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    folder = tmp_path / "rows"
    folder.mkdir()
    if kind == "csv":
        (folder / "a.csv").write_text("id,ok,land,amount\n1,true,DE,2.5\n2,false,,1\n")
    else:
        table = {"id": [1, 2], "ok": [True, False], "land": ["DE", None], "amount": [2.5, 1.0]}
        pq.write_table(pa.table(table), folder / "a.parquet")
    made = rows_of(folder, reasoner, tmp_path)
    assert [one.values for one in made.rows] == [ROW, OTHER]
    assert {one.inference_id for one in made.rows} == {f"s3://lake/rows/a.{kind}"}
    assert [(one.row, len(one.reasons)) for one in made.rows] == [(0, 1), (1, 1)]
    assert made.files == ["version=3/date=2026-01-02/n.parquet"]
    assert [one.label for one in made.rows] == [
        str(one.label) for one in reasoner.predictor.predict([ROW, OTHER])
    ]


def test_rows_without_the_models_columns_are_refused_by_name(reasoner: Reasoner, tmp_path: Path) -> None:
    folder = tmp_path / "rows"
    folder.mkdir()
    (folder / "a.csv").write_text("id,ok\n1,true\n")
    with pytest.raises(SchemaMismatch) as refused:
        rows_of(folder, reasoner, tmp_path)
    assert refused.value.found == "missing: amount, land"


def test_no_rows_at_all_are_an_error(reasoner: Reasoner, tmp_path: Path) -> None:
    (tmp_path / "rows").mkdir()
    with pytest.raises(NotFound):
        rows_of(tmp_path / "rows", reasoner, tmp_path)


def test_columns_and_features_that_a_contract_calls_personal_are_masked() -> None:
    from penstock.explanations.masking import masked_columns
    from penstock.specs import UseCase
    from tests.unit.steps.conftest import use_case_document

    document = use_case_document()
    columns = document["datasets"][0]["columns"]
    assert masked_columns(UseCase.model_validate(document)) == frozenset()
    columns[2]["sensitivity"] = "personal"
    assert masked_columns(UseCase.model_validate(document)) == {"amount", "mean_amount"}
    document["features"][0]["features"][0]["sensitivity"] = "none"
    assert masked_columns(UseCase.model_validate(document)) == {"amount"}
