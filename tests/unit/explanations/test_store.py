"""Stored explanations are found again, once each; what a model looks at is compared with training."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from penstock.errors import NotFound
from penstock.explanations.drift import LIMIT, attributions, ndcg
from penstock.explanations.page import drift_page, global_page, rows_page
from penstock.explanations.records import Files, Place, StoredExplanation
from penstock.explanations.store import ExplanationStore
from penstock.stores import FolderObjects


def stored(
    identifier: str, row: int = 0, *, day: int = 1, version: int = 3, **changes: Any
) -> StoredExplanation:
    facts: dict[str, Any] = {
        "inference_id": identifier, "row": row, "version": version, "method": "exact",
        "time": f"2026-03-{day:02d}T10:00:00.000Z", "score": 0.25, "label": "0", "base_value": 0.1,
        "output": 0.4, "shap": {"amount": 0.2, "land": 0.1}, "values": {"amount": 2.5, "land": "***"},
        "reasons": ("amount is 2.5: raises it", "land: raises it"), "counterfactual": None,
    }  # fmt: skip
    return StoredExplanation(**{**facts, **changes})


class Lake:
    """A lake with explanations."""

    def __init__(self, folder: Path) -> None:
        self.objects, self.scratch = FolderObjects(folder / "lake"), folder / "scratch"
        self.store = ExplanationStore(self.objects, "demo")

    def put(self, name: str, *explanations: StoredExplanation) -> None:
        with Files(self.scratch / name, name) as files:
            files.write(explanations)
        for path in (self.scratch / name).rglob("*.parquet"):
            key = f"explanations/demo/{path.relative_to(self.scratch / name)}"
            self.objects.upload(path, key)


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    return Lake(tmp_path)


def test_what_is_written_is_read_as_it_was(lake: Lake) -> None:
    change = {"found": True, "changes": {"amount": {"before": 2.5, "after": 1.0}}}
    kept = [stored("a", 0), stored("a", 1, label=None, counterfactual=change, values={"amount": None})]
    lake.put("one", *kept)
    assert lake.store.find("a") == kept


def test_a_request_is_found_among_days_and_files(lake: Lake) -> None:
    lake.put("one", stored("a"), stored("b", day=2))
    lake.put("two", stored("c", 1, day=2), stored("c", 0, day=2))
    assert [one.row for one in lake.store.find("c")] == [0, 1]
    assert lake.store.find("a", day="2026-03-01")[0].inference_id == "a"
    with pytest.raises(NotFound) as refused:
        lake.store.find("a", day="2026-03-02")
    assert refused.value.where == "demo on 2026-03-02"


def test_what_is_stored_twice_counts_once(lake: Lake) -> None:
    lake.put("one", stored("a"), stored("b"))
    lake.put("two", stored("a"), stored("c"), stored("a", version=4))
    found = [(one.inference_id, one.version) for one in lake.store.explanations()]
    assert sorted(found) == [("a", 3), ("a", 4), ("b", 3), ("c", 3)]
    assert {one.version for one in lake.store.explanations(version=4)} == {4}


def test_a_time_has_a_beginning_and_an_end(lake: Lake) -> None:
    lake.put("one", *(stored(str(day), day=day) for day in range(1, 6)))

    def days(**time: str) -> list[str]:
        return sorted(one.inference_id for one in lake.store.explanations(**time))

    assert days(since="2026-03-02", until="2026-03-03") == ["2", "3"]
    assert days(since="2026-03-04T11:00:00Z") == ["5"]
    assert days(until="2026-03-02T10:00:00.000Z") == ["1"]


def test_other_objects_are_no_explanations(lake: Lake) -> None:
    lake.objects.write("explanations/demo/readme.txt", b"x")
    lake.objects.write("explanations/demo_2/version=3/date=2026-03-01/x.parquet", b"x")
    assert lake.store.places() == []
    assert Place.of("explanations/demo/version=x/date=2026-03-01/a.parquet") is None


@pytest.mark.parametrize("seed", range(5))
def test_the_gain_is_that_of_the_formula(seed: int) -> None:
    generator = np.random.default_rng(seed)
    training, live = (dict(zip("abcdef", generator.random(6).tolist(), strict=True)) for _ in range(2))
    gain = [training[name] for name in sorted(live, key=lambda name: -live[name])]
    best = sorted(training.values(), reverse=True)
    ratio = np.dot(gain, weights := [1 / math.log2(rank + 1) for rank in range(1, 7)]) / np.dot(best, weights)
    assert ndcg(training, live) == pytest.approx(ratio)


def test_drift_is_told_as_sagemaker_tells_it() -> None:
    training = {"amount": 1.0, "land": 0.01}
    swapped = [stored("a", shap={"amount": 0.0, "land": 0.9}), stored("b", day=2)]
    found = attributions(swapped, use_case="demo", version=3, training=training)
    assert found.ndcg is not None and found.ndcg < LIMIT and found.drifted
    assert [(one.date, one.rows) for one in found.days] == [("2026-03-01", 1), ("2026-03-02", 1)]
    assert found.days[1].ndcg == 1.0
    assert found.global_shap == {"land": 0.5, "amount": 0.1}
    (violation,) = found.violations["violations"]  # type: ignore[misc]
    assert violation["constraint_check_type"] == "feature_attribution_drift_check"


@pytest.mark.parametrize("training", [{}, {"other": 1.0}, {"amount": 0.0, "land": 0.0}])
def test_without_anything_to_compare_with_nothing_is_said_of_drift(training: dict[str, float]) -> None:
    found = attributions([stored("a")], use_case="demo", version=3, training=training)
    assert (found.ndcg, found.drifted, found.violations["violations"]) == (None, False, [])


def test_pages_tell_rows_versions_and_drift_and_escape_what_they_tell() -> None:
    one = stored("<b>", reasons=("<i>so</i>",))
    page = rows_page([one] * 60, title="demo <x>")
    assert "&lt;b&gt;" in page and "&lt;i&gt;so" in page and "10 more rows" in page and "<script" not in page
    assert "amount" in global_page({"method": "exact", "global_shap": {"amount": 0.2}}, title="demo")
    found = attributions([one], use_case="demo", version=3, training={"amount": 1.0, "land": 0.1})
    assert "1.0000" in drift_page(found, title="demo") and "2026-03-01" in drift_page(found, title="demo")
