"""Which features earn their cost: planted copies, noise and leaks are found, honest ones are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy.stats import spearmanr
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mutual_info_score, roc_auc_score

from penstock.errors import NotFound, TrainingRefused
from penstock.features.engineering import Limits, Question, Selection, open_rows, render, select
from penstock.features.engineering.coding import binned, coded
from penstock.features.engineering.importance import importance
from penstock.features.engineering.power import mutual_information, power, scores
from penstock.features.engineering.redundancy import cramers_v, inflation, together

ROWS = 12_000
HONEST = ("linear", "bent", "one", "other", "land")


def planted(seed: int = 3) -> pa.Table:
    """Return rows whose answer depends on honest features, beside others that have their faults."""
    random = np.random.default_rng(seed)
    linear, bent, one, other, noise, third, rare = random.normal(size=(7, ROWS))
    land = random.choice(["DE", "FR", "ES"], p=[0.5, 0.3, 0.2], size=ROWS)
    known = random.random(ROWS) < 0.1
    score = (
        np.where(known, 3 * rare, 0.0)
        + 1.2 * linear
        + 1.2 * np.abs(bent)
        + one * other
        + 1.5 * (land == "FR")
        + random.normal(size=ROWS)
    )
    late = score > np.quantile(score, 0.7)
    days = np.sort(random.integers(0, 900, ROWS))
    columns: dict[str, Any] = {
        "linear": linear, "bent": bent, "one": one, "other": other, "land": land,
        "cents": np.round(linear * 100) + 5, "code": np.char.add("code ", land), "noise": noise,
        "third": third,
        "total": linear + bent + 0.001 * random.normal(size=ROWS),
        "constant": np.ones(ROWS), "empty": pa.nulls(ROWS, pa.float64()),
        "moving": one + days / 300, "sparse": np.where(known, rare, np.nan),
        "leak": late + 0.05 * random.normal(size=ROWS),
        "day": [datetime(2023, 1, 1) + timedelta(days=int(day)) for day in days], "late": late,
    }  # fmt: skip
    return pa.table(columns)


def chosen(table: pa.Table, **options: Any) -> Selection:
    names = tuple(name for name in table.column_names if name not in {"day", "late"})
    with open_rows(table) as source:
        return select(source, Question("late", names, moment="day", **options))


@pytest.fixture(scope="module")
def found() -> Selection:
    return chosen(planted())


def reasons(found: Selection, name: str) -> str:
    return "; ".join(found.feature(name).reasons)


@pytest.mark.parametrize("name", HONEST)
def test_honest_features_are_not_dropped_and_not_suspected(found: Selection, name: str) -> None:
    assert found.feature(name).verdict != "drop", reasons(found, name)
    assert name not in {leak.feature for leak in found.leaks}


def test_the_features_that_the_answer_is_made_of_are_worth_most(found: Selection) -> None:
    assert [found.feature(name).verdict for name in ("linear", "bent", "one", "other")] == ["keep"] * 4
    assert found.feature("one").auc.value < 0.53, "an interaction has no power alone"
    assert found.feature("one").importance.low > 10 * found.chance  # type: ignore[union-attr]


@pytest.mark.parametrize(("name", "head"), [("cents", "linear"), ("code", "land")])
def test_a_copy_is_dropped_for_the_one_that_stands_for_it(found: Selection, name: str, head: str) -> None:
    one = found.feature(name)
    assert (one.verdict, one.represented_by) == ("drop", head)
    assert one.group == found.feature(head).group is not None
    assert f"says what {head} says" in reasons(found, name)


@pytest.mark.parametrize("name", ["noise", "third"])
def test_noise_is_dropped(found: Selection, name: str) -> None:
    assert found.feature(name).verdict == "drop"
    assert "no power that can be told from chance" in reasons(found, name)


@pytest.mark.parametrize(("name", "said"), [("constant", "one value"), ("empty", "no value in any row")])
def test_what_does_not_vary_is_dropped(found: Selection, name: str, said: str) -> None:
    assert found.feature(name).verdict == "drop"
    assert said in reasons(found, name)


@pytest.mark.parametrize(
    ("name", "said"),
    [("moving", "shift over time"), ("sparse", "90% of the rows"), ("total", "add up to it")],
)
def test_doubtful_features_are_watched(found: Selection, name: str, said: str) -> None:
    assert found.feature(name).verdict == "watch", reasons(found, name)
    assert said in reasons(found, name)


def test_a_leak_is_found_and_kept_out_of_the_model(found: Selection) -> None:
    assert [(leak.feature, leak.check) for leak in found.leaks] == [("leak", "near_perfect")]
    assert found.feature("leak").verdict == "watch"
    assert found.feature("leak").importance is None
    assert found.auc is not None
    assert found.auc.value < 0.95


def test_equal_seeds_give_equal_results(found: Selection) -> None:
    assert chosen(planted()) == found


def test_the_newest_rows_are_held_out(found: Selection) -> None:
    assert (found.split, found.sampled) == ("time", ROWS)
    assert found.held_rows == pytest.approx(0.3 * ROWS, rel=0.02)


def test_without_times_rows_are_held_out_by_chance() -> None:
    table = planted().select(["linear", "noise", "late"])
    with open_rows(table) as source:
        result = select(source, Question("late", ("linear", "noise")))
    assert result.split == "chance"
    assert result.feature("linear").shift is None
    assert [one.verdict for one in result.features] == ["keep", "drop"]


def test_a_number_above_a_limit_is_an_answer_and_rows_without_one_do_not_count() -> None:
    table = planted()
    late = np.where(np.arange(ROWS) % 3 == 0, np.nan, table["late"].to_numpy() * 10.0)
    with open_rows(
        table.drop_columns(["late"]).append_column("late", pa.array(late, from_pandas=True))
    ) as source:
        result = select(source, Question("late", ("linear",), above=5.0))
    assert (result.rows, result.sampled) == (ROWS, ROWS * 2 // 3)
    assert result.feature("linear").verdict == "keep"


def test_many_rows_are_sampled_and_the_size_is_stated() -> None:
    with open_rows(planted()) as source:
        result = select(source, Question("late", ("linear",), moment="day"), most_rows=3_000)
    assert (result.rows, result.sampled) == (ROWS, pytest.approx(3_000, abs=20))
    assert result.train_rows + result.held_rows == result.sampled


def test_stored_features_have_a_price_and_those_of_the_request_have_none() -> None:
    origins = dict.fromkeys(("linear", "noise", "land"), ("view", "history"))
    found = chosen(planted(), origins=origins)
    linear, land, one = (found.feature(name) for name in ("linear", "land", "one"))
    assert (linear.online_bytes, land.online_bytes, one.online_bytes) == (8.0, 4.0, 0.0)
    assert linear.online_share == pytest.approx(8 / 20)
    assert linear.storage_bytes > land.storage_bytes > 0.0 == one.storage_bytes


def test_a_feature_that_costs_more_than_it_gives_is_watched() -> None:
    random = np.random.default_rng(1)
    weak = planted()["linear"].to_numpy() * 0.25 + random.normal(size=ROWS)
    names = np.array([f"{'x' * 200}{place}" for place in range(8)])
    texts = names[np.digitize(weak, np.quantile(weak, np.linspace(0, 1, 9)[1:-1]))]
    found = chosen(
        planted().append_column("text", pa.array(texts)),
        origins={"text": ("view", "history"), "linear": ("view", "history")},
    )
    assert found.feature("text").verdict == "watch"
    assert "of the bytes that are read" in reasons(found, "text")


def test_limits_say_from_where_on_a_person_is_told() -> None:
    with open_rows(planted()) as source:
        names = ("linear", "sparse", "cents")
        result = select(source, Question("late", names), limits=Limits(missing=0.95, redundant=1.0))
    assert result.feature("sparse").reasons[0].count("have no value") == 0
    assert result.feature("cents").represented_by is None


@pytest.mark.parametrize(
    ("rows", "said"),
    [({"late": [True] * 300}, "300 of them positive"), ({"late": [True, False] * 50}, "100 rows")],
)
def test_rows_that_cannot_tell_are_refused(rows: dict[str, list[bool]], said: str) -> None:
    table = pa.table({**rows, "x": range(len(rows["late"]))})
    with open_rows(table) as source, pytest.raises(TrainingRefused, match=said):
        select(source, Question("late", ("x",)))


def test_a_column_that_is_not_there_is_named() -> None:
    with open_rows(planted()) as source, pytest.raises(NotFound, match="linaer"):
        select(source, Question("late", ("linaer",)))


def test_the_page_stands_alone_and_is_small(found: Selection) -> None:
    page = render(found.model_copy(update={"name": "<b>late</b>"}))
    assert "&lt;b&gt;late&lt;/b&gt;" in page
    assert "<script" not in page
    assert "http" not in page.replace("http://www.w3.org/2000/svg", "")
    assert all(one.feature in page for one in found.features)
    many = [
        one.model_copy(update={"feature": f"{one.feature}_{n}"}) for n in range(200) for one in found.features
    ]
    large = render(found.model_copy(update={"features": tuple(many), "leaks": found.leaks * 3_000}))
    assert len(large.encode()) < 1_000_000
    assert "further features are in the JSON document" in large


def test_progress_is_told() -> None:
    told: list[tuple[str, float]] = []
    with open_rows(planted()) as source:
        select(
            source, Question("late", ("linear", "bent")), tell=lambda what, share: told.append((what, share))
        )
    assert {"reading rows", "measuring bent", "training a small model"} <= {what for what, _ in told}
    assert all(0 <= share <= 1 for _, share in told)


def test_measures_are_those_of_other_libraries() -> None:
    random = np.random.default_rng(5)
    x, y = random.normal(size=(2, 6_000))
    z = x + 0.5 * y + random.normal(size=6_000)
    label, train = z + random.normal(size=6_000) > 0.5, np.arange(6_000) < 4_000
    every = np.ones(6_000, dtype=bool)
    column = binned(x, train)
    raw = mutual_info_score(label, column.codes)
    seen = len(np.unique(column.codes))
    assert mutual_information(column.counts(label, every))[0] == pytest.approx(
        raw - (seen - 1) / 12_000, abs=1e-9
    )
    score = scores(column, label, train)[column.codes]
    assert power(column, label, train, ~train, seed=1).auc.value == pytest.approx(
        roc_auc_score(label[~train], score[~train]), abs=1e-9
    )
    columns = {"x": binned(x, every), "y": binned(y, every), "z": binned(z, every)}
    assert together(columns).pair("x", "z") == pytest.approx(abs(spearmanr(x, z).statistic), abs=1e-9)
    others = np.column_stack([x, y])
    share = LinearRegression().fit(others, z).score(others, z)
    assert inflation(columns, ["x", "y", "z"], limit=10)["z"] == pytest.approx(1 / (1 - share), rel=1e-6)
    words = coded(pa.chunked_array([random.choice(["a", "b", "c"], 6_000).tolist()]), every)
    assert cramers_v(words.codes, words.size, columns["x"].codes, columns["x"].size) < 0.05


def test_shuffling_is_measured_as_scikit_learn_does() -> None:
    random = np.random.default_rng(2)
    x = random.normal(size=(6_000, 3))
    label = x[:, 0] + 0.5 * x[:, 1] + random.normal(size=6_000) > 0
    train = np.arange(6_000) < 4_000
    columns = {name: binned(x[:, place], train) for place, name in enumerate("abc")}
    found = importance(columns, label, train, ~train, seed=1)
    assert found.drops["a"].value > found.drops["b"].value > max(found.drops["c"].value, found.chance)
    assert found.drops["a"].low < found.drops["a"].value < found.drops["a"].high
    assert found.drops["c"].low <= 0.003


def test_timestamps_with_a_zone_are_read() -> None:
    table = planted().select(["linear", "late"])
    times = pa.array([datetime(2025, 1, 1, tzinfo=UTC) + timedelta(hours=n) for n in range(ROWS)])
    with open_rows(table.append_column("at", times)) as source:
        assert select(source, Question("late", ("linear",), moment="at")).split == "time"


def test_a_folder_of_files_is_selected_as_its_rows_are(found: Selection, tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    table = planted()
    pq.write_table(table.slice(0, 5_000), tmp_path / "0.parquet")
    pq.write_table(table.slice(5_000), tmp_path / "1.parquet")
    names = tuple(one.feature for one in found.features)
    with open_rows([tmp_path]) as source:
        assert select(source, Question("late", names, moment="day")) == found
