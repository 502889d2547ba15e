"""What is defined in Python and what is written in YAML is the same."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from penstock.errors import InvalidSpec
from penstock.features.define import (
    Entity,
    FeatureService,
    FeatureView,
    OnDemandFeature,
    aggregate,
    expression,
    features_yaml,
    read_features,
    write_features,
)
from penstock.specs.documents import parse_document

CUSTOMER = Entity(name="customer", key="customer_id", meaning="Who pays: “no” is a word")
VIEW = FeatureView(
    name="history",
    version=3,
    entity=CUSTOMER,
    dataset="invoices",
    where="status <> 'yes' AND note <> 'on'",
    timestamp="settled_on",
    delay="1 day",
    time_to_live_days=30,
    online=False,
    tags=("no", "12:30", "2025-01-01", "0o7", "1e3", "~"),
    meaning="A meaning\nof two lines: with a colon, and a # and 'quotes'",
    features=(
        aggregate("late_share", "share_above", "days_late", threshold=0, window="365 days"),
        aggregate("payments", "count", where="amount > 0"),
        expression("per_line", "amount / line_count", "decimal", sensitivity="personal"),
    ),
)
ON_DEMAND = OnDemandFeature(name="dear", expression="amount > 2 * late_share", type="boolean")
SERVICES = (
    FeatureService(name="everything", views=("history",), on_demand=("dear",)),
    FeatureService(name="some", views=({"view": "history", "features": ["payments"]},)),
)


def test_what_is_written_comes_back(tmp_path: Path) -> None:
    path = write_features(tmp_path, views=[VIEW], on_demand=[ON_DEMAND], services=SERVICES)
    found = read_features(tmp_path)
    assert found.entities == (CUSTOMER,)
    assert found.views == (VIEW,)
    assert found.on_demand == (ON_DEMAND,)
    assert found.services == SERVICES
    assert parse_document(path.read_text(), "f").content == yaml.safe_load(path.read_text())


def test_what_is_read_is_written_as_it_was_meant(tmp_path: Path) -> None:
    first = write_features(tmp_path / "a", views=[VIEW], on_demand=[ON_DEMAND], services=SERVICES)
    found = read_features(tmp_path / "a")
    again = write_features(tmp_path / "b", **found._asdict())
    assert first.read_text() == again.read_text()


def test_the_example_survives_the_round_trip(tmp_path: Path) -> None:
    found = read_features(Path("examples/late_invoices"))
    write_features(tmp_path, **found._asdict())
    again = read_features(tmp_path)
    assert (again.views, again.on_demand, again.services) == found[1:]


def test_an_entity_is_declared_once_and_named() -> None:
    text = features_yaml(views=[VIEW, VIEW.model_copy(update={"name": "again"})])
    assert text.count("customer_id") == 1
    assert text.count("entity: customer\n") == 2
    with pytest.raises(InvalidSpec, match="differ"):
        features_yaml(views=[VIEW], entities=[Entity(name="customer", key="id")])


def test_a_file_that_is_wrong_says_where(tmp_path: Path) -> None:
    path = write_features(tmp_path, views=[VIEW])
    path.write_text(path.read_text().replace("entity: customer", "entity: custmer"))
    with pytest.raises(InvalidSpec, match=r"features.yaml:\d+ views.0.entity: there is no entity 'custmer'"):
        read_features(tmp_path)
