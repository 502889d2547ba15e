"""How sensitive features are: as the columns that they read, unless their definition says otherwise."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from penstock.specs.columns import curated_columns

if TYPE_CHECKING:
    from penstock.specs.contract import Contract
    from penstock.specs.features import Feature, FeatureView, Sensitivity
    from penstock.specs.usecase import UseCase

RANK: dict[Sensitivity, int] = {"none": 0, "personal": 1, "special": 2}
"""From harmless to what the law protects most."""

AGGREGATING = frozenset({"count", "mean", "sum", "share_above", "deviation"})
"""Aggregates that show no single value, so that a feature may be declared less sensitive than its columns."""


def highest(found: Iterable[Sensitivity]) -> Sensitivity:
    """Return the highest of some sensitivities.

    Examples
    --------
    >>> highest(["none", "special", "personal"])
    'special'
    """
    return max(found, key=lambda one: RANK[one], default="none")


def columns_read(text: str | None) -> tuple[str, ...]:
    """Return the columns of an expression; none of one that cannot be read."""
    from penstock.quality.expressions import parse_expression

    try:
        return parse_expression(text).columns if text is not None else ()
    except ValueError:
        return ()


def feature_reads(feature: Feature, view: FeatureView) -> frozenset[str]:
    """Return the columns that decide a feature's value: its own, and those by which its view chooses rows."""
    own = (feature.of,) if feature.of else ()
    texts = (feature.expression, feature.where, view.where)
    return frozenset({*own, *(name for text in texts for name in columns_read(text))})


def view_reads(view: FeatureView) -> frozenset[str]:
    """Return all the columns that a view reads, the entity's key and the timestamp among them."""
    read = (feature_reads(feature, view) for feature in view.features)
    return frozenset({view.entity.key, view.timestamp, *columns_read(view.where)}.union(*read))


def column_sensitivities(contract: Contract | None) -> dict[str, Sensitivity]:
    """Return the sensitivity of each column of a dataset's curated data."""
    return {column.name: column.sensitivity for column in curated_columns(contract)} if contract else {}


def highest_of(names: Iterable[str], known: Mapping[str, Sensitivity]) -> Sensitivity:
    """Return the highest sensitivity of what is named; what is not known counts as harmless."""
    return highest(known.get(name, "none") for name in names)


def sensitivity_of(feature: Feature, view: FeatureView, columns: Mapping[str, Sensitivity]) -> Sensitivity:
    """Return how sensitive a feature is: as declared, else as the columns that it reads.

    Parameters
    ----------
    columns
        Of the view's dataset, by :func:`column_sensitivities`.

    Examples
    --------
    >>> from penstock.specs import FeatureView
    >>> view = FeatureView(
    ...     name="places", entity={"name": "payer", "key": "who"}, dataset="payments", timestamp="paid",
    ...     features=[{"name": "city", "aggregate": "latest", "of": "city"}])
    >>> sensitivity_of(view.features[0], view, {"city": "personal"})
    'personal'
    """
    return feature.sensitivity or highest_of(feature_reads(feature, view), columns)


def view_sensitivity(view: FeatureView, columns: Mapping[str, Sensitivity]) -> Sensitivity:
    """Return the highest sensitivity of what a view keeps: its features and the entity's key."""
    kept = (sensitivity_of(feature, view, columns) for feature in view.features)
    return highest([columns.get(view.entity.key, "none"), *kept])


def on_demand_sensitivities(use_case: UseCase) -> dict[str, tuple[Sensitivity, Sensitivity]]:
    """Return of each on-demand feature how sensitive it is, and how sensitive what it reads.

    It reads columns of a request, which are those of the model's dataset, features, and on-demand features
    that are declared before it.
    """
    known = {**column_sensitivities(use_case.contract(use_case.model.dataset)), **_features(use_case)}
    found: dict[str, tuple[Sensitivity, Sensitivity]] = {}
    for one in use_case.on_demand:
        inherited = highest_of(columns_read(one.expression), known)
        known[one.name] = one.sensitivity or inherited
        found[one.name] = (known[one.name], inherited)
    return found


def _features(use_case: UseCase) -> dict[str, Sensitivity]:
    """Return the sensitivity of each feature of the views; of those of one name, the highest counts."""
    found: dict[str, Sensitivity] = {}
    for view in use_case.features:
        columns = column_sensitivities(use_case.contract(view.dataset))
        for feature in view.features:
            own = sensitivity_of(feature, view, columns)
            found[feature.name] = highest([found.get(feature.name, "none"), own])
    return found
