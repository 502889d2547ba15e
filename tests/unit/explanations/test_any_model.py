"""Models of which nothing is known but their answers are explained as all others, whatever they predict."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from penstock.explainability import CannotExplain, write_background
from penstock.explanations.asking import Ask
from penstock.explanations.batch import Batch
from penstock.explanations.reasoner import Reasoner
from penstock.explanations.records import StoredExplanation, read_file
from penstock.explanations.work import Work
from tests.unit.explainability.asked import asked
from tests.unit.explanations.conftest import ROW

COLUMNS = {"amount": "decimal", "land": "string", "ok": "boolean"}
ROWS = {"amount": [1.0, 2.0, 3.0, 9.0], "land": ["DE", "FR", "DE", None], "ok": [True, False, True, False]}


def value(amount: Any, land: Any, ok: Any) -> Any:
    return amount + 2.0 * (land == "DE") - 3.0 * ok


def share(amount: Any, land: Any, ok: Any) -> Any:
    return 1 / (1 + np.exp(-value(amount, land, ok)))


def shares(amount: Any, land: Any, ok: Any) -> Any:
    one = share(amount, land, ok)
    return np.stack([one * 0.8, one * 0.2, 1 - one], axis=1)


MODELS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "regression": (value, ()), "binary": (share, ()), "multiclass": (shares, ("x", "y", "z")),
    "clustering": (shares, ("0", "1", "2")),
}  # fmt: skip


@pytest.fixture(params=list(MODELS))
def reasoner(request: pytest.FixtureRequest, tmp_path: Path) -> Reasoner:
    function, classes = MODELS[request.param]
    predictor: Any = asked(function, COLUMNS, problem=request.param, classes=classes)
    write_background(tmp_path, pa.table(ROWS), list(COLUMNS))
    return Reasoner(predictor, tmp_path)


def explained(reasoner: Reasoner, folder: Path, output: Path, **work: Any) -> list[StoredExplanation]:
    batch = Batch(Work(version=3, name="n", **work), reasoner, frozenset())
    batch.captured(folder, output)
    return [one for path in sorted(output.rglob("*.parquet")) for one in read_file(path)]


def test_what_was_answered_is_explained_by_what_the_model_says_of_other_rows(
    reasoner: Reasoner, capture: Callable[..., Path], tmp_path: Path
) -> None:
    rows = [ROW, {"amount": 7.0, "land": None, "ok": False}]
    stored = explained(reasoner, capture("a", rows), tmp_path / "out")
    predicted = reasoner.predictor.predict(rows)
    assert [one.score for one in stored] == pytest.approx([one.score for one in predicted])
    assert [one.label for one in stored] == [
        None if one.label is None else str(one.label) for one in predicted
    ]
    for one in stored:
        assert one.base_value + sum(one.shap.values()) == pytest.approx(one.output, abs=1e-6)
        assert one.reasons


def test_a_decision_is_turned_where_there_is_one(
    reasoner: Reasoner, capture: Callable[..., Path], tmp_path: Path
) -> None:
    folder, asks = capture("a", [ROW]), Ask(counterfactual=True)
    if reasoner.predictor.card.problem == "regression":
        with pytest.raises(CannotExplain):
            explained(reasoner, folder, tmp_path / "out", ask=asks)
        return
    (stored,) = explained(reasoner, folder, tmp_path / "out", ask=asks)
    assert stored.counterfactual is not None
    if stored.counterfactual["found"]:
        assert str(stored.counterfactual["label"]) != stored.label
