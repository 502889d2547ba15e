"""What is refused, and how it is said."""

from __future__ import annotations

import os
import pickle
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import joblib
import lightgbm
import numpy as np
import onnx
import pyarrow as pa
import pytest
import sklearn
import skops.io
import xgboost
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.preprocessing import FunctionTransformer

from penstock.errors import NotFound
from penstock.specs import Candidate
from penstock.specs.importing import MAXIMUM_BYTES
from penstock.training.algorithms import Answers
from penstock.training.imported import ModelRefused, describe, formats
from penstock.training.instances import InvalidInstances

from .graphs import onnx_logistic

if TYPE_CHECKING:
    from .conftest import World


class Evil:
    """Runs a command when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> Any:
        return os.system, (f"touch {self.mark}",)


def shout(values: Any) -> Any:
    return values


def logistic(world: World, **more: Any) -> LogisticRegression:
    known = np.arange(300) % 2 if more.pop("alternating", False) else world.answers["binary"][:300]
    return LogisticRegression(**more).fit(world.numbers.iloc[:300].fillna(0).to_numpy(), known)


@pytest.mark.parametrize("how", ["pickle", "joblib", "compressed"])
def test_a_pickle_that_runs_a_command_is_refused_without_running_it(
    world: World, tmp_path: Path, how: str
) -> None:
    file, mark = tmp_path / "model.pkl", tmp_path / "ran"
    held = [np.arange(99.0), np.array(["a", None], dtype=object), {"inside": Evil(mark)}]
    if how == "pickle":
        file.write_bytes(pickle.dumps(held))
    else:
        joblib.dump(held, file, compress=3 if how == "compressed" else 0)
    with pytest.raises(ModelRefused, match=r"posix\.system"):
        world.bring(file, allow_pickle=True)
    assert not mark.exists()


def test_a_name_may_be_trusted_and_is_kept_on_record(world: World, tmp_path: Path) -> None:
    file = tmp_path / "model.pkl"
    model = logistic(world)
    model.note = Path("there")
    file.write_bytes(pickle.dumps(model))
    with pytest.raises(ModelRefused, match=r"pathlib.PosixPath[\s\S]*--trust NAME"):
        world.bring(file, allow_pickle=True, columns=("amount", "lines"))
    source = describe(file, allow_pickle=True, trusted=("pathlib.PosixPath",))
    formats.check(file, source)
    assert source.model_dump(mode="json")["trusted"] == ["pathlib.PosixPath"]


def test_a_pickle_is_not_taken_unless_it_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "model.pkl").write_bytes(pickle.dumps([1]))
    with pytest.raises(ModelRefused, match="--allow-pickle"):
        describe(tmp_path / "model.pkl")


def test_a_skops_file_with_a_function_of_somebody_is_refused_by_its_name(
    world: World, tmp_path: Path
) -> None:
    skops.io.dump(FunctionTransformer(shout), tmp_path / "model.skops")
    with pytest.raises(ModelRefused, match=r"test_bad_models\.shout"):
        world.bring(tmp_path / "model.skops")


def test_an_onnx_operator_of_somebody_is_refused(world: World, tmp_path: Path) -> None:
    onnx.save(onnx_logistic(custom=True), tmp_path / "model.onnx")
    with pytest.raises(ModelRefused, match=r"my\.ops\.Evil"):
        world.bring(tmp_path / "model.onnx", columns=("lines", "amount"))


@pytest.mark.parametrize("place", ["../../etc/passwd", "/etc/passwd", "weights.bin"])
def test_onnx_data_outside_of_the_file_is_refused(world: World, tmp_path: Path, place: str) -> None:
    (tmp_path / "model.onnx").write_bytes(onnx_logistic(outside=place).SerializeToString())
    with pytest.raises(ModelRefused, match=f"outside of its file[\\s\\S]*{place}"):
        world.bring(tmp_path / "model.onnx", columns=("lines", "amount"))


def files(world: World, folder: Path) -> dict[str, Path]:
    """A good file of each format."""
    found = {name: folder / f"model.{name}" for name in ("skops", "pkl", "onnx", "json", "ubj", "txt")}
    skops.io.dump(logistic(world), found["skops"])
    found["pkl"].write_bytes(pickle.dumps(logistic(world)))
    onnx.save(onnx_logistic(), found["onnx"])
    trees = lightgbm.LGBMClassifier(n_estimators=3, verbose=-1)
    trees.fit(world.numbers[:99], world.answers["binary"][:99]).booster_.save_model(found["txt"])
    for name in ("json", "ubj"):
        xgboost.XGBClassifier(n_estimators=3).fit(
            world.numbers[:99], world.answers["binary"][:99]
        ).save_model(found[name])
    return found


@pytest.mark.parametrize("name", ["skops", "pkl", "onnx", "json", "ubj", "txt"])
@pytest.mark.parametrize("damage", ["cut", "changed"])
def test_a_damaged_file_is_refused(world: World, tmp_path: Path, name: str, damage: str) -> None:
    path = files(world, tmp_path)[name]
    data = bytearray(path.read_bytes())
    if damage == "cut":
        data = data[: len(data) * 2 // 3]
    else:
        middle = len(data) // 2
        data[middle : middle + 40] = b"\xff" * 40
    path.write_bytes(data)
    told = {"columns": ("amount", "lines"), "allow_pickle": name == "pkl"}
    with pytest.raises(ModelRefused):
        world.bring(path, **told)


def test_another_format_than_said(world: World, tmp_path: Path) -> None:
    path = files(world, tmp_path)["skops"]
    with pytest.raises(ModelRefused, match=r"found: skops\n  expected: onnx"):
        describe(path, format="onnx")
    path.write_bytes(b"hello")
    with pytest.raises(ModelRefused, match="no model that can be brought in"):
        describe(path)


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "model.onnx").open("wb") as file:
        file.truncate(MAXIMUM_BYTES + 1)
    with pytest.raises(ModelRefused, match="536,870,913 bytes"):
        describe(tmp_path / "model.onnx")


def test_a_file_that_changed_after_its_upload(world: World, tmp_path: Path) -> None:
    path = files(world, tmp_path)["skops"]
    candidate = Candidate(name="theirs", algorithm="imported", source=describe(path))
    skops.io.dump(logistic(world, C=0.1), path)
    with pytest.raises(ModelRefused, match="changed after it was brought in"):
        world.run(path, candidate)


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ((), "takes another number of columns than the use case has"),
        (("amount",), "takes another number of columns"),
        (("amount", "amount"), "takes another number of columns"),
        (("amount", "age"), "columns that the use case has not"),
        (("amount", "land"), "some of its columns are texts"),
    ],
)
def test_columns_that_do_not_fit(world: World, tmp_path: Path, columns: tuple[str, ...], said: str) -> None:
    onnx.save(onnx_logistic(impute=1), tmp_path / "model.onnx")
    xgboost.XGBClassifier(n_estimators=3).fit(
        world.numbers[:99].to_numpy(), world.answers["binary"][:99]
    ).save_model(tmp_path / "model.json")
    with pytest.raises(ModelRefused, match=said):
        world.bring(tmp_path / "model.json", columns=columns)


@pytest.mark.parametrize(
    ("labels", "problem", "said"),
    [
        ({0: "paid", 1: "late"}, "binary", "It is not known which class means yes"),
        ({0: "a", 1: "z"}, "multiclass", "classes are not those of the use case"),
    ],
)
def test_classes_that_do_not_fit(
    world: World, tmp_path: Path, labels: dict[int, str], problem: str, said: str
) -> None:
    model = LogisticRegression().fit(
        world.numbers[:99].fillna(0).to_numpy(), [labels[n % 2] for n in range(99)]
    )
    path = tmp_path / "model.skops"
    skops.io.dump(model, path)
    with pytest.raises(ModelRefused, match=said):
        world.bring(path, problem, columns=("lines", "disputed"))


def test_a_model_that_gives_nan(world: World, tmp_path: Path) -> None:
    onnx.save(onnx_logistic(), tmp_path / "model.onnx")
    with pytest.raises(ModelRefused, match=r"no number\.\n  found: 9 of 100 validation rows"):
        world.bring(tmp_path / "model.onnx", columns=("lines", "amount"))


def test_a_model_of_another_problem(world: World, tmp_path: Path) -> None:
    skops.io.dump(LinearRegression().fit([[0.0, 1.0], [1.0, 0.0]], [0.0, 1.0]), tmp_path / "model.skops")
    with pytest.raises(ModelRefused, match="cannot answer a binary problem"):
        world.bring(tmp_path / "model.skops", columns=("lines", "disputed"))


def test_another_version_is_told_and_kept(world: World, tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "model.skops"
    skops.io.dump(logistic(world), tmp_path / "new.skops")
    with zipfile.ZipFile(tmp_path / "new.skops") as new, zipfile.ZipFile(path, "w") as old:
        for name in new.namelist():
            old.writestr(name, new.read(name).replace(f'"\\"{sklearn.__version__}'.encode(), b'"\\"1.5.2'))
    ours = world.bring(path, columns=("lines", "disputed"))
    assert ours.model.facts.warnings == (f"made with scikit-learn 1.5.2, answers with {sklearn.__version__}",)
    assert "warning: made with scikit-learn 1.5.2" in capsys.readouterr().out


def test_encoded_rows_do_not_reach_an_imported_model(world: World, tmp_path: Path) -> None:
    skops.io.dump(logistic(world), tmp_path / "model.skops")
    ours = world.bring(tmp_path / "model.skops", columns=("lines", "disputed"))
    with pytest.raises(TypeError, match="raw rows"):
        ours.model.scores(np.zeros((1, 2), dtype=np.float32))
    assert isinstance(Answers("binary", np.zeros(1)), Answers)


def test_a_candidate_without_its_file(world: World, tmp_path: Path) -> None:
    path = files(world, tmp_path)["skops"]
    candidate = Candidate(name="theirs", algorithm="imported", source=describe(path))
    path.unlink()
    with pytest.raises(NotFound, match="file is missing"):
        world.run(path, candidate)


def test_rows_without_an_answer_are_refused_one_by_one_and_usual_in_an_evaluation(
    world: World, tmp_path: Path
) -> None:
    skops.io.dump(logistic(world), tmp_path / "model.skops")
    ours = world.bring(tmp_path / "model.skops", columns=("lines", "disputed"))
    rows = world.held_out()
    nulls = [None if n % 3 == 0 else value for n, value in enumerate(rows["lines"].to_pylist())]
    found, whole = ours.scores(rows.set_column(1, "lines", pa.array(nulls))), ours.scores(rows)
    assert found[0] == pytest.approx(whole.mean())
    assert (
        found[[n for n in range(100) if n % 3]].tolist() == whole[[n for n in range(100) if n % 3]].tolist()
    )
    with pytest.raises(InvalidInstances, match=r"cannot answer these rows[\s\S]*NaN"):
        ours.predict([{**rows.to_pylist()[0], "lines": None}])


def test_a_file_that_ends_the_process_of_its_library_is_refused(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = files(world, tmp_path)["skops"]
    world.try_out(path, columns=("amount", "lines"))
    (tmp_path / "sitecustomize.py").write_text(
        "import skops.io, os, signal\nskops.io.load = lambda *_, **__: os.kill(os.getpid(), signal.SIGSEGV)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModelRefused, match=r"ends the process[\s\S]*SIGSEGV"):
        world.try_out(path, columns=("amount", "lines"))
