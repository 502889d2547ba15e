"""What profiles say, and that parts merge to the whole."""

from __future__ import annotations

import datetime as dt
import math
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from penstock.catalog.profiles import Profile, merge, profile_files
from penstock.catalog.profiles.engine_source import EngineSource
from penstock.errors import InvalidSpec, NotFound, SchemaMismatch, UnreadableFile
from penstock.specs import Column

EXACT = ("count", "nulls", "minimum", "maximum", "histogram", "timeline", "zeros", "negatives", "infinite")
ROWS = st.lists(
    st.tuples(
        st.none() | st.integers(-(2**62), 2**62) | st.integers(0, 5),
        st.none() | st.floats(allow_nan=True),
        st.none() | st.text(max_size=12) | st.sampled_from(["AB-12", "zürich", ""]),
        st.none() | st.dates(),
        st.none() | st.booleans(),
    ),
    max_size=30,
)
SCHEMA = pa.schema(
    {"i": pa.int64(), "d": pa.float64(), "s": pa.string(), "day": pa.date32(), "b": pa.bool_()}
)


def write(folder: Path, name: str = "data", **columns: Any) -> Path:
    """Write columns to Parquet, texts as dictionaries and in small groups."""
    file = folder / f"{name}.parquet"
    pq.write_table(pa.table(columns), file, row_group_size=1_000)
    return file


def profile(folder: Path, target: str | None = None, **columns: Any) -> Profile:
    return profile_files([write(folder, **columns)], target=target)


def of_rows(folder: Path, name: str, rows: list[tuple[Any, ...]]) -> Path:
    file = folder / f"{name}.parquet"
    arrays = [pa.array([row[n] for row in rows], field.type) for n, field in enumerate(SCHEMA)]
    pq.write_table(pa.table(arrays, schema=SCHEMA), file)
    return file


def test_each_kind_of_column_is_described(tmp_path: Path) -> None:
    found = profile(
        tmp_path,
        n=pa.array([3, -1, None, 0, 3]),
        s=["AB-12", "CD-34", "x", "x", None],
        day=[dt.date(2024, 2, 29), None, None, None, dt.date(2024, 3, 1)],
        at=[dt.datetime(2024, 1, 1, 12), None, None, None, None],
        yes=[True, True, False, None, None],
    )
    n, s, day, at, yes = found.columns
    assert (n.type, n.count, n.nulls, n.distinct, n.distinct_error) == ("integer", 5, 1, 3, 0.0)
    assert (n.minimum, n.maximum, n.mean, n.zeros, n.negatives) == (-1, 3, 1.25, 1, 1)
    assert n.std == pytest.approx(np.std([3, -1, 0, 3], ddof=1))
    assert [(v.value, v.count) for v in n.top] == [("3", 2), ("-1", 1), ("0", 1)]
    assert [(v.value, v.count) for v in s.patterns] == [("AA-99", 2), ("a", 2)]
    assert (s.minimum, s.maximum, s.lengths.minimum, s.lengths.maximum, s.lengths.mean) == (
        "AB-12",
        "x",
        1,
        5,
        3.0,
    )
    assert (day.minimum, day.quantiles["p50"], day.timeline[-1].start) == (
        "2024-02-29",
        "2024-02-29",
        "2024-03-01",
    )
    assert at.maximum == "2024-01-01T12:00:00.000000Z"
    assert [(v.value, v.count) for v in yes.top] == [("true", 2), ("false", 1)]
    assert (yes.mean, yes.histogram) == (None, ())


def test_ten_thousand_rows_agree_with_numpy(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    x = rng.lognormal(size=10_000)
    words = np.array([f"w{n}" for n in rng.zipf(1.5, 10_000) % 5_000])
    found = profile(tmp_path, x=x, w=words, key=np.arange(10_000))
    shown = found["x"]
    assert shown.mean == pytest.approx(x.mean())
    assert shown.std == pytest.approx(x.std(ddof=1))
    for name, value in shown.quantiles.items():
        assert abs((x <= value).mean() - float(name[1:]) / 100) < 0.005
    for bucket in shown.histogram:
        assert bucket.count == ((x >= bucket.lower) & (x < bucket.upper)).sum()
    exact = dict(zip(*np.unique(words, return_counts=True), strict=True))
    assert found["w"].distinct == pytest.approx(len(exact), rel=0.05)
    for top in found["w"].top:
        assert top.count <= exact[top.value] <= top.count + found["w"].top_error
    assert found.candidate_keys == ("x", "key")


@given(ROWS, ROWS, ROWS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_profiles_of_parts_merge_to_that_of_the_whole(tmp_path: Path, one: Any, two: Any, three: Any) -> None:
    parts = [of_rows(tmp_path, f"p{n}", rows) for n, rows in enumerate((one, two, three))]
    whole = profile_files([of_rows(tmp_path, "whole", [*one, *two, *three])])
    apart = [Profile.model_validate_json(profile_files([part]).model_dump_json()) for part in parts]
    assert profile_files(parts).rows == whole.rows
    for merged in (merge(apart), merge([apart[2], apart[0], apart[1]]), merge([merge(apart[:2]), apart[2]])):
        for found, expected in zip(merged.columns, whole.columns, strict=True):
            for name in EXACT:
                assert getattr(found, name) == getattr(expected, name), (found.name, name)
            assert {(v.value, v.count) for v in found.top} == {(v.value, v.count) for v in expected.top}
            assert found.quantiles == expected.quantiles
            assert found.distinct == expected.distinct
            if expected.mean is not None and found.mean is not None:
                scale = max(abs(expected.minimum), abs(expected.maximum))
                assert math.isclose(found.mean, expected.mean, rel_tol=1e-9, abs_tol=1e-9 * scale)


@given(ROWS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_profile_is_the_same_without_pyarrow(tmp_path: Path, rows: Any) -> None:
    file = of_rows(tmp_path, "rows", rows)
    expected = profile_files([file])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("penstock.catalog.profiles.sources.find_spec", lambda _: None)
        assert profile_files([file]).columns == expected.columns
    assert EngineSource.open(file).rows == len(rows)


def test_large_files_are_the_same_without_pyarrow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(4)
    numbers, texts = rng.integers(0, 10**6, 300_000), rng.integers(0, 200_000, 300_000).astype(str)
    file = write(
        tmp_path, n=pa.array(numbers, mask=rng.random(300_000) < 0.1), t=texts, x=rng.random(300_000)
    )
    expected = profile_files([file], target="x")
    monkeypatch.setattr("penstock.catalog.profiles.sources.find_spec", lambda _: None)
    found = profile_files([file], target="x")
    assert (found.columns, found.associations) == (expected.columns, expected.associations)


def test_associations_with_the_target_are_those_of_the_formulas(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    x, noise = rng.normal(size=(2, 4_000))
    kind = np.where(x > 0, "high", "low")
    y = np.where(rng.random(4_000) < 0.1, np.nan, 2 * x + noise)
    files = [
        write(tmp_path, str(n), x=x[cut], y=pa.array(y[cut], from_pandas=True), kind=kind[cut])
        for n, cut in enumerate((slice(0, 1_500), slice(1_500, 4_000)))
    ]
    known = ~np.isnan(y)
    merged = merge([profile_files([file], target="y") for file in files])
    pearson, eta = merged.associations
    assert (pearson.columns, pearson.rows) == (("x", "y"), int(known.sum()))
    assert pearson.value == pytest.approx(np.corrcoef(x[known], y[known])[0, 1])
    means = {name: y[known & (kind == name)].mean() for name in ("high", "low")}
    between = sum((kind[known] == name).sum() * (mean - y[known].mean()) ** 2 for name, mean in means.items())
    expected = math.sqrt(between / ((y[known] - y[known].mean()) ** 2).sum())
    assert (eta.measure, eta.value) == ("correlation_ratio", pytest.approx(expected))
    by_kind = profile_files(files, target="kind").associations
    assert {a.columns: a.measure for a in by_kind}["x", "kind"] == "correlation_ratio"


def test_values_of_personal_columns_are_never_told(tmp_path: Path) -> None:
    secrets = ["anna@example.com", "ben@example.com"] * 3
    file = write(tmp_path, mail=secrets, pay=[61_234, 71_234] * 3, n=range(6))
    columns = [
        Column(name="mail", type="string", sensitivity="personal"),
        Column(name="pay", type="integer", sensitivity="special"),
        Column(name="n", type="integer"),
    ]
    found = merge([profile_files([file], columns, target="pay")] * 2)
    assert not any(word in found.model_dump_json() for word in ("anna", "example", "61234", "71234"))
    assert (found["mail"].distinct, found["mail"].unique, found["mail"].is_shown) == (2, "no", False)
    assert found.associations == ()


def test_candidate_keys_are_found_across_pieces_and_parts(tmp_path: Path) -> None:
    twice = write(tmp_path, "a", k=[*range(3_000), 5], text=[f"{n}" for n in range(3_001)])
    assert profile_files([twice]).candidate_keys == ("text",)
    assert profile_files([twice, twice]).candidate_keys == ()
    other = write(tmp_path, "b", k=range(3_000, 6_001), text=[f"{n}" for n in range(3_001, 6_002)])
    assert merge([profile_files([other]), profile_files([twice])])["text"].unique == "likely"
    assert merge([profile_files([twice]), profile_files([twice])])["text"].unique == "no"


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (pa.array([], pa.float64()), {"count": 0, "distinct": 0, "mean": None, "unique": "no"}),
        (pa.array([None] * 3, pa.float64()), {"nulls": 3, "distinct": 0, "quantiles": {}, "histogram": ()}),
        (pa.array([None] * 3, pa.null()), {"nulls": 3, "type": "string", "top": ()}),
        (pa.array([7.0]), {"distinct": 1, "std": None, "minimum": 7.0, "unique": "yes"}),
        (pa.array([7.0] * 9), {"distinct": 1, "std": 0.0, "unique": "no"}),
        (pa.array([math.inf, -math.inf, math.nan, 1.0]), {"infinite": 3, "maximum": 1.0, "mean": 1.0}),
        (pa.array([1e308, -1e308, 1e308]), {"maximum": 1e308, "minimum": -1e308, "std": None}),
        (pa.array([2**63 - 1, -(2**63)]), {"maximum": 2**63 - 1, "minimum": -(2**63), "distinct": 2}),
        (pa.array([2**64 - 1], pa.uint64()), {"maximum": 2**64}),
        (pa.array(["日本", "é"]), {"maximum": "日本", "minimum": "é"}),
        (pa.array(["x" * 300_000, "y"]), {"distinct": 2, "minimum": "x" * 100}),
        (pa.array([[1], None, [2, 3]]), {"type": "string", "nulls": 1, "distinct": 2}),
        (pa.array([{"a": 1}, {"a": None}]), {"type": "string", "distinct": 2}),
    ],
)  # fmt: skip
def test_odd_columns_are_described(tmp_path: Path, values: pa.Array, expected: dict[str, Any]) -> None:
    found = profile(tmp_path, c=values)["c"].model_dump(mode="python")
    assert {name: found[name] for name in expected} == expected


def test_hundreds_of_columns_are_no_trouble_and_relate_to_the_target(tmp_path: Path) -> None:
    columns = {f"c{n}": [n, n + 1, 2 * n] for n in range(150)}
    found = profile(tmp_path, target="c7", **columns)
    assert len(found.columns) == 150
    assert all(one.columns[1] == "c7" for one in found.associations[:149])


def test_what_cannot_be_profiled_is_named(tmp_path: Path) -> None:
    good = write(tmp_path, "good", a=[1], b=["x"])
    with pytest.raises(UnreadableFile):
        profile_files([])
    (tmp_path / "bad.parquet").write_bytes(b"")
    with pytest.raises(UnreadableFile, match=r"bad\.parquet"):
        profile_files([tmp_path / "bad.parquet"])
    with pytest.raises(SchemaMismatch, match="column b"):
        profile_files([good, write(tmp_path, "other", a=[1], b=[2])])
    with pytest.raises(SchemaMismatch, match="expected: integer"):
        profile_files([good], [Column(name="b", type="integer")])
    with pytest.raises(SchemaMismatch, match="lacks"):
        profile_files([good], [Column(name="c", type="integer")])
    with pytest.raises(NotFound, match="c"):
        profile_files([good], target="c")
    with pytest.raises(SchemaMismatch, match="different columns"):
        merge([profile_files([good]), profile(tmp_path, z=[1])])
    with pytest.raises(InvalidSpec, match="hash"):
        merge([profile_files([good]), profile_files([good]).model_copy(update={"hash": "other"})])


def test_integers_and_decimals_merge_to_decimals(tmp_path: Path) -> None:
    whole, parts = profile(tmp_path, a=[1, 2, 3]), profile(tmp_path, a=[2.0, 2.5])
    merged = merge([whole, parts])["a"]
    assert (merged.type, merged.distinct, merged.mean) == ("decimal", 4, 2.1)
