"""Earlier versions are measured on the newest rows, if they still are what was registered."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from penstock.errors import ChangedModel
from penstock.evaluation.ageing import EarlierVersion, with_earlier
from penstock.evaluation.evaluate import evaluate_run
from penstock.evaluation.history import AgedQuality, History
from penstock.models.signing import sign_archive

AT = datetime(2026, 3, 1, tzinfo=UTC)


def measured(run, *, changed=(), serves="1", archives=None, arrival="new", history=None):
    names = {"1": "weak", "2": "good"}
    earlier = [
        EarlierVersion(
            version=version,
            trained_at=AT - timedelta(days=40 * (3 - int(version))),
            serves=version == serves,
            sha256="0" * 64 if version in changed else sign_archive(run.archives[name]).sha256,
        )
        for version, name in names.items()
    ]  # fmt: skip
    places = {version: run.archives[name] for version, name in names.items()} | (archives or {})
    return with_earlier(
        history or History(at=AT), earlier, archives=places, use_case=run.use_case, prepared=run.prepared,
        recent_arrival_id=arrival,
    )  # fmt: skip


def test_earlier_versions_are_measured_on_the_newest_arrival(run):
    before = AgedQuality(version="1", age_days=3, metric=0.7)
    kept, weak, good = measured(run, history=History(at=AT, ages=(before,))).ages
    assert kept == before
    assert (weak.version, weak.age_days, good.version, good.age_days) == ("1", 80.0, "2", 40.0)
    assert good.metric > weak.metric + 0.05
    assert weak.rows == good.rows == 134
    assert weak.at == AT


def test_too_few_new_rows_are_no_measurement(run):
    assert measured(run, arrival="nothing").ages == ()


def test_a_changed_package_is_never_loaded(run, capsys):
    assert [one.version for one in measured(run, changed=("2",)).ages] == ["1"]
    assert "version 2 is not measured again: The model's package is not the one" in capsys.readouterr().out
    with pytest.raises(ChangedModel):
        measured(run, changed=("1",))


def test_a_broken_archive_or_one_for_other_columns_is_left_out(run, tmp_path, capsys):
    broken = tmp_path / "model.tar.gz"
    broken.write_bytes(b"nothing")
    assert [one.version for one in measured(run, archives={"2": broken}).ages] == ["1"]
    assert "version 2 is not measured again" in capsys.readouterr().out


def test_the_curve_is_written_beside_what_the_new_model_reaches(run, tmp_path):
    evaluate_run(
        use_case=run.use_case, prepared=run.prepared, candidates=run.archives, champion=None,
        champion_version=None, recent_arrival_id="new", output=tmp_path, package=tmp_path / "m.tar.gz",
        history=as_a_job_reads_it(measured(run)),
    )  # fmt: skip
    found = json.loads((tmp_path / "staleness.json").read_text())
    weak = {one["version"]: one for one in found["measurements"]}["1"]
    assert found["newest"] > weak["metric"]
    assert [(one["from_days"], one["measurements"]) for one in found["points"]] == [(30.0, 1), (60.0, 1)]


def as_a_job_reads_it(history):
    """Return a history by way of JSON."""
    return History.model_validate_json(history.model_dump_json())


def test_a_clustering_has_no_answers_to_age_by(run):
    model = run.use_case.model.model_copy(update={"problem": "clustering"})
    clustering = replace(run, use_case=run.use_case.model_copy(update={"model": model}))
    assert measured(clustering).ages == ()
