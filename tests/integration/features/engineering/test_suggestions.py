"""What is suggested to engineer: planted relations are found, chance suggests nothing."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from penstock.features.engineering import (
    Question,
    Suggestion,
    expand,
    open_rows,
    suggest,
    suggest_rolling,
    write_plan,
)
from penstock.specs.features import FeatureView

ROWS = 8_000


def suggested(columns: dict[str, Any], **options: Any) -> list[Suggestion]:
    with open_rows(pa.table(columns)) as source:
        return suggest(source, question=Question("late", (), moment=options.pop("moment", None)), **options)


def kinds(found: list[Suggestion]) -> set[tuple[str, tuple[str, ...]]]:
    return {(one.step.engineer, one.step.of) for one in found}


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng(6)


def test_chance_suggests_nothing(random: np.random.Generator) -> None:
    a, b, c = random.normal(size=(3, ROWS))
    assert suggested({"late": random.random(ROWS) < 0.4, "a": a, "b": b, "c": c}) == []


def test_a_product_is_found_and_told_with_its_gain(random: np.random.Generator) -> None:
    a, b, c = random.normal(size=(3, ROWS))
    [found] = suggested({"late": a * b + 0.5 * random.normal(size=ROWS) > 0, "a": a, "b": b, "c": c})
    assert (found.step.engineer, found.step.of) == ("product", ("a", "b"))
    assert found.gain is not None
    assert found.gain > 0.3
    assert f"AUC rises by {found.gain:.3f}" in found.because


def test_a_ratio_of_two_numbers_is_found(random: np.random.Generator) -> None:
    spent, rooms = random.uniform(1, 100, ROWS), random.uniform(1, 100, ROWS)
    late = np.abs(np.log(spent / rooms)) < 0.3
    found = suggested({"late": late, "spent": spent, "rooms": rooms})
    assert found[0].step.engineer in {"ratio", "difference"}
    assert set(found[0].step.of) == {"spent", "rooms"}


def test_bins_are_suggested_for_a_bent_relation_and_not_for_a_straight_one(
    random: np.random.Generator,
) -> None:
    bent, straight = random.normal(size=(2, ROWS))
    late = 2 * np.abs(bent) + straight + random.normal(size=ROWS) > 1.5
    found = suggested({"late": late, "bent": bent, "straight": straight})
    assert ("bins", ("bent",)) in kinds(found)
    assert ("bins", ("straight",)) not in kinds(found)


def test_the_part_of_a_date_that_matters_is_named(random: np.random.Generator) -> None:
    day = [date(2023, 1, 1) + timedelta(days=int(one)) for one in np.sort(random.integers(0, 1_400, ROWS))]
    late = np.array([one.weekday() >= 5 for one in day]) ^ (random.random(ROWS) < 0.2)
    [found] = suggested({"late": late, "day": day}, moment="day")
    assert found.step.engineer == "date_part"
    assert "day_weekday" in found.because


def test_a_column_that_is_the_answer_takes_no_part_in_interactions(random: np.random.Generator) -> None:
    a = random.normal(size=ROWS)
    late = a + random.normal(size=ROWS) > 0
    found = suggested({"late": late, "a": a, "leak": late * 1.0 + 0.01 * random.normal(size=ROWS)})
    assert not [one for one in found if "leak" in one.step.of and len(one.step.of) > 1]


def test_types_alone_suggest_something_too() -> None:
    columns = {
        "id": [f"i{place}" for place in range(2_000)],
        "note": [f"a text of some length, number {place}" for place in range(2_000)],
        "land": ["DE"] * 1_000 + ["FR"] * 950 + [f"L{place}" for place in range(50)],
        "town": [f"T{place % 400}" for place in range(2_000)],
        "paid": [1.0 + place % 7 + (place == 9) * 1e9 for place in range(2_000)],
        "day": [date(2025, 1, 1)] * 2_000, "few": [place % 3 for place in range(2_000)],
        "skewed": [float(place % 100) if place else 1e6 for place in range(2_000)],
    }  # fmt: skip
    with open_rows(pa.table(columns)) as source:
        found = suggest(source)
        made = expand([one.step for one in found], source)
    wanted = {"date_part": "day", "text_length": "note", "word_count": "note", "rare": "land",
              "frequency": "town", "logarithm": "skewed"}  # fmt: skip
    assert {(kind, (of,)) for kind, of in wanted.items()} <= kinds(found)
    assert not [one for one in found if one.step.of[0] in {"id", "few"}]
    assert all(one.because for one in found)
    assert len(made.on_demand) >= len(found)


def test_equal_seeds_give_equal_plans(random: np.random.Generator) -> None:
    a, b = random.normal(size=(2, ROWS))
    columns = {"late": a * b > 0, "a": a, "b": b}
    plans = [write_plan([one.step for one in found], [one.because for one in found])
             for found in (suggested(columns), suggested(columns))]  # fmt: skip
    assert plans[0] == plans[1]
    assert "AUC rises" in plans[0]


@pytest.mark.parametrize(
    ("gap", "windows"), [(3, ("7 days", "30 days", "90 days")), (20, ("30 days", "120 days", "360 days"))]
)
def test_windows_follow_how_often_rows_come(gap: int, windows: tuple[str, ...]) -> None:
    view = FeatureView(
        name="history", entity={"name": "customer", "key": "customer"}, dataset="invoices", timestamp="day",
        features=[{"name": "spent", "aggregate": "sum", "of": "amount"}],
    )  # fmt: skip
    rows = pa.table({
        "customer": [f"c{place % 10}" for place in range(500)], "amount": [1.0] * 500,
        "day": [date(2023, 1, 1) + timedelta(days=gap * (place // 10)) for place in range(500)],
    })  # fmt: skip
    with open_rows(rows) as source:
        [found] = suggest_rolling(view, source, threshold=5.0)
        made = expand([found.step], source)
    assert found.step.model_dump()["windows"] == windows
    assert found.step.of == ("amount",)
    assert len(made.views["history"]) == 3 * 4
