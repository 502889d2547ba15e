"""Leaks that rows show; honest features are not suspected."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.errors import NotFound
from penstock.features.engineering import Leak, Question, Selection, open_rows, select, training_rows
from penstock.specs import UseCase, load_use_case
from tests.unit.features.engineering.test_definition_leaks import document

EXAMPLE = Path(__file__).resolve().parents[4] / "examples" / "late_invoices"
ROWS = 6_000


@pytest.fixture(scope="module")
def invoices(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write curated invoices whose lateness depends on the customer."""
    random = np.random.default_rng(4)
    customer = random.integers(0, 60, ROWS)
    tendency = random.normal(size=60)[customer]
    issued = np.sort(random.integers(0, 700, ROWS))
    terms = random.choice([14, 30, 60], ROWS)
    late = np.round(4 * (tendency + random.normal(size=ROWS)) - 1).astype(int)
    day = [date(2023, 1, 1) + timedelta(days=int(one)) for one in issued]
    due = [one + timedelta(days=int(days)) for one, days in zip(day, terms, strict=True)]
    table = pa.table({
        "invoice_id": [f"i{place}" for place in range(ROWS)], "customer_id": [f"c{one}" for one in customer],
        "country": random.choice(["DE", "FR"], ROWS), "industry": random.choice(["retail", "food"], ROWS),
        "issued_on": day, "due_on": due,
        "settled_on": [one + timedelta(days=int(days)) for one, days in zip(due, late, strict=True)],
        "terms_days": terms, "amount": random.lognormal(6, 1, ROWS), "discount_percent": random.random(ROWS),
        "line_count": random.integers(1, 9, ROWS), "disputed": random.random(ROWS) < 0.1, "days_late": late,
    })  # fmt: skip
    folder = tmp_path_factory.mktemp("curated") / "arrival=a1"
    folder.mkdir()
    pq.write_table(table, folder / "part-00000.parquet")
    return folder.parent


def chosen(use_case: UseCase, invoices: Path, **options: Any) -> Selection:
    with training_rows(use_case, {"invoices": [invoices]}, **options) as found:
        return select(found.source, found.question, leaks=found.leaks)


def test_the_example_is_weighed_end_to_end_and_nothing_is_suspected(invoices: Path) -> None:
    found = chosen(load_use_case(EXAMPLE), invoices, label_known="settled_on")
    assert found.leaks == ()
    assert found.rows == ROWS
    late_share = found.feature("late_share")
    assert (late_share.origin, late_share.view) == ("view", "customer_history")
    assert late_share.auc.low > 0.6, "the customer's history tells"
    assert found.feature("line_count").verdict == "drop"


def test_a_view_that_counts_answers_before_they_are_known_is_found(invoices: Path) -> None:
    early = chosen(UseCase.model_validate(document(timestamp="due_on")), invoices, label_known="settled_on")
    assert {leak.feature for leak in early.leaks if leak.severity == "certain"} == {
        "late_share",
        "mean_days_late",
    }
    assert "before settled_on in" in early.leaks[0].found
    assert early.feature("late_share").verdict == "drop"
    assert early.feature("mean_amount").verdict != "keep"
    waiting = chosen(
        UseCase.model_validate(document(timestamp="due_on", delay="90 days")),
        invoices,
        label_known="settled_on",
    )
    assert [leak for leak in waiting.leaks if leak.check == "counts_answers_too_early"] == []


def test_a_moment_that_an_on_demand_feature_reads_is_looked_at_unless_it_is_known_ahead(
    invoices: Path,
) -> None:
    on_demand = [
        {"name": "paid_after", "expression": "date_diff('day', issued_on, settled_on)", "type": "integer"}
    ]
    service = {"name": "all", "views": ["customer_history"], "on_demand": ["paid_after"]}
    found = document()
    found["model"] = {**{k: v for k, v in found["model"].items() if k != "views"}, "service": "all"}
    use_case = UseCase.model_validate({**found, "on_demand": on_demand, "services": [service]})
    suspected = chosen(use_case, invoices).leaks
    [leak] = [one for one in suspected if one.check == "later_than_moment"]
    assert (leak.feature, leak.severity) == ("paid_after", "possible")
    assert "settled_on is after issued_on in" in leak.found
    assert [
        one for one in chosen(use_case, invoices, known_ahead=["settled_on"]).leaks if one.check == leak.check
    ] == []


def test_a_dataset_without_files_is_named() -> None:
    with pytest.raises(NotFound, match="invoices=FOLDER"), training_rows(load_use_case(EXAMPLE), {}):
        pass


def leaks(columns: dict[str, Any], features: Sequence[str], **options: Any) -> list[Leak]:
    with open_rows(pa.table(columns)) as source:
        return list(select(source, Question("late", tuple(features), **options)).leaks)


def answers(rows: int = 2_000) -> tuple[np.random.Generator, Any]:
    random = np.random.default_rng(8)
    return random, random.random(rows) < 0.4


@pytest.mark.parametrize(("noise", "suspected"), [(0.05, True), (0.6, False)])
def test_a_feature_that_is_nearly_the_answer_is_suspected(noise: float, suspected: bool) -> None:
    random, late = answers()
    found = leaks({"late": late, "x": late + noise * random.normal(size=2_000)}, ["x"])
    assert [leak.check for leak in found] == (["near_perfect"] if suspected else [])


def test_a_column_that_is_filled_with_the_answer_is_suspected_and_one_that_is_often_empty_is_not() -> None:
    random, late = answers()
    known = np.arange(2_000) < 1_200
    fee, note = random.normal(size=(2, 2_000))
    columns = {
        "late": pa.array(late, mask=~known), "fee": pa.array(fee, mask=~known),
        "note": pa.array(note, mask=random.random(2_000) < 0.6), "x": fee,
    }  # fmt: skip
    [leak] = leaks(columns, ["fee", "note", "x"])
    assert (leak.feature, leak.check) == ("fee", "filled_with_answer")
    assert "100% of rows with an answer" in leak.found


def test_values_that_come_to_be_after_the_moment_are_leaks_for_certain() -> None:
    random, late = answers()
    moments = [datetime(2025, 1, 1) + timedelta(hours=place) for place in range(2_000)]
    after = [one + timedelta(minutes=1 if place % 10 == 0 else -1) for place, one in enumerate(moments)]
    columns = {"late": late, "x": random.normal(size=2_000), "y": random.normal(size=2_000), "at": moments,
               "x_at": after, "y_at": moments}  # fmt: skip
    [leak] = leaks(columns, ["x", "y"], moment="at", event_times={"x": ("x_at",), "y": ("y_at",)})
    assert (leak.feature, leak.severity) == ("x", "certain")
    assert "10.0% of the rows" in leak.found


def test_power_that_a_delay_takes_away_is_suspected_and_power_that_stays_is_not() -> None:
    random, late = answers(6_000)
    x = late + random.normal(size=6_000)
    fresh, stale = random.normal(size=6_000), x + 0.3 * random.normal(size=6_000)
    columns = {
        "late": late,
        "x": x,
        "y": x[::-1] * 0 + late + random.normal(size=6_000),
        "x_b": fresh,
        "y_b": stale,
    }
    [leak] = leaks(columns, ["x", "y"], delayed={"x": "x_b", "y": "y_b"}, delay="2 days")
    assert (leak.feature, leak.check, leak.severity) == ("x", "gone_when_delayed", "possible")
    assert "2 days earlier" in leak.found
