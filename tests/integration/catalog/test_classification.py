"""Classification is right on the labelled sample, the same every time, and finds what is rare."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from benchmarks.classification import measured, sample
from penstock.catalog.classification import classify_file, classify_table
from penstock.errors import NotFound, UnreadableFile

# What was reached, rounded down: a change that finds less, or more that is not there, shows here.
FLOORS = {"tuning": (0.98, 0.97, 0.97), "held_out": (0.98, 0.97, 0.97)}
NAMELESS = {"tuning": (0.98, 0.60), "held_out": (0.98, 0.60)}


@pytest.mark.parametrize("part", sorted(FLOORS))
def test_precision_and_recall_stay_where_they_were(part: str) -> None:
    columns = sample(part)
    overall, kinds, mistakes = measured(columns)
    precision, recall, right = FLOORS[part]
    assert overall.precision >= precision
    assert overall.recall >= recall
    assert 1 - len(mistakes) / len(columns) >= right
    assert [one.kind for one in kinds if one.recall < 0.8] == []


@pytest.mark.parametrize("part", sorted(NAMELESS))
def test_values_alone_find_most_and_hardly_anything_that_is_not_there(part: str) -> None:
    overall = measured([{**column, "name": f"c{place}"} for place, column in enumerate(sample(part))])[0]
    precision, recall = NAMELESS[part]
    assert overall.precision >= precision
    assert overall.recall >= recall


def test_the_sample_is_small_and_both_halves_have_hard_negatives() -> None:
    file = Path(__file__).parents[2] / "data" / "classification" / "columns.json"
    assert file.stat().st_size < 300_000
    for part in FLOORS:
        assert sum(column["kind"] == "none" for column in sample(part)) >= 40


def write(folder: Path, query: str) -> Path:
    duckdb.sql(query).write_parquet(str(folder / "t.parquet"))
    return folder / "t.parquet"


def test_a_large_file_is_classified_by_a_sample_that_is_always_the_same(tmp_path: Path) -> None:
    file = write(
        tmp_path,
        "SELECT i AS id, 'p' || i || '@example.org' AS contact, "
        "CASE WHEN i % 10000 = 0 THEN '+49 170 ' || (1000000 + i) END AS other, "
        "'order ' || i || ' was shipped' || "
        "CASE WHEN i % 5000 = 7 THEN ', ask bob' || i || '@example.org' ELSE ' to the shop' END AS note "
        "FROM range(300000) t(i)",
    )  # fmt: skip
    found = classify_file(file)
    assert [one.kind for one in found.values()] == ["none", "email", "phone", "free_text"]
    assert found["note"].contains == ("email",)
    assert classify_file(file) == found


def test_only_columns_asked_for_are_looked_at(tmp_path: Path) -> None:
    file = write(tmp_path, "SELECT 1 AS a, 2 AS b")
    assert list(classify_file(file, columns=["b"])) == ["b"]
    with pytest.raises(NotFound, match="found: c"):
        classify_file(file, columns=["c"])


def test_an_empty_table_and_one_of_nulls_are_classified_by_name(tmp_path: Path) -> None:
    found = classify_file(write(tmp_path, "SELECT NULL::VARCHAR AS email, NULL::INT AS x FROM range(9)"))
    assert [(one.kind, one.confidence) for one in found.values()] == [("email", 0.4), ("none", 0.0)]
    assert classify_file(write(tmp_path, "SELECT 'a' AS iban WHERE FALSE"))["iban"].kind == "iban"


def test_a_file_that_is_no_parquet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UnreadableFile, match="not Parquet"):
        classify_file(tmp_path / "a.csv")


def test_the_rows_of_an_arrival_are_classified_as_a_query() -> None:
    with duckdb.connect() as connection:
        rows = "(SELECT i + 0 AS row, 'p' || i || '@example.org' AS c0, i % 7 AS c1 FROM range(30000) t(i))"
        found = classify_table(connection, rows, {"a": "c0", "b": "c1"}, row="row")
    assert [one.kind for one in found.values()] == ["email", "none"]


def test_names_of_columns_cannot_break_out_of_the_query(tmp_path: Path) -> None:
    file = tmp_path / "t.parquet"
    duckdb.sql("""SELECT 'ann@example.org' AS "e-mail""; DROP TABLE x; --" FROM range(9)""").write_parquet(
        str(file)
    )
    assert [one.kind for one in classify_file(file).values()] == ["email"]


def test_a_very_wide_file_is_classified(tmp_path: Path) -> None:
    names = ", ".join(f"i AS c{place}" for place in range(300))
    assert len(classify_file(write(tmp_path, f"SELECT {names} FROM range(200) t(i)"))) == 300
