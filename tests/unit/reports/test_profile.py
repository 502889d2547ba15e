"""Profiles for people."""

from __future__ import annotations

from rich.console import Console

from penstock.catalog.profiles import Association, Bucket, ColumnProfile, Period, Profile, TopValue
from penstock.reports import profile_page, profile_table

COLUMNS = (
    ColumnProfile(
        name="amount", type="decimal", count=10, nulls=1, distinct=9, unique="yes", minimum=0.5, maximum=3.0,
        quantiles={"p50": 1.25},
        histogram=(Bucket(lower=0, upper=2, count=5), Bucket(lower=2, upper=4, count=4)),
    ),
    ColumnProfile(
        name="<b>", type="string", count=10, nulls=0, distinct=2, top=(TopValue(value="[red]", count=9),)
    ),
    ColumnProfile(
        name="day", type="date", count=10, nulls=0, distinct=4, distinct_error=0.016,
        timeline=(Period(start="2024-01-01", end="2024-01-03", count=10),),
    ),
    ColumnProfile(name="mail", type="string", count=10, nulls=0, distinct=8, is_shown=False),
)  # fmt: skip
PROFILE = Profile(
    rows=10,
    columns=COLUMNS,
    target="amount",
    associations=(Association(columns=("day", "amount"), measure="pearson", value=-0.5, rows=9),),
)


def test_the_table_has_a_line_a_column() -> None:
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: PTH123
    console.print(profile_table(PROFILE, title="[draft]"))
    shown = console.export_text()
    assert all(
        word in shown for word in ("[draft]", "amount", "[red] (90%)", "~4", "hidden", "1.25", "10.0%")
    )


def test_the_page_is_self_contained_and_escaped() -> None:
    page = profile_page(PROFILE, title="A & B")
    assert "A &amp; B" in page
    assert "<b>" not in page
    assert page.count("<svg") == 4
    assert "http" not in page.replace("http://www.w3.org", "")
    assert "hidden" in page


def test_a_page_of_many_columns_stays_small() -> None:
    many = tuple(COLUMNS[0].model_copy(update={"name": f"c{n}"}) for n in range(5_000))
    assert len(profile_page(Profile(rows=10, columns=many), title="wide")) < 1_000_000
