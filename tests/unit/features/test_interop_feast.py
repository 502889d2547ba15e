"""Feast's definitions both ways: read without running anything, and nothing silently lost."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from penstock.errors import InvalidSpec
from penstock.features.interop.feast import from_feast, to_feast
from penstock.features.interop.feast.kinds import from_tags, to_tags
from penstock.features.interop.feast.python import Code, call, value
from penstock.specs.loader import parse_use_case
from tests.unit.features.interop_case import VIEWS, use_case

DATA = Path(__file__).parents[2] / "data" / "feast"
REGISTRY, EXPORTED = DATA / "registry.json", DATA / "exported.json"


def registry(**spec: Any) -> dict[str, Any]:
    """Return a registry with one view."""
    view = {
        "name": "trips", "entities": ["driver"], "features": [{"name": "rating", "valueType": "DOUBLE"}],
        "batchSource": {"name": "trip_rows", "timestampField": "at"}, **spec,
    }  # fmt: skip
    driver = {"name": "driver", "joinKey": "driver_id", "valueType": "INT64"}
    return {"entities": [{"spec": driver}], "featureViews": [{"spec": view}]}


def why(document: dict[str, Any]) -> str:
    return "\n".join(map(str, from_feast(document).unsaid))


def test_somebody_elses_registry_becomes_features_and_a_list_of_what_cannot() -> None:
    imported = from_feast(json.loads(REGISTRY.read_text()))
    views = {view.name: view for view in imported.views}
    assert set(views) == {"driver_daily", "driver_hourly", "driver_pushed"}
    hourly = views["driver_hourly"]
    assert hourly.inclusive
    assert (hourly.dataset, hourly.timestamp, hourly.tags) == (
        "driver_hourly_v2",
        "at",
        ("pii", "team=fleet"),
    )
    assert [(one.name, one.expression, one.type) for one in hourly.features] == [
        ("conv_rate", "conv_rate", "decimal"), ("trips", "TripsToday", "integer"),
        ("select", '"select"', "string"), ("active", "active", "boolean"), ("seen", "seen", "timestamp"),
    ]  # fmt: skip
    assert [service.name for service in imported.services] == ["offers"]
    left = {one.what for one in imported.unsaid if one.lost}
    assert left == {
        "streamFeatureViews 'driver_stream'", "entity 'car'", "feature view 'cars'",
        "feature view 'driver_batch'",
        "feature view 'driver_customer'", "feature view 'weather'", "on-demand feature view 'planned'",
        "feature 'picture' of view 'driver_hourly'", "feature 'route' of view 'driver_hourly'",
        "feature 'Rating' of view 'driver_hourly'", "feature service 'computed'", "feature service 'renamed'",
        "feature service 'whole'",
    }  # fmt: skip
    assert any("1 day, 12:00:00 becomes 2 day(s)" in one.why for one in imported.unsaid)


def test_what_is_imported_can_be_written_as_a_features_file() -> None:
    document = from_feast(json.loads(REGISTRY.read_text())).document()
    assert yaml.safe_load(yaml.safe_dump(document)) == document
    assert {view["entity"] for view in document["views"]} == {"driver"}


@pytest.mark.parametrize(("spec", "told"), [
    ({"entities": ["driver", "car"]}, "2 entities"),
    ({"entities": ["car"]}, "its entity 'car' is left out"),
    ({"name": "Trips"}, "name: String should match"),
    ({"name": None}, "name: "),
    ({"batchSource": {"name": "x"}}, "no timestamp field"),
    ({"batchSource": {"name": "x", "timestampField": "a b"}}, "timestamp: String should match"),
    ({"features": []}, "none of its features"),
    ({"features": [{"name": "x", "valueType": "BYTES"}]}, "BYTES"),
    ({"features": [{"valueType": "DOUBLE"}]}, "it has no 'name'"),
    ({"features": "all"}, ""),
    ({"ttl": "forever"}, "is no duration"),
    ({"mode": "python"}, "not executed"),
    ({"features": [{"name": "x", "valueType": "INT64", "tags": {"penstock.aggregate": "count"}}],
      "tags": {"penstock.dataset": "d", "penstock.timestamp": "at", "penstock.version": "x"}}, "version: "),
    ({"tags": {"penstock.refresh": "{"}}, "not JSON"),
])  # fmt: skip
def test_a_view_that_cannot_be_ours_is_listed_with_its_reason(spec: dict[str, Any], told: str) -> None:
    imported = from_feast(registry(**spec))
    assert not imported.views
    assert told in "\n".join(one.why for one in imported.unsaid if one.lost)


@pytest.mark.parametrize(("spec", "told"), [
    ({"ttl": "90s"}, "0:01:30 becomes 1 day(s)"), ({"streamSource": {"name": "s"}}, "its stream is left out"),
    ({"enabled": False}, "switched off"), ({"org": "ads"}, "'ads' is left out"), ({"version": "v2"}, "'v2'"),
])  # fmt: skip
def test_what_differs_is_told(spec: dict[str, Any], told: str) -> None:
    assert told in why(registry(**spec))
    assert from_feast(registry(**spec)).views


def test_a_type_that_was_changed_in_feast_is_not_believed_against_its_definition() -> None:
    feature = {"name": "n", "valueType": "STRING", "tags": {"penstock.aggregate": "count"}}
    tags = {"penstock.dataset": "d", "penstock.timestamp": "at"}
    assert "Feast says STRING, its definition integer" in why(registry(features=[feature], tags=tags))


@pytest.mark.parametrize("document", [{}, {"views": []}, {"featureViews": {}}, {"featureViews": [1]}])
def test_what_is_no_registry_is_refused(document: dict[str, Any]) -> None:
    with pytest.raises(InvalidSpec, match="no registry of Feast"):
        from_feast(document)


def test_the_definitions_are_python_that_names_everything_once() -> None:
    made = to_feast(use_case(), source=lambda view: f'it\'s "{view.name}".parquet')
    tree = ast.parse(made.files["definitions.py"])
    names = [node.targets[0].id for node in tree.body if isinstance(node, ast.Assign)]
    names += [node.name for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert len(set(names)) == len(names) == 2 + 3 * 2 + 5 + 6 + 2
    assert yaml.safe_load(made.files["feature_store.yaml"])["project"] == "demo"
    assert [str(one) for one in made.unsaid] == [
        "differs: feature 'birthday' of view 'person': Feast has no dates: it is the midnight",
        "differs: feature 'last_seen' of view 'person': Feast keeps whole seconds online",
    ]


def test_the_store_as_it_is_can_be_exported_with_what_feast_does_otherwise() -> None:
    made = to_feast(use_case(), source=lambda view: f"lake/{view.name}", rows="stored")
    told = [one.why for one in made.unsaid if one.what == "feature view 'spending'"]
    assert [text.split(";")[0].split(":")[0] for text in told] == [
        "Feast lets a row count at its own moment", "Feast knows no delay",
        "Feast reads deleted rows as any other",
    ]  # fmt: skip
    assert 'timestamp_field="event_timestamp"' in made.files["definitions.py"]


def test_a_view_of_which_nothing_is_ever_known_is_left_out_with_its_services() -> None:
    views = [*VIEWS[:2], {**VIEWS[2], "delay": "2 days"}]
    made = to_feast(use_case(features=views), source=lambda view: view.name)
    assert [one.what for one in made.unsaid if one.lost] == [
        "feature view 'shops'", "feature service 'everything'", "feature service 'some'",
    ]  # fmt: skip
    assert "shops" not in made.files["definitions.py"]


def test_what_reads_a_view_that_is_left_out_is_left_out_too() -> None:
    views = [{**VIEWS[0], "delay": "5 days"}, *VIEWS[1:]]
    made = to_feast(use_case(features=views), source=lambda view: view.name)
    assert [one.what for one in made.unsaid if one.lost] == [
        "feature view 'spending'", "on-demand feature 'share'", "on-demand feature 'is_big'",
        "feature service 'everything'", "feature service 'some'",
    ]  # fmt: skip
    assert "spending" not in made.files["definitions.py"]


@pytest.mark.parametrize(("feature", "told"), [
    ({"name": "person", "expression": "amount", "type": "decimal"}, "a feature view has its name"),
    ({"name": "one", "expression": "1", "type": "integer"}, "it reads nothing"),
    ({"name": "odd", "expression": "nobody_knows", "type": "string"}, "'nobody_knows' is none"),
])  # fmt: skip
def test_on_demand_features_that_feast_cannot_have_are_listed(feature: dict[str, Any], told: str) -> None:
    made = to_feast(use_case(on_demand=[feature], services=[]), source=lambda view: view.name)
    assert told in "\n".join(one.why for one in made.unsaid)


@pytest.mark.parametrize("words", [(), ("a", "b=c"), ("a=b", "a=c"), ("a=",), ("penstock.of",), ("=x",)])
def test_tags_of_any_form_come_back(words: tuple[str, ...]) -> None:
    assert from_tags(to_tags(words, {"of": "amount"})) == (words, {"of": "amount"})


@pytest.mark.parametrize("text", ["", 'a"b', "a\nb", "\\", "it's", "é\u2028", "\x00", '"""', "{x}"])
def test_any_text_is_a_python_string(text: str) -> None:
    assert ast.literal_eval(value({text: [text]})) == {text: [text]}
    assert ast.parse(call("f", {"a": text, "b": Code("g()"), "c": None})).body


def test_what_we_exported_comes_back_from_the_registry_of_feast_as_it_was() -> None:
    """The registry is what Feast 0.67.0 made of the repository of this use case, less ``infra``."""
    imported, case = from_feast(json.loads(EXPORTED.read_text())), use_case()
    assert imported.unsaid == ()
    for ours, theirs in (
        (case.features, imported.views), (case.on_demand, imported.on_demand),
        (case.services, imported.services),
    ):  # fmt: skip
        assert {one.name: one for one in theirs} == {one.name: one for one in ours}
    assert set(imported.entities) == {*case.entities, *(view.entity for view in case.features)}
    again = parse_use_case({**case.model_dump(mode="json"), "features": imported.document()["views"],
                            "entities": imported.document()["entities"]}, where="again")  # fmt: skip
    assert {view.name for view in again.features} == {view.name for view in case.features}
