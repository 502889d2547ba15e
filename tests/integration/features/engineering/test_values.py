"""What engineered features are worth on rows, the same wherever they are computed."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import sqlglot

from penstock.errors import InvalidSpec, NotFound
from penstock.features import materialise
from penstock.features.engineering import Source, expand, open_rows, parse_step, read_plan
from penstock.features.on_demand import compute_columns, compute_on_demand
from penstock.quality.expressions import parse_expression
from penstock.specs.features import FeatureView, OnDemandFeature

NAN, INF = float("nan"), float("inf")
ROWS = pa.table({
    "amount": pa.array([1.0, -2.0, 6.0, None, NAN, INF, 1e300], pa.float64()),
    "terms": pa.array([2, 0, 3, 4, 5, None, 2**62], pa.int64()),
    "late": [True, False, None, True, True, False, True],
    "land": ["DE", "DE", "it's", None, "FR", "DE", ""],
    "note": ["a b c", "", " x  y ", None, "Grüße an Ömer", "ABC", "x" * 5_000],
    "issued": [date(2025, 1, 4), date(1969, 12, 28), date(2025, 1, 6), None, date(2024, 2, 29),
               date(2025, 1, 5), date(2025, 12, 31)],
    "due": [date(2025, 2, 3)] * 7,
    "at": [datetime(2025, 1, 1, 13, 59)] * 7,
})  # fmt: skip
CASES: list[tuple[dict[str, Any], list[Any]]] = [
    ({"engineer": "product", "of": ["amount", "terms"]}, [2.0, -0.0, 18.0, None, None, None, None]),
    ({"engineer": "product", "of": ["late", "terms"]}, [2.0, 0.0, None, 4.0, 5.0, None, 2.0**62]),
    ({"engineer": "ratio", "of": ["amount", "terms"]}, [0.5, None, 2.0, None, None, None, 1e300 / 2**62]),
    ({"engineer": "difference", "of": ["amount", "terms"]}, [-1.0, -2.0, 3.0, None, None, None, 1e300]),
    ({"engineer": "difference", "of": ["due", "issued"]}, [30, 20126, 28, None, 340, 29, -331]),
    ({"engineer": "days_since", "of": "issued", "until": "due"}, [30, 20126, 28, None, 340, 29, -331]),
    ({"engineer": "days_since", "of": "issued", "since": "2025-01-01"}, [3, -20093, 5, None, -307, 4, 364]),
    ({"engineer": "polynomial", "of": "amount", "centre": 1}, [0.0, 9.0, 25.0, None, None, None, None]),
    ({"engineer": "bins", "of": "amount", "edges": [0, 6]}, [1, 0, 2, None, None, None, 2]),
    ({"engineer": "rare", "of": "land", "share": 0.3}, ["DE", "DE", "other", None, "other", "DE", "other"]),
    ({"engineer": "frequency", "of": "land"}, [0.5, 0.5, 0.166667, None, 0.166667, 0.5, 0.166667]),
    ({"engineer": "frequency", "of": "land", "most": 1}, [0.5, 0.5, 0.0, None, 0.0, 0.5, 0.0]),
    ({"engineer": "ordinal", "of": "land"}, [0, 0, 3, None, 2, 0, 1]),
    ({"engineer": "ordinal", "of": "land", "order": ["FR", "DE"]}, [1, 1, -1, None, 0, 1, -1]),
    ({"engineer": "date_part", "of": "issued", "parts": ["weekday"]}, [5, 6, 0, None, 3, 6, 2]),
    ({"engineer": "date_part", "of": "issued", "parts": ["is_weekend"]},
     [True, True, False, None, False, True, False]),
    ({"engineer": "date_part", "of": "issued", "parts": ["quarter"]}, [1, 4, 1, None, 1, 1, 4]),
    ({"engineer": "date_part", "of": "issued", "parts": ["day_of_year"]}, [4, 362, 6, None, 60, 5, 365]),
    ({"engineer": "date_part", "of": "at", "parts": ["hour"]}, [13] * 7),
    ({"engineer": "text_length", "of": "note"}, [5, 0, 6, None, 13, 3, 5_000]),
    ({"engineer": "word_count", "of": "note"}, [3, 0, 3, None, 3, 1, 1]),
]  # fmt: skip


@pytest.fixture(scope="module")
def rows() -> Iterator[Source]:
    with open_rows(ROWS) as source:
        yield source


def named(case: Any) -> str:
    return (
        f"{case['engineer']}-{'-'.join(case['of']) if isinstance(case['of'], list) else case['of']}"
        if isinstance(case, dict)
        else ""
    )


def values(source: Source, document: dict[str, Any]) -> list[Any]:
    [feature] = expand([parse_step(document)], source).on_demand
    computed = source.with_columns([(feature.name, feature.expression, feature.type)])
    return list(computed.all([feature.name])[feature.name].to_pylist())


@pytest.mark.parametrize(("document", "expected"), CASES, ids=named)
def test_values_of_hostile_rows(rows: Source, document: dict[str, Any], expected: list[Any]) -> None:
    assert values(rows, document) == [
        pytest.approx(one) if isinstance(one, float) else one for one in expected
    ]


def test_logarithm_is_mirrored_at_zero(rows: Source) -> None:
    found = values(rows, {"engineer": "logarithm", "of": "amount"})
    assert found[:3] == pytest.approx([math.log(2), -math.log(3), math.log(7)])
    assert found[3:6] == [None, None, None]


def test_learnt_bins_hold_about_as_many_rows_each() -> None:
    with open_rows(pa.table({"x": [float(i * i) for i in range(1_000)]})) as source:
        quantiles = values(source, {"engineer": "bins", "of": "x", "count": 4})
        widths = values(source, {"engineer": "bins", "of": "x", "count": 4, "method": "width"})
    assert [quantiles.count(place) for place in range(4)] == [250] * 4
    assert [widths.count(place) for place in range(4)] == [500, 207, 159, 134]


def test_a_column_of_one_value_has_no_bins() -> None:
    with (
        open_rows(pa.table({"x": [1.0, 1.0, None]})) as source,
        pytest.raises(InvalidSpec, match="no two values"),
    ):
        values(source, {"engineer": "bins", "of": "x"})


def test_buckets_are_filled_evenly_and_stay_for_ever() -> None:
    words = [f"Customer {i:05d}" for i in range(8_000)]
    with open_rows(pa.table({"word": [*words, "MÜLLER", "it's", "", None]})) as source:
        found = values(source, {"engineer": "text_hash", "of": "word", "buckets": 8})
    counts = [found[:8_000].count(str(bucket)) for bucket in range(8)]
    assert min(counts) > 850
    assert max(counts) < 1_150
    assert found[8_000:] == ["0", "4", "0", None], "models were trained on these: they never change"


def test_steps_learn_from_the_rows_that_they_are_given_alone() -> None:
    table = pa.table({"land": ["DE"] * 50 + ["FR"] * 50, "day": [1] * 50 + [2] * 50})
    with open_rows(table) as source:
        [feature] = expand([parse_step({"engineer": "rare", "of": "land"})], source.kept("day < 2")).on_demand
    assert "'DE'" in feature.expression
    assert "'FR'" not in feature.expression


def everything(source: Source) -> tuple[OnDemandFeature, ...]:
    documents = [document for document, _ in CASES] + [{"engineer": "text_hash", "of": "note"},
                                                       {"engineer": "logarithm", "of": "amount"}]  # fmt: skip
    steps = [parse_step({**one, "name": f"f{place}"}) for place, one in enumerate(documents)]
    return expand(steps, source).on_demand


def test_a_view_computes_what_a_request_computes(rows: Source, tmp_path: Path) -> None:
    features = everything(rows)
    keyed = ROWS.append_column("key", pa.array([f"k{place}" for place in range(7)]))
    keyed = keyed.append_column("known", pa.array([datetime(2025, 1, 1)] * 7))
    pq.write_table(keyed, tmp_path / "rows.parquet")
    view = FeatureView(
        name="all", entity={"name": "thing", "key": "key"}, dataset="things", timestamp="known",
        features=[{"name": one.name, "expression": one.expression, "type": one.type} for one in features],
    )  # fmt: skip
    made = materialise(view, [tmp_path / "rows.parquet"], tmp_path / "all")
    with open_rows([file.path for file in made.files]) as stored:
        offline = stored.connection.sql(f"SELECT * FROM {stored.relation} ORDER BY key").to_arrow_table()
    asked = rows.with_columns([(one.name, one.expression, one.type) for one in features])
    for one in features:
        served = asked.all([one.name])[one.name].to_pylist()
        assert offline[one.name].to_pylist() == served, one.name


def test_serving_computes_what_training_does(rows: Source) -> None:
    features = everything(rows)
    trained = compute_on_demand(ROWS, features, types=dict(rows.types))
    asked = rows.with_columns([(one.name, one.expression, one.type) for one in features])
    columns = {name: ROWS[name].to_pylist() for name in rows.types}
    served = compute_columns(columns, features, types=dict(rows.types), count=ROWS.num_rows)
    for one in features:
        expected = asked.all([one.name])[one.name].to_pylist()
        assert trained[one.name].to_pylist() == expected, one.name
        assert list(served[one.name]) == expected, one.name


@pytest.mark.parametrize("dialect", ["athena", "spark"])
def test_other_engines_can_read_every_expression(rows: Source, dialect: str) -> None:
    for one in everything(rows):
        columns = {name: name for name in parse_expression(one.expression).columns}
        [written] = sqlglot.transpile(
            f"SELECT {parse_expression(one.expression).sql(columns)}", "duckdb", write=dialect
        )
        assert sqlglot.parse_one(written, read=dialect).find(sqlglot.exp.Anonymous) is None, written


def test_rows_are_read_from_files_and_folders(tmp_path: Path) -> None:
    for place in range(2):
        pq.write_table(pa.table({"x": [place], "deep": [[1]]}), tmp_path / f"{place}.parquet")
    (tmp_path / "rows.csv").write_text("x,day\n1,2025-01-01\n2,\n")
    with open_rows([tmp_path / "0.parquet", tmp_path / "1.parquet"]) as source:
        assert (source.rows, dict(source.types)) == (2, {"x": "integer"})
    with open_rows([tmp_path / "rows.csv"]) as source:
        assert (source.rows, dict(source.types)) == (2, {"x": "integer", "day": "date"})
    with pytest.raises(InvalidSpec, match="several formats"), open_rows([tmp_path]):
        pass
    with pytest.raises(NotFound, match="no rows"), open_rows([tmp_path / "none"]):
        pass
    with pytest.raises(InvalidSpec, match="plain type"), open_rows(pa.table({"deep": [[1]]})):
        pass


def test_a_sample_is_spread_evenly_and_the_same_each_time() -> None:
    with open_rows(pa.table({"x": list(range(100_000))})) as source:
        one, again, other = (
            source.sample(["x"], most=1_000, seed=seed)["x"].to_pylist() for seed in (1, 1, 2)
        )
        assert len(source.sample(["x"], most=200_000, seed=1)) == 100_000
    assert one == again != other
    assert len(one) == pytest.approx(1_000, abs=10)
    assert max(after - before for before, after in pairwise(one)) < 200


def test_a_plan_in_yaml_becomes_features(rows: Source) -> None:
    made = expand(read_plan("engineer:\n- {engineer: ratio, of: [amount, terms]}\n"), rows)
    assert made.on_demand[0].name == "amount_per_terms"
    assert duckdb.sql(
        f"SELECT {made.on_demand[0].expression} FROM (SELECT 3 AS amount, 2 AS terms)"
    ).fetchall() == [(1.5,)]
