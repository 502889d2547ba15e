"""The generator: the same bytes for the same seed, and a mechanism that is known."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from examples.late_invoices.generate import COLUMNS, ceiling, generate, live
from penstock.onboarding import OnboardingReport, onboard_file
from penstock.specs import load_use_case

USE_CASE = load_use_case(Path("examples/late_invoices"))
CONTRACT = USE_CASE.contract("invoices")


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> OnboardingReport:
    assert CONTRACT is not None
    folder = tmp_path_factory.mktemp("invoices")
    [file] = generate(20_000, 1, seed=7, output=folder)
    return onboard_file(
        contract=CONTRACT, file=file, output=folder / "out", arrival_id="a", hash_key=bytes(32)
    )


def test_the_columns_are_those_of_the_contract() -> None:
    assert CONTRACT is not None
    assert tuple(column.name for column in CONTRACT.columns) == COLUMNS


def test_the_same_seed_makes_the_same_files(tmp_path: Path) -> None:
    files = [generate(1_001, 3, seed=seed, output=tmp_path / name, drift_from=3)
             for seed, name in ((7, "a"), (7, "b"), (8, "c"))]  # fmt: skip
    first, second, other = ([file.read_bytes() for file in made] for made in files)
    assert first == second != other
    assert [file.name for file in files[0]] == [f"invoices_2025_0{month}.csv" for month in (1, 2, 3)]


def test_the_rows_are_as_many_as_asked_for(tmp_path: Path) -> None:
    files = generate(1_001, 3, seed=7, output=tmp_path)
    counts = []
    for file in files:
        with file.open(encoding="utf-8", newline="") as stream:
            counts.append(len(list(csv.DictReader(stream))))
    assert counts == [334, 334, 333]


def test_every_rule_is_broken_somewhere_and_few_rows_are_bad(report: OnboardingReport) -> None:
    broken = {rule.check for rule in report.rules if rule.broken}
    assert broken == {"not_null", "unique", "between", "in_set", "matches", "not_before", "type"}
    assert 0.002 < report.share_quarantined < 0.008


def test_about_a_third_is_late_and_the_ceiling_is_known(report: OnboardingReport) -> None:
    days_late = next(column for column in report.profile if column.name == "days_late")
    late = sum(bucket.count for bucket in days_late.histogram if bucket.lower > 0)
    assert 0.15 < late / days_late.count < 0.40
    assert 0.81 < ceiling(50_000, 6, seed=7) < 0.85
    assert 0.81 < ceiling(50_000, 1, seed=7, drift_from=1) < 0.87


def test_the_changed_world_has_other_invoices(tmp_path: Path) -> None:
    [plain], [drifted] = (generate(20_000, 1, 7, tmp_path / str(start), start) for start in (None, 1))
    terms, brazil = [], []
    for file in (plain, drifted):
        with file.open(encoding="utf-8", newline="") as stream:
            rows = [row for row in csv.DictReader(stream) if row["terms_days"].isdigit()]
        terms.append(sum(int(row["terms_days"]) for row in rows) / len(rows))
        brazil.append(sum(row["country"] == "BR" for row in rows) / len(rows))
    assert terms[1] > terms[0] * 1.3
    assert brazil[1] > brazil[0] * 3


def test_live_rows_have_what_a_model_needs_and_not_the_answer() -> None:
    rows = live(50, seed=7, drift=True)
    assert rows == live(50, seed=7, drift=True)
    assert {*USE_CASE.model.features, "customer_id", "issued_on"} <= set(rows[0])
    assert not {"days_late", "settled_on", "customer_name", "customer_email"} & set(rows[0])
    assert isinstance(rows[0]["terms_days"], int)
    assert isinstance(rows[0]["amount"], float)
    assert isinstance(rows[0]["disputed"], bool)
    assert "days_late" in live(1, seed=7, drift=False, labelled=True)[0]


def test_people_are_made_up(tmp_path: Path) -> None:
    [file] = generate(2_000, 1, seed=7, output=tmp_path)
    with file.open(encoding="utf-8", newline="") as stream:
        mails = {row["customer_email"] for row in csv.DictReader(stream)} - {"", "not an address"}
    assert mails
    assert all(mail.endswith(("@example.com", "@example.org")) for mail in mails)
