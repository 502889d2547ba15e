"""Where files may land."""

from __future__ import annotations

import pytest

from penstock.errors import UnregisteredDataset
from penstock.onboarding import LandingKey, parse_landing_key


@pytest.mark.parametrize("name", ["a.csv", "with space.csv", "März.csv", "a+b=c&d.csv", "..a"])
def test_a_proper_key_has_three_parts(name: str) -> None:
    assert parse_landing_key(f"late_invoices/invoices/{name}") == LandingKey(
        "late_invoices", "invoices", name
    )


@pytest.mark.parametrize(
    "key",
    ["", "a.csv", "uc/a.csv", "uc/ds/", "uc/ds/deep/a.csv", "Uc/ds/a.csv", "../ds/a.csv", "uc/ds/..", "//a"],
)
def test_any_other_key_is_no_datasets(key: str) -> None:
    with pytest.raises(UnregisteredDataset):
        parse_landing_key(key)
