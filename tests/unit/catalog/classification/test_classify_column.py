"""A column is classified by its name and its values, and neither shows in the evidence."""

from __future__ import annotations

import random

import pytest

from penstock.catalog.classification import classify_column

RANDOM = random.Random(7)


def digits(count: int) -> str:
    return "".join(RANDOM.choice("0123456789") for _ in range(count))


@pytest.mark.parametrize(
    "name",
    ["order_no", "reference", "x", "payment_reference", "card", "account_number", "device_id", "national_id"],
)
@pytest.mark.parametrize("length", [8, 9, 10, 11, 12, 13, 14, 15, 16])
def test_random_numbers_are_nobodys_though_one_in_ten_passes_luhn(name: str, length: int) -> None:
    values = ["4" + digits(length - 1) for _ in range(300)]
    assert classify_column(name, values).kind in {"none", name}


def test_values_alone_suffice_where_they_are_unmistakable() -> None:
    found = classify_column("x7", [f"p{i}@example.org" for i in range(30)])
    assert (found.kind, found.sensitivity, found.protect) == ("email", "personal", "hash")
    assert found.evidence[0].source == "content"


def test_a_name_alone_is_not_believed_against_the_values() -> None:
    assert classify_column("email", ["true", "false"]).kind == "none"
    assert classify_column("phone_number", [f"SKU-{i}" for i in range(30)]).kind == "none"


def test_a_name_is_believed_a_little_when_there_is_no_value() -> None:
    found = classify_column("E-Mail-Adresse", [])
    assert (found.kind, found.confidence) == ("email", 0.4)


@pytest.mark.parametrize(
    "name", ["email_count", "phone_verified", "gender_ratio", "address_type", "mail_template"]
)
def test_a_name_about_the_thing_is_not_the_thing(name: str) -> None:
    assert classify_column(name, ["1", "2", "3"]).kind == "none"


def test_yes_and_no_about_health_are_health_data() -> None:
    found = classify_column("is_smoker", ["yes", "no"])
    assert (found.kind, found.sensitivity) == ("health", "special")


def test_evidence_holds_no_value() -> None:
    secret = [f"secret.person{i}@example.org" for i in range(40)]
    shown = classify_column("contact", secret).model_dump_json() + str(classify_column("c", secret).evidence)
    assert "secret" not in shown
    assert "example" not in shown


def test_a_few_addresses_in_prose_make_it_free_text() -> None:
    texts = [f"the parcel number {i} came late again" for i in range(95)]
    texts += [f"please answer to p{i}@example.org soon" for i in range(5)]
    found = classify_column("remark", texts)
    assert (found.kind, found.contains, found.protect) == ("free_text", ("email",), "drop")


def test_random_card_like_numbers_in_prose_are_no_cards() -> None:
    texts = [f"the transfer 4{digits(15)} has arrived today" for _ in range(300)]
    assert "card_number" not in classify_column("message", texts).contains


def test_an_illness_in_prose_makes_it_special() -> None:
    texts = [f"visit {i}: patient with asthma and hypertension" for i in range(10)]
    assert classify_column("notes", texts).sensitivity == "special"


def test_numbers_that_lost_their_zeros_in_a_spreadsheet_are_still_known() -> None:
    assert classify_column("ssn", [1_234_567 + 10_007 * i for i in range(1, 40)]).kind == "us_ssn"
    assert classify_column("bsn", ["12345672.0", "111222333.0"]).kind == "nl_bsn"


def test_nulls_and_blanks_are_no_values() -> None:
    found = classify_column("kontakt", [None, "", "  ", "ann@example.org", "bob@example.org", None])
    assert found.evidence[0].tested == 2


def test_only_so_many_values_are_looked_at() -> None:
    found = classify_column("mail", (f"p{i}@example.org" for i in range(10_000_000)), most=50)
    assert found.evidence[0].tested == 50


def test_two_columns_of_the_same_values_get_the_same_verdict() -> None:
    values = [f"10.1.{i}.7" for i in range(100)]
    assert classify_column("host", values) == classify_column("host", list(values))


def test_names_in_any_manner_of_writing_are_understood() -> None:
    for name in ("firstName", "FIRST_NAME", "First Name", "first-name", "Vorname", "prénom", "förnamn"):
        assert classify_column(name, ["Qwertz", "Uiop"]).kind == "given_name"
