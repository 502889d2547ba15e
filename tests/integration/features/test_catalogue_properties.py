"""Whatever is registered and decided in whatever order: live versions do not change, histories only grow."""

from __future__ import annotations

import copy
from contextlib import suppress
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from penstock.errors import FeaturesPending, PenstockError
from penstock.features.catalogue import Definition, FeatureCatalogue, Status
from penstock.features.define import (
    Entity,
    Feature,
    FeatureView,
    features_yaml,
    read_features,
    write_features,
)
from penstock.specs import UseCase
from penstock.stores import MemoryItems
from tests.unit.features.catalogue.conftest import DOCUMENT

AT = "2026-01-01T00:00:00.000Z"
LIVE = {Status.IN_FORCE, Status.DEPRECATED, Status.RETIRED}
REFERENCES = (
    "history", "history@1", "history@2", "history@3", "collecting", "above_highest", "history.highest"
)  # fmt: skip

registrations = st.builds(
    lambda *facts: ("register", *facts),
    st.integers(1, 3),
    st.sampled_from(["30 days", "60 days", None]),
    st.sampled_from(["amount > highest", "amount >= highest"]),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["ann", "bea"]),
)
approvals = st.tuples(st.just("approve"), st.just("history"), st.sampled_from(["ann", "bea"]))
decisions = st.tuples(
    st.sampled_from(["approve", "reject", "deprecate", "restore", "retire"]),
    st.sampled_from(REFERENCES),
    st.sampled_from(["ann", "bea"]),
)


def use_case(version: int, window: str | None, expression: str, guarded: bool, with_service: bool) -> UseCase:
    document = copy.deepcopy(DOCUMENT)
    document["datasets"][0]["classification"] = "confidential" if guarded else "internal"
    document["features"][0]["version"] = version
    document["features"][0]["features"][0]["window"] = window
    document["on_demand"][0]["expression"] = expression
    if not with_service:
        document["services"], document["model"]["service"] = [], None
        document["model"]["views"] = ["history"]
    return UseCase.model_validate(document)


def apply(catalogue: FeatureCatalogue, step: tuple[Any, ...]) -> UseCase | None:
    """Do one thing; None unless it was a registration."""
    match step:
        case ("register", *facts, by):
            declared = use_case(*facts)
            catalogue.register(declared, by=by, at=AT)
            return declared
        case ("approve" | "reject" as decision, reference, by):
            catalogue.decide("risk", reference, decision, by=by, reason="r", at=AT)
        case ("deprecate", reference, by):
            catalogue.deprecate("risk", reference, by=by, at=AT, reason="r")
        case ("restore", reference, by):
            catalogue.restore("risk", reference, by=by, at=AT, reason="r")
        case ("retire", reference, by):
            catalogue.retire("risk", reference, by=by, at=AT, reason="r")
    return None


Known = dict[tuple[str, str, int], Definition]


def by_key(catalogue: FeatureCatalogue) -> Known:
    return {(one.kind, one.name, one.version): one for one in catalogue.definitions("risk")}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(registrations, approvals, decisions), min_size=1, max_size=12))
def test_whatever_happens_what_is_live_stays_as_it_is(steps: list[tuple[Any, ...]]) -> None:
    catalogue = FeatureCatalogue(MemoryItems())
    before: Known = {}
    for step in steps:
        declared = None
        with suppress(PenstockError):
            declared = apply(catalogue, step)
        after = by_key(catalogue)
        nothing_is_lost(before, after)
        all_is_consistent(after)
        if declared is not None:
            registering_again_changes_nothing(catalogue, declared, after)
        before = after


def nothing_is_lost(before: Known, after: Known) -> None:
    assert before.keys() <= after.keys()
    for key, old in before.items():
        new = after[key]
        assert new.history[: len(old.history)] == old.history, "histories only grow"
        if old.status in LIVE:
            assert (new.digest, new.status in LIVE) == (old.digest, True)
        if old.status is Status.RETIRED:
            assert new.status is Status.RETIRED


def all_is_consistent(after: Known) -> None:
    for status in (Status.IN_FORCE, Status.PROPOSED):
        names = [(one.kind, one.name) for one in after.values() if one.status is status]
        assert len(names) == len(set(names)), f"one version of a name is {status}"
    for one in after.values():
        assert one.history[-1].status is one.status, "every change is told"
        if one.status in LIVE:
            assert all(after[pin.kind, pin.name, pin.version].status in LIVE for pin in one.pins)
            assert one.decided_by != one.proposed_by, "nobody approves what is their own"


def registering_again_changes_nothing(catalogue: FeatureCatalogue, declared: UseCase, known: Known) -> None:
    catalogue.register(declared, by="cleo", at="2027-01-01T00:00:00.000Z")
    assert by_key(catalogue) == known
    with suppress(FeaturesPending):
        usable = catalogue.usable(declared)
        assert UseCase.model_validate(usable.model_dump(mode="json")) == usable
    for view in catalogue.to_materialise(declared, models=[1, 2]):
        assert known["view", view.name, view.version].computed


texts = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30)


@settings(max_examples=100, deadline=None)
@given(texts, st.lists(texts, max_size=3), st.floats(allow_nan=False, allow_infinity=False))
def test_any_text_survives_yaml(tmp_path_factory: Any, text: str, tags: list[str], threshold: float) -> None:
    feature = {"name": "share", "aggregate": "share_above", "of": "x", "threshold": threshold,
               "where": text or None, "meaning": text}  # fmt: skip
    view = FeatureView(
        name="history", entity=Entity(name="customer", key="key", meaning=text), dataset="payments",
        timestamp="at", owner=text, tags=tuple(tags), meaning=text,
        features=(Feature.model_validate(feature),),
    )  # fmt: skip
    folder: Path = tmp_path_factory.mktemp("features")
    write_features(folder, views=[view])
    assert read_features(folder).views == (view,), features_yaml(views=[view])
