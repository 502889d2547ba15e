"""Training a candidate and sealing its folder."""

from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.errors import TrainingRefused
from penstock.specs import Candidate
from penstock.training import prepare, read_card, train_candidate
from penstock.training.artefact import BrokenModel

XGBOOST = Candidate(name="trees", algorithm="xgboost", hyperparameters={"n_estimators": 10})


@pytest.fixture
def prepared(curated, make_use_case, tmp_path):
    prepare(
        use_case=make_use_case(),
        data=curated(),
        features=tmp_path,
        output=tmp_path / "prepared",
        recent_arrival_id="a2",
    )
    return tmp_path / "prepared"


def train(prepared, output, candidate=XGBOOST):
    return train_candidate(
        train=prepared / "train.parquet",
        validation=prepared / "validation.parquet",
        preparation=prepared / "preparation.json",
        candidate=candidate,
        seed=7,
        output=output,
    )


def test_the_same_inputs_give_the_same_folder_byte_for_byte(prepared, tmp_path):
    for name in "ab":
        train(prepared, tmp_path / name)
    contents = [{path.name: path.read_bytes() for path in (tmp_path / name).iterdir()} for name in "ab"]
    assert contents[0] == contents[1]
    assert set(contents[0]) == {"model.json", "model.ubj", "preparation.json"}


def test_the_card_names_columns_libraries_and_hashes(prepared, tmp_path):
    trained = train(prepared, tmp_path / "m")
    card = read_card(tmp_path / "m")
    assert [column.name for column in card.columns] == ["land", "amount", "lines", "disputed"]
    assert card.files == trained.files
    assert any(name.startswith("xgboost") for name in card.libraries)
    assert trained.metrics["auc"] > 0.7


@pytest.mark.parametrize("file", ["model.ubj", "preparation.json"])
def test_a_changed_file_is_noticed(prepared, tmp_path, file):
    train(prepared, tmp_path / "m")
    path = tmp_path / "m" / file
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(BrokenModel, match="changed after training"):
        read_card(tmp_path / "m")


def test_another_format_or_an_address_outside_is_refused(prepared, tmp_path):
    train(prepared, tmp_path / "m")
    path = tmp_path / "m" / "model.json"
    card = json.loads(path.read_text())
    path.write_text(json.dumps({**card, "format": "penstock-model/9"}))
    with pytest.raises(BrokenModel, match="another format"):
        read_card(tmp_path / "m")
    path.write_text(json.dumps({**card, "files": {"../outside": "0"}}))
    with pytest.raises(BrokenModel, match="missing"):
        read_card(tmp_path / "m")


def test_one_class_is_refused(prepared, tmp_path):
    table = pq.read_table(prepared / "train.parquet")
    same = table.set_column(table.column_names.index("label"), "label", pa.array([True] * table.num_rows))
    pq.write_table(same, prepared / "train.parquet")
    with pytest.raises(TrainingRefused, match="one class"):
        train(prepared, tmp_path / "m")
