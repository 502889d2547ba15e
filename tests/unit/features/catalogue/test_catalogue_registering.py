"""Views, on-demand features and services are registered by version, and live ones do not change."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from penstock.errors import AlreadyDecided, FeaturesPending, InvalidSpec, NotFound, SegregationOfDuties
from penstock.features.catalogue import FeatureCatalogue
from penstock.specs import Contract
from tests.unit.features.catalogue.conftest import (
    AT,
    CONTRACT,
    LATER,
    case,
    guarded,
    longer,
    personal_city,
    states,
    version,
    with_city,
)

Register = Callable[..., dict[str, str]]
V1 = {"history@1": "in_force", "above_highest@1": "in_force", "collecting@1": "in_force"}


def test_what_needs_no_approval_is_in_force_at_once(register: Register, catalogue: FeatureCatalogue) -> None:
    assert register() == V1
    found = catalogue.find("risk", "history")
    assert (found.registered_by, found.registered_at, found.decided_by) == ("dana", AT, "policy")
    assert (found.entity, found.dataset, found.owner) == ("customer", "payments", "finance")


def test_registering_the_same_again_changes_nothing(register: Register, catalogue: FeatureCatalogue) -> None:
    register()
    before = catalogue.definitions("risk")
    register(by="sam", at=LATER)
    assert catalogue.definitions("risk") == before


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (longer, "feature payments: window 7776000 became 15552000"),
        (with_city, "feature city: added"),
        (lambda d: d["features"][0]["features"][1].update(aggregate="minimum"), "'maximum' became 'minimum'"),
        (lambda d: d["features"][0].update(time_to_live_days=3), "time_to_live_days: None became 3"),
        (
            lambda d: d["datasets"][0]["columns"][2].update(type="decimal"),
            "feature highest: its type changed from integer to decimal",
        ),
    ],
)
def test_a_live_view_changes_its_computation_only_with_its_version(
    register: Register, catalogue: FeatureCatalogue, edit: Any, words: str
) -> None:
    register()
    before = catalogue.definitions("risk")
    with pytest.raises(InvalidSpec, match="Raise `version`") as raised:
        register(edit, at=LATER)
    assert words in str(raised.value)
    assert catalogue.definitions("risk") == before


def test_a_raised_version_takes_the_place_of_the_one_before_and_services_follow(register: Register) -> None:
    register()
    assert register(longer, version(2), at=LATER) == {
        "history@1": "deprecated",
        "history@2": "in_force",
        "above_highest@1": "in_force",
        "collecting@1": "deprecated",
        "collecting@2": "in_force",
    }
    with pytest.raises(InvalidSpec, match="version 2 is in force"):
        register(at=LATER)


def test_words_are_changed_without_a_version_and_the_history_tells(
    register: Register, catalogue: FeatureCatalogue
) -> None:
    register()
    register(lambda d: d["features"][0].update(owner="sales", tags=["gold"]), by="sam", at=LATER)
    found = catalogue.find("risk", "history")
    assert (found.owner, found.tags, found.status) == ("sales", ("gold",), "in_force")
    assert [(one.action, one.by, one.at) for one in found.history] == [
        ("registered", "dana", AT),
        ("described", "sam", LATER),
    ]
    assert catalogue.view("risk", "history", 1).owner == "sales"


def test_a_guarded_view_waits_and_the_version_before_stays_in_force(
    register: Register, catalogue: FeatureCatalogue
) -> None:
    assert register(guarded) == V1
    told = register(guarded, longer, version(2), at=LATER)
    assert (told["history@1"], told["history@2"]) == ("in_force", "proposed")
    assert told["collecting@2"] == "proposed"
    use_case = case(guarded, longer, version(2))
    assert catalogue.usable(use_case).features == case().features
    with pytest.raises(SegregationOfDuties):
        catalogue.decide("risk", "history", "approve", by="dana", reason="mine", at=LATER)
    with pytest.raises(AlreadyDecided, match="history@2"):
        catalogue.decide("risk", "collecting", "approve", by="priya", reason="fine", at=LATER)
    catalogue.decide("risk", "history", "approve", by="priya", reason="fine", at=LATER)
    assert states(catalogue)["collecting@2"] == "in_force"
    assert states(catalogue)["history@1"] == "deprecated"
    assert catalogue.usable(use_case).features == use_case.features
    with pytest.raises(AlreadyDecided):
        catalogue.decide("risk", "history", "approve", by="priya", reason="again", at=LATER)


def test_a_view_of_personal_columns_waits_before_its_first_use(
    register: Register, catalogue: FeatureCatalogue
) -> None:
    told = register(personal_city, with_city)
    assert (told["history@1"], told["collecting@1"]) == ("proposed", "proposed")
    found = catalogue.find("risk", "history")
    assert found.needs == ("it reads city, which is personal",)
    assert found.sensitivity == "personal"
    with pytest.raises(FeaturesPending, match="history@1: proposed"):
        catalogue.usable(case(personal_city, with_city))
    assert catalogue.to_materialise(case(personal_city, with_city)) == ()
    catalogue.decide("risk", "history@1", "approve", by="priya", reason="fine", at=LATER)
    assert [view.name for view in catalogue.to_materialise(case(personal_city, with_city))] == ["history"]


def test_a_rejected_view_stays_rejected_until_it_is_another(
    register: Register, catalogue: FeatureCatalogue
) -> None:
    register(personal_city, with_city)
    catalogue.decide("risk", "history", "reject", by="priya", reason="no", at=LATER)
    assert register(personal_city, with_city)["history@1"] == "rejected"
    assert register(personal_city, with_city, longer, by="sam")["history@1"] == "proposed"
    assert catalogue.find("risk", "history").proposed_by == "sam"


def test_a_later_proposal_replaces_an_earlier_one(register: Register) -> None:
    register(guarded)
    register(guarded, longer, version(2))
    told = register(guarded, with_city, version(3))
    assert (told["history@1"], told["history@2"], told["history@3"]) == ("in_force", "superseded", "proposed")
    told = register(guarded)
    assert (told["history@1"], told["history@3"], told["collecting@3"]) == ("in_force", *["superseded"] * 2)


def test_a_contract_that_is_less_strict_does_not_open_what_the_one_in_force_guards(
    register: Register,
) -> None:
    register(guarded)
    in_force = {"payments": Contract.model_validate({**CONTRACT, "classification": "confidential"})}
    assert register(longer, version(2), contracts=in_force)["history@2"] == "proposed"


def test_all_views_wait_for_the_steward_where_the_use_case_says_so(register: Register) -> None:
    told = register(lambda d: d.update(contract_approval="steward"))
    assert set(told.values()) == {"proposed"}


def test_what_is_no_longer_declared_is_deprecated_and_comes_back(register: Register) -> None:
    def without(document: dict[str, Any]) -> None:
        document["services"] = []
        document["on_demand"] = []
        document["model"].pop("service")
        document["model"]["views"] = ["history"]

    register()
    assert register(without) == {**V1, "above_highest@1": "deprecated", "collecting@1": "deprecated"}
    assert register() == V1


def test_a_definition_that_says_it_is_deprecated_is(register: Register, catalogue: FeatureCatalogue) -> None:
    ended = {"since": "2026-01-01", "reason": "too slow", "replaced_by": "other"}
    assert register(lambda d: d["features"][0].update(deprecated=ended))["history@1"] == "deprecated"
    assert catalogue.find("risk", "history").ending.replaced_by == "other"  # type: ignore[union-attr]
    assert register() == V1


def test_an_expression_that_changes_makes_new_versions_by_itself(register: Register) -> None:
    register()
    told = register(lambda d: d["on_demand"][0].update(expression="amount >= highest"))
    assert (told["above_highest@1"], told["above_highest@2"]) == ("deprecated", "in_force")
    assert (told["collecting@1"], told["collecting@2"]) == ("deprecated", "in_force")


def test_a_name_that_is_not_there_is_answered_with_one_that_is(
    register: Register, catalogue: FeatureCatalogue
) -> None:
    register()
    with pytest.raises(NotFound, match="did you mean history"):
        catalogue.find("risk", "histroy")
    with pytest.raises(NotFound):
        catalogue.resolve("risk", "history.nothing")
    with pytest.raises(InvalidSpec):
        catalogue.find("risk", "history/1")


def test_a_service_names_its_features(register: Register, catalogue: FeatureCatalogue) -> None:
    register()
    found = catalogue.find("risk", "service:collecting")
    assert catalogue.features_of(found) == ("payments", "highest", "above_highest")
    assert [str(pin) for pin in found.pins] == ["history@1", "above_highest@1"]
