"""Checking a window's columns against ``constraints.json``: the six checks of Model Monitor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from penstock.monitoring.baselining import SCORE
from penstock.monitoring.drift import Distance, distance
from penstock.monitoring.profile import ColumnProfile

Violation = dict[str, str]


@dataclass(frozen=True)
class Findings:
    """Violations in the format of ``constraint_violations.json``, and every distance measured."""

    violations: list[Violation]
    distances: dict[str, Distance]


def check(
    profiles: Mapping[str, ColumnProfile],
    *,
    statistics: Mapping[str, Any],
    constraints: Mapping[str, Any],
    completeness_tolerance: float,
) -> Findings:
    """Run every check on every column.

    Parameters
    ----------
    profiles
        The window's columns by name.
    statistics, constraints
        The baseline's two documents.
    completeness_tolerance
        How much the share of values present may fall below the baseline's.
    """
    config = constraints.get("monitoring_config", {})
    entries = {entry["name"]: entry for entry in constraints["features"]}
    before = {entry["name"]: entry for entry in statistics["features"]}
    violations = _columns(profiles, entries)
    distances: dict[str, Distance] = {}
    for name, constraint in entries.items():
        if (profile := profiles.get(name)) is None:
            continue
        own = _configuration(config, constraint)
        violations += _types(profile, constraint, own)
        violations += _completeness(profile, constraint, completeness_tolerance)
        violations += _words(profile, constraint, own)
        found = distance(profile, before.get(name, {}), own.get("distribution_constraints", {}))
        if found is not None:
            distances[name] = found
            violations += _drift(name, found)
    disabled = config.get("evaluate_constraints", "Enabled") != "Enabled"
    return Findings([] if disabled else violations, distances)


def _configuration(config: Mapping[str, Any], constraint: Mapping[str, Any]) -> dict[str, Any]:
    """Apply a column's own settings; two places for them are in use."""
    merged = dict(config)
    strings = constraint.get("string_constraints", {})
    for override in (strings.get("monitoring_config_overrides"), constraint.get("monitoringConfigOverrides")):
        if override:
            inner = {
                **merged.get("distribution_constraints", {}),
                **override.get("distribution_constraints", {}),
            }
            merged = {**merged, **override, "distribution_constraints": inner}
    return merged


def _columns(profiles: Mapping[str, ColumnProfile], entries: Mapping[str, Any]) -> list[Violation]:
    """Report columns that are new or gone; scores may be absent, when answers are not captured."""
    sizes = f"The baseline has {len(entries)} columns, the current data {len(profiles)}."
    gone = [
        _violation(name, "missing_column_check", f"The column is missing. {sizes}")
        for name in entries
        if name not in profiles and name != SCORE
    ]
    new = [
        _violation(name, "extra_column_check", f"The column is not in the baseline. {sizes}")
        for name in profiles
        if name not in entries
    ]
    return gone + new


def _types(
    profile: ColumnProfile, constraint: Mapping[str, Any], config: Mapping[str, Any]
) -> list[Violation]:
    """Report a column in which too many values are of another type."""
    known = profile.present + profile.mistyped
    tolerated = float(config.get("datatype_check_threshold", 0.1))
    if not known or profile.mistyped / known <= tolerated:
        return []
    share = 100 * profile.present / known
    text = (
        f"Data type match requirement is not met. Expected data type: {constraint['inferred_type']}, "
        f"Expected match: {100 * (1 - tolerated):.1f}%. Observed: Only {share:.1f}% of data is of this type."
    )
    return [_violation(profile.name, "data_type_check", text)]


def _completeness(profile: ColumnProfile, constraint: Mapping[str, Any], tolerance: float) -> list[Violation]:
    """Report a column with more nulls than the baseline had."""
    if not profile.rows:
        return []
    expected, found = float(constraint.get("completeness", 1.0)), 1 - profile.missing / profile.rows
    if found >= expected - tolerance:
        return []
    text = f"Completeness {found:.3f} is below the baseline's {expected:.3f} by more than {tolerance:g}."
    return [_violation(profile.name, "completeness_check", text)]


def _words(
    profile: ColumnProfile, constraint: Mapping[str, Any], config: Mapping[str, Any]
) -> list[Violation]:
    """Report a column in which too many words are unknown to the baseline."""
    domain = constraint.get("string_constraints", {}).get("domains")
    if domain is None or not profile.present:
        return []
    unknown = {word: count for word, count in profile.words.items() if word not in set(domain)}
    share = sum(unknown.values()) / profile.present
    if share <= float(config.get("domain_content_threshold", 0.1)):
        return []
    named = ", ".join(sorted(unknown, key=lambda word: (-unknown[word], word))[:5])
    text = f"{100 * share:.1f}% of the values are unknown to the baseline: {named}."
    return [_violation(profile.name, "categorical_values_check", text)]


def _drift(name: str, found: Distance) -> list[Violation]:
    """Report a column whose distribution moved too far."""
    if not found.drifted:
        return []
    text = (
        f"Baseline drift distance: {found.value:.6g} exceeds threshold: {found.threshold:g} ({found.method})"
    )
    return [_violation(name, "baseline_drift_check", text)]


def _violation(name: str, kind: str, description: str) -> Violation:
    """Build one entry of ``constraint_violations.json``."""
    return {"feature_name": name, "constraint_check_type": kind, "description": description}
