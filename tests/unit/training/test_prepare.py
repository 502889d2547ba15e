"""Preparing a run's data."""

from __future__ import annotations

import json

import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from penstock.errors import InvalidSpec, TrainingRefused
from penstock.training import Preparation, prepare


def run(use_case, data, output, **options):
    return prepare(
        use_case=use_case, data=data, features=data / "none", output=output, recent_arrival_id="a2", **options
    )


def parts(folder):
    return {name: pq.read_table(folder / f"{name}.parquet") for name in ("train", "validation", "test")}


def test_every_row_with_a_target_is_in_one_part(curated, make_use_case, make_rows, tmp_path):
    columns = make_rows()
    columns["late"][:10] = [None] * 10
    prepared = run(make_use_case(), curated(columns), tmp_path / "out")
    assert sum(prepared.rows.values()) == 1_190
    assert prepared.dropped_without_target == 10
    assert (
        json.loads((tmp_path / "out" / "recent.json").read_text())["recent_test_rows"]
        == prepared.recent_test_rows
    )


def test_parts_hold_raw_inputs_label_and_arrival(curated, make_use_case, tmp_path):
    run(make_use_case(), curated(), tmp_path / "out")
    table = parts(tmp_path / "out")["test"]
    assert table.column_names == ["land", "amount", "lines", "disputed", "label", "arrival"]
    assert set(table["arrival"].to_pylist()) == {"a1", "a2"}


def test_a_row_stays_on_its_side_when_data_grow(curated, make_use_case, make_rows, tmp_path):
    columns = make_rows()
    columns["amount"] = [float(n) for n in range(len(columns["id"]))]  # makes rows recognisable
    few = {name: values[:600] for name, values in columns.items()}
    run(make_use_case(), curated(few), tmp_path / "few")
    run(make_use_case(), curated(columns), tmp_path / "all")
    before, after = parts(tmp_path / "few"), parts(tmp_path / "all")
    for name in before:
        assert set(before[name]["amount"].to_pylist()) <= set(after[name]["amount"].to_pylist())


def test_a_split_by_time_tests_on_the_newest(curated, make_use_case, make_rows, tmp_path):
    columns = make_rows()
    columns["amount"] = [float(n) for n in range(len(columns["id"]))]
    spec = make_use_case(split={"method": "time", "column": "day"})
    run(spec, curated(columns), tmp_path / "out")
    amounts = {name: table["amount"].to_pylist() for name, table in parts(tmp_path / "out").items()}
    assert (
        max(amounts["train"]) < min(amounts["validation"]) < max(amounts["validation"]) < min(amounts["test"])
    )


def test_the_preparation_learns_from_training_rows_alone(curated, make_use_case, make_rows, tmp_path):
    folder, columns = tmp_path / "out", make_rows()
    run(make_use_case(), curated(columns), folder)
    known = parts(folder)["train"]["amount"].drop_null().to_numpy()
    preparation = Preparation.read(folder / "preparation.json")
    amount = preparation.columns[1]
    assert (amount.mean, amount.nulls) == (known.mean(), True)


def test_the_first_days_are_history_alone(curated, make_use_case, make_rows, tmp_path):
    columns = make_rows()
    columns["amount"] = [float(n) for n in range(len(columns["id"]))]  # 40 rows a day
    spec = make_use_case(timestamp="day", split={"column": "id", "warm_up_days": 10})
    prepared = run(spec, curated(columns), tmp_path / "out")
    amounts = [one for table in parts(tmp_path / "out").values() for one in table["amount"].to_pylist()]
    assert (min(amounts), len(amounts), prepared.left_out_as_history) == (400.0, 800, 400)
    assert "warm_up_days" not in make_use_case().model.split.model_dump()


def test_days_that_leave_nothing_are_named(curated, make_use_case, tmp_path):
    spec = make_use_case(timestamp="day", split={"column": "id", "warm_up_days": 900})
    with pytest.raises(TrainingRefused, match="warm_up_days leaves the first 900 days out"):
        run(spec, curated(), tmp_path / "out")
    with pytest.raises(ValidationError, match="needs 'timestamp'"):
        make_use_case(split={"column": "id", "warm_up_days": 10})


def test_an_infinite_number_is_refused_in_any_part(curated, make_use_case, make_rows, tmp_path):
    columns = make_rows()
    columns["amount"][1:3] = [float("inf"), float("-inf")]
    with pytest.raises(TrainingRefused, match=r"amount \(2 rows\)"):
        run(make_use_case(), curated(columns), tmp_path / "out")


def test_train_rows_thins_training_only_and_repeatably(curated, make_use_case, tmp_path):
    data = curated()
    full = run(make_use_case(), data, tmp_path / "full")
    once = run(make_use_case(), data, tmp_path / "once", train_rows=100)
    run(make_use_case(), data, tmp_path / "twice", train_rows=100)
    assert once.rows == {**full.rows, "train": 100}
    assert once.left_out_by_train_rows == full.rows["train"] - 100
    assert parts(tmp_path / "once")["train"] == parts(tmp_path / "twice")["train"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda c: c.update(late=[-1] * len(c["id"])), "one class"),
        (lambda c: c.update(late=[None] * len(c["id"])), "No row has a target"),
        (
            lambda c: c.update(
                land=["DE"] * 1200, amount=[1.0] * 1200, lines=[1] * 1200, disputed=[True] * 1200
            ),
            "constant",
        ),
    ],
)
def test_data_that_cannot_be_learnt_from_are_refused(  # noqa: PLR0917 (pytest passes them by name)
    curated, make_use_case, make_rows, tmp_path, change, named
):
    columns = make_rows()
    change(columns)
    with pytest.raises(TrainingRefused, match=named):
        run(make_use_case(), curated(columns), tmp_path / "out")


def test_a_target_that_is_no_question_is_refused_with_its_values(curated, make_use_case, tmp_path):
    spec = make_use_case(target={"column": "lines"}, features=["amount"])
    with pytest.raises(TrainingRefused, match="no yes/no question") as caught:
        run(spec, curated(), tmp_path / "out")
    assert "2" in caught.value.found


def test_a_date_as_a_feature_is_refused(curated, make_use_case, tmp_path):
    with pytest.raises(InvalidSpec, match="day"):
        run(make_use_case(features=["day"]), curated(), tmp_path / "out")


def test_no_files_are_refused(make_use_case, tmp_path):
    (tmp_path / "data").mkdir()
    with pytest.raises(TrainingRefused, match="no curated files"):
        run(make_use_case(), tmp_path / "data", tmp_path / "out")


def test_features_of_views_join_as_they_were_known(curated, make_use_case, make_rows, tmp_path):
    from penstock.features import materialise
    from penstock.specs import UseCase

    document = make_use_case(timestamp="day").model_dump(mode="json")
    document["features"] = [
        {
            "name": "history",
            "entity": {"name": "land", "key": "land"},
            "dataset": "rows",
            "timestamp": "day",
            "features": [{"name": "seen", "aggregate": "count"}],
        }
    ]
    document["model"]["views"] = ["history"]
    spec, data = UseCase.model_validate(document), curated()
    view = tmp_path / "features" / "history"
    view.mkdir(parents=True)
    materialise(spec.features[0], sorted(data.rglob("*.parquet")), view / "part-00000.parquet")
    prepare(
        use_case=spec,
        data=data,
        features=tmp_path / "features",
        output=tmp_path / "out",
        recent_arrival_id="a2",
    )
    table = parts(tmp_path / "out")["train"]
    assert "seen" in table.column_names
    assert table["seen"].null_count > 0  # nothing was known on the first day
