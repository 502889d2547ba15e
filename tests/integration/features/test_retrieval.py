"""Complete rows at request time, and that they are those of training."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from penstock.errors import InvalidSpec, TransientError
from penstock.features import (
    FeatureServer,
    FeaturesNotComputed,
    Layout,
    MemoryEntities,
    ModelFeatures,
    OnlineStore,
    compute_on_demand,
    join,
    latest_rows,
    materialise,
    reconcile,
)
from penstock.features.answers import FeatureAnswers, InvalidFeatureRequest
from penstock.specs import FeatureView
from penstock.specs.features import OnDemandFeature

NOW = datetime(2025, 6, 1, tzinfo=UTC)
HISTORY = Layout(
    "history", 1, "customer", "who", (("usual", "decimal"), ("n", "integer")), time_to_live_days=30
)
SITE = Layout("site", 1, "site", "place", (("visits", "integer"),))
RATIO = OnDemandFeature(name="ratio", expression="amount / usual", type="decimal")
DOUBLE = OnDemandFeature(name="double", expression="ratio * 2", type="decimal")


@pytest.fixture
def server() -> FeatureServer:
    store = OnlineStore(MemoryEntities(), now=lambda: NOW)
    rows = [{"who": who, "event_timestamp": NOW - timedelta(days=age), "usual": usual, "n": 1}
            for who, age, usual in (("a", 1, 10.0), ("b", 31, 20.0), ("c", 1, None))]  # fmt: skip
    store.write("uc", {HISTORY: rows}, write_time=NOW)
    store.write("uc", {SITE: [{"place": "7", "event_timestamp": NOW, "visits": 3}]}, write_time=NOW)
    types: Any = {"amount": "decimal"}
    return FeatureServer(store, ModelFeatures("uc", (HISTORY, SITE), (RATIO, DOUBLE), types, "at"))


def test_rows_get_the_features_of_all_their_entities_in_their_order(server: FeatureServer) -> None:
    rows = [
        {"who": "b", "place": 7, "amount": 5},
        {"who": "a", "place": None, "amount": 5},
        {"amount": 5, "who": "a", "place": 7},
    ]
    found = server.complete(rows)
    assert [(row["usual"], row["visits"], row["ratio"], row["double"]) for row in found.rows] == [
        (None, 3, None, None), (10.0, None, 0.5, 1.0), (10.0, 3, 0.5, 1.0),
    ]  # fmt: skip
    assert found.statuses == [
        {"history": "expired", "site": "found"}, {"history": "found", "site": "missing"},
        {"history": "found", "site": "found"},
    ]  # fmt: skip
    assert rows[0] == {"who": "b", "place": 7, "amount": 5}


def test_what_the_request_has_is_taken_from_there(server: FeatureServer) -> None:
    given = {"who": "a", "place": 7, "amount": 5, "usual": 1.0}
    [row] = server.complete([given]).rows
    assert (row["usual"], row["n"], row["ratio"]) == (1.0, 1, 5.0)
    found = server.complete([{**given, "n": None, "ratio": 9.0}])
    assert (found.rows[0]["n"], found.rows[0]["ratio"]) == (None, 9.0)
    assert found.statuses == [{"history": "given", "site": "found"}]


def test_nothing_is_read_for_complete_rows(server: FeatureServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryEntities, "get_many", None)
    given = {"usual": 1.0, "n": 1, "visits": 1, "amount": 5.0}
    assert server.complete([given]).rows == [{**given, "ratio": 5.0, "double": 10.0}]


@pytest.mark.parametrize(
    "at", ["2025-05-20", "2025-05-20T00:00:00+02:00", date(2025, 5, 20), datetime(2025, 5, 20)]
)
def test_features_expire_by_the_time_of_the_row(server: FeatureServer, at: Any) -> None:
    rows = [{"who": "b", "place": 7, "amount": 1, "at": at}, {"who": "b", "place": 7, "amount": 1, "at": "?"}]
    found = server.complete(rows)
    assert [row["usual"] for row in found.rows] == [20.0, None]
    assert server.complete(rows, at=NOW - timedelta(days=2)).rows[1]["usual"] == 20.0


def test_a_missing_column_is_told_by_name(server: FeatureServer) -> None:
    with pytest.raises(FeaturesNotComputed, match="expected: amount"):
        server.complete([{"who": "a", "place": 7}])


def test_model_features_travel_as_variables(server: FeatureServer) -> None:
    many = Layout(
        "wide",
        2,
        "customer",
        "who",
        tuple((f"feature_with_a_long_name_{n}", "decimal") for n in range(400)),
        taken=("feature_with_a_long_name_3",),
    )
    features = ModelFeatures("uc", (*server.features.views, many), (RATIO,), server.features.types, "at")
    variables = features.environment()
    assert max(map(len, variables.values())) <= 1_024
    assert ModelFeatures.from_environment({"OTHER": "x", **variables}) == features
    assert ModelFeatures.from_environment({"OTHER": "x"}) is None
    with pytest.raises(InvalidSpec, match="PENSTOCK_FEATURES"):
        ModelFeatures.from_environment({"PENSTOCK_FEATURES_0": variables["PENSTOCK_FEATURES_0"][:-8]})


@pytest.mark.parametrize("request_", [{}, {"rows": "x"}, {"rows": [1]}, {"rows": [{}] * 1_001},
                                      {"rows": [{}], "at": "soon"}])  # fmt: skip
def test_a_request_that_is_none_is_refused(server: FeatureServer, request_: Any) -> None:
    from penstock.specs import load_use_case

    use_case = load_use_case(Path("examples/late_invoices"))
    with pytest.raises(InvalidFeatureRequest):
        FeatureAnswers(lambda _: use_case, server.store).get({"use_case": "late_invoices", **request_})


def test_a_request_is_answered_in_json(tmp_path: Path) -> None:
    from penstock.features import layouts
    from penstock.specs import load_use_case

    use_case = load_use_case(Path("examples/late_invoices"))
    store = OnlineStore(MemoryEntities(), now=lambda: NOW)
    [layout] = layouts(use_case)
    row = {
        **dict.fromkeys(layout.names),
        "customer_id": "C1",
        "event_timestamp": NOW,
        "mean_days_late": math.inf,
    }
    taken = [name for view in ModelFeatures.of(use_case).views for name in view.names]
    store.write(use_case.name, {layout: [row]}, write_time=NOW)
    computed = dict.fromkeys(feature.name for feature in use_case.model_on_demand)
    rows = [{"customer_id": key, "amount": 3, **computed} for key in ("C1", "C2")]
    found = FeatureAnswers(lambda _: use_case, store).get({"use_case": use_case.name, "rows": rows})
    assert json.loads(json.dumps(found, allow_nan=False)) == {
        "rows": [{**one, **dict.fromkeys(taken)} for one in rows],
        "statuses": [{"customer_history": "found"}, {"customer_history": "missing"}],
    }


def test_serving_gives_what_training_joins(tmp_path: Path) -> None:
    """The same rows through materialise, join and compute_on_demand, and through the online store."""
    view = FeatureView.model_validate(
        {
            "name": "history",
            "entity": {"name": "customer", "key": "who"},
            "dataset": "payments",
            "timestamp": "paid",
            "time_to_live_days": 20,
            "features": [
                {"name": "usual", "aggregate": "mean", "of": "amount"},
                {"name": "n", "aggregate": "count"},
                {"name": "most", "aggregate": "maximum", "of": "amount"},
                {"name": "last_land", "aggregate": "latest", "of": "land"},
            ],
        }
    )
    types: Any = {"usual": "decimal", "n": "integer", "most": "decimal", "last_land": "string"}
    payments = pa.table({
        "who": ["a", "a", "b", "c", "c", "größe"], "paid": [date(2025, 1, d) for d in (1, 9, 2, 3, 8, 8)],
        "amount": [1.0, 4.0, 7.0, None, None, 0.1], "land": ["DE", None, "FR", "", "é", "x"],
    })  # fmt: skip
    pq.write_table(payments, tmp_path / "payments.parquet")
    made = materialise(
        view,
        [tmp_path / "payments.parquet"],
        tmp_path / "history",
        types=types,
        write_time=datetime(2025, 1, 10),
    )

    spine = pa.table(
        {
            "who": ["b", "a", "nobody", "größe", "c", "a"],
            "at": [date(2025, 1, d) for d in (30, 20, 20, 28, 20, 30)],
            "amount": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        }
    )
    pq.write_table(spine, tmp_path / "spine.parquet")
    join(
        spine=tmp_path / "spine.parquet",
        timestamp="at",
        views=[(view, made.path)],
        output=tmp_path / "joined.parquet",
    )
    trained = compute_on_demand(pq.read_table(tmp_path / "joined.parquet"), [RATIO, DOUBLE]).to_pylist()

    store = OnlineStore(MemoryEntities(), now=lambda: NOW)
    layout = Layout.of(view, types)
    newest = pq.read_table(made.latest)
    store.write("uc", {layout: newest}, write_time=datetime(2025, 1, 10))
    assert reconcile(store, "uc", layout, latest_rows(made.latest)).agrees
    server = FeatureServer(
        store, ModelFeatures("uc", (layout,), (RATIO, DOUBLE), {"amount": "decimal"}, "at")
    )
    assert server.complete(spine.to_pylist()).rows == trained
    assert [row["usual"] for row in trained] == [None, 2.5, None, 0.1, None, None]


def test_throttling_is_told(server: FeatureServer, monkeypatch: pytest.MonkeyPatch) -> None:
    def throttled(*_: Any, **__: Any) -> Any:
        raise TransientError("DynamoDB does not keep up.")

    monkeypatch.setattr(MemoryEntities, "get_many", throttled)
    with pytest.raises(TransientError):
        server.complete([{"who": "a", "place": 7, "amount": 5}])


def test_the_container_serves_features_where_the_deployment_names_the_table(
    server: FeatureServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sagemaker_jobs.serve import _features

    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    variables = server.features.environment()
    made = _features({**variables, "PENSTOCK_ONLINE_TABLE": "online"})
    assert made is not None
    assert made.features == server.features
    assert _features(variables) is None
    assert _features({"PENSTOCK_ONLINE_TABLE": "online"}) is None
