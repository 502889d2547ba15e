"""Evaluating a whole run."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest

from penstock.errors import NotFound
from penstock.evaluation import evaluate_run
from penstock.evaluation.package import pack, unpack
from penstock.serving import Predictor
from penstock.specs import Gates
from penstock.training.artefact import BrokenModel


def evaluate(run, output, *, names=("baseline", "good", "weak"), champion=None, gates=None, recent="new"):
    model = run.use_case.model.model_copy(update={"gates": gates or run.use_case.model.gates})
    return evaluate_run(
        use_case=run.use_case.model_copy(update={"model": model}),
        prepared=run.prepared,
        candidates={name: run.archives[name] for name in names},
        champion=run.archives[champion] if champion else None,
        champion_version="4" if champion else None,
        recent_arrival_id=recent,
        output=output,
        package=output / "model.tar.gz",
    )


def check(evaluation, name):
    return next(check for check in evaluation.verdict.checks if check.check == name)


def read(folder, name):
    return json.loads((folder / f"{name}.json").read_text())


@pytest.fixture(scope="module")
def first(run, tmp_path_factory):
    folder = tmp_path_factory.mktemp("evaluation")
    return evaluate(run, folder, champion="weak"), folder


def test_the_best_candidate_is_chosen_and_passes(first):
    evaluation, _ = first
    assert evaluation.chosen == "good"
    assert evaluation.verdict.passed
    assert {c.check for c in evaluation.verdict.checks} == {
        "minimum_auc",
        "better_than_baseline",
        "not_worse_than_champion",
        "no_sudden_drop",
        "model_size",
        "latency",
        "leakage",
        "duplicates",
        "rows_of_each_answer",
        "columns_with_values",
        "seen_words",
        "rows_for_columns",
    }


def test_every_model_is_measured_on_test_and_recent_rows(first):
    models = read(first[1], "metrics")["models"]
    assert set(models) == {"baseline", "good", "weak", "champion"}
    for model in models.values():
        for rows in ("test", "recent"):
            auc = model[rows]["auc"]
            assert auc["low"] <= auc["value"] <= auc["high"]
    assert models["champion"]["test"] == models["weak"]["test"]


def test_the_evaluation_is_in_sagemakers_format(first):
    metrics = read(first[1], "evaluation")["binary_classification_metrics"]
    assert sum(sum(line.values()) for line in metrics["confusion_matrix"].values()) == 400
    for name in (
        "auc",
        "au_prc",
        "accuracy",
        "precision",
        "recall",
        "f0_5",
        "f1",
        "f2",
        "true_negative_rate",
        "accuracy_best_constant_classifier",
    ):
        assert set(metrics[name]) == {"value", "standard_deviation"}
    assert metrics["auc"]["value"] == pytest.approx(first[0].metrics["auc"])


def test_baselines_for_monitoring_cover_inputs_and_score(first):
    constraints = read(first[1], "constraints")
    assert [f["name"] for f in constraints["features"]] == ["x", "word", "prediction_score"]
    assert constraints["features"][1]["string_constraints"]["domains"] == ["a", "b", "c"]
    assert read(first[1], "statistics")["dataset"]["item_count"] == 900


def test_explanations_speak_of_the_original_columns(first):
    explanation = read(first[1], "explanation")
    assert list(explanation["global_shap"]) == ["x", "word"]
    assert len(explanation["rows"]) == 10
    assert read(first[1], "analysis")["explanations"]["kernel_shap"]["label0"][
        "global_shap_values"
    ].keys() == {"x", "word"}


def test_the_package_answers_the_samples_alike(first, tmp_path):
    samples = read(first[1], "samples")
    predictor = Predictor.load(unpack(first[1] / "model.tar.gz", tmp_path / "m"))
    answers = [{"score": p.score, "label": p.label} for p in predictor.predict(samples["instances"])]
    assert answers == samples["predictions"]
    assert len(answers) == 20


def test_a_worse_challenger_is_refused(run, tmp_path):
    evaluation = evaluate(run, tmp_path, names=("baseline", "weak"), champion="good")
    assert not evaluation.verdict.passed
    failed = check(evaluation, "not_worse_than_champion")
    assert not failed.passed
    assert "version 4" in failed.reason
    assert read(tmp_path, "verdict")["compared_with"] == "4"


@pytest.mark.parametrize(
    ("gates", "failed"),
    [
        (Gates(minimum={"auc": 0.999}), "minimum_auc"),
        (Gates(minimum={"log_loss": 0.01}), "minimum_log_loss"),
        (Gates(minimum={"beauty": 1.0}), "minimum_beauty"),
        (Gates(maximum_model_megabytes=1e-6), "model_size"),
        (Gates(maximum_latency_milliseconds=1e-9), "latency"),
    ],
)
def test_each_gate_can_refuse(run, tmp_path, gates, failed):
    evaluation = evaluate(run, tmp_path, gates=gates)
    assert [c.check for c in evaluation.verdict.checks if not c.passed] == [failed]


def test_too_few_new_rows_compare_on_all_test_rows(run, tmp_path):
    evaluation = evaluate(run, tmp_path, champion="weak", recent="unheard of")
    assert "400 test rows (too few are new)" in check(evaluation, "not_worse_than_champion").reason
    assert read(tmp_path, "metrics")["models"]["good"]["recent"] is None


def test_a_champion_whose_columns_are_gone_is_not_compared(run, tmp_path):
    from dataclasses import replace

    for name in ("train", "validation", "test"):
        table = pq.read_table(run.prepared / f"{name}.parquet")
        pq.write_table(table, tmp_path / f"{name}.parquet")
    other = tmp_path / "other"
    unpack(run.archives["good"], other)
    card, plan = read(other, "model"), read(other, "preparation")
    plan["columns"][0]["name"] = "gone"
    (other / "preparation.json").write_text(json.dumps(plan))
    from penstock.training.artefact import sha256

    card["files"]["preparation.json"] = sha256(other / "preparation.json")
    (other / "model.json").write_text(json.dumps(card))
    pack(other, tmp_path / "old.tar.gz")
    changed = replace(run, archives={**run.archives, "old": tmp_path / "old.tar.gz"})
    evaluation = evaluate(changed, tmp_path / "out", champion="old")
    assert "gone" in check(evaluation, "not_worse_than_champion").reason
    assert evaluation.verdict.compared_with is None


def test_a_missing_archive_is_named(run, tmp_path):
    from dataclasses import replace

    broken = replace(run, archives={**run.archives, "good": tmp_path / "nothing.tar.gz"})
    with pytest.raises(NotFound, match="nothing"):
        evaluate(broken, tmp_path)


def test_archives_are_deterministic_and_stay_in_their_folder(run, tmp_path):
    unpack(run.archives["good"], tmp_path / "a")
    pack(tmp_path / "a", tmp_path / "again.tar.gz")
    again = (tmp_path / "again.tar.gz").read_bytes()
    assert again == run.archives["good"].read_bytes()
    assert again[4:8] == bytes(4)  # gzip keeps no time
    import io
    import tarfile

    with tarfile.open(tmp_path / "evil.tar.gz", "w:gz") as tar:
        entry = tarfile.TarInfo("../evil")
        entry.size = 1
        tar.addfile(entry, io.BytesIO(b"x"))
    with pytest.raises(BrokenModel):
        unpack(tmp_path / "evil.tar.gz", tmp_path / "b")
