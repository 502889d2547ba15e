"""Comparing two versions: data, code, parameters, metrics, explanation and package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from penstock.models.filters import metric_value

if TYPE_CHECKING:
    from penstock.models.version import ModelVersion

_MOST_FEATURES = 50


class Material(BaseModel):
    """What is known of a version beside its record.

    Attributes
    ----------
    run, plan, summary, explanation, statistics
        Documents of its run: the register's entry, ``plan.json``, ``summary.json``, ``explanation.json``, and
        ``statistics.json`` of its training rows.
    """

    model_config = ConfigDict(frozen=True)

    run: dict[str, Any] = {}
    plan: dict[str, Any] = {}
    summary: dict[str, Any] = {}
    explanation: dict[str, Any] = {}
    statistics: dict[str, Any] = {}


class Difference(BaseModel):
    """One fact of both versions.

    Attributes
    ----------
    change
        The second number minus the first; None where they are none.
    """

    model_config = ConfigDict(frozen=True)

    what: str
    first: Any = None
    second: Any = None
    change: float | None = None

    @property
    def differs(self) -> bool:
        """Whether the two are not the same."""
        return bool(self.first != self.second)


class Comparison(BaseModel):
    """Two versions beside each other, by section."""

    model_config = ConfigDict(frozen=True)

    use_case: str
    first: int
    second: int
    sections: dict[str, tuple[Difference, ...]]

    def changed(self) -> dict[str, list[Difference]]:
        """Return what differs, by section."""
        found = {name: [one for one in rows if one.differs] for name, rows in self.sections.items()}
        return {name: rows for name, rows in found.items() if rows}


def compare(
    first: ModelVersion, second: ModelVersion, *, materials: tuple[Material, Material] | None = None
) -> Comparison:
    """Compare two versions of a use case.

    Parameters
    ----------
    materials
        Documents of both.

    Examples
    --------
    >>> from penstock.models.version import ModelVersion, Stage
    >>> made = {"use_case": "u", "stage": Stage.CHAMPION, "candidate": "c", "model_key": "m",
    ...         "evaluation_prefix": "e", "requested_by": "d", "created_at": "2026-01-01"}
    >>> one = ModelVersion(version=1, run_id="r1", metrics={"auc": {"value": 0.5}}, **made)
    >>> two = ModelVersion(version=2, run_id="r2", metrics={"auc": {"value": 0.75}}, **made)
    >>> found = compare(one, two)
    >>> found.sections["metrics"][0].change, [one.what for one in found.changed()["record"]]
    (0.25, ['run'])
    """
    known = materials or (Material(), Material())
    sections = {
        "record": (_record(first), _record(second)),
        "data": tuple(_data(one, of) for one, of in zip((first, second), known, strict=True)),
        "inputs": tuple(_inputs(one) for one in known),
        "code": tuple(_code(one) for one in known),
        "parameters": tuple(_parameters(one, of) for one, of in zip((first, second), known, strict=True)),
        "metrics": tuple(
            {name: metric_value(one.metrics, name) for name in one.metrics} for one in (first, second)
        ),
        "gates": tuple(_gates(one) for one in (first, second)),
        "explanation": tuple(_importance(one) for one in known),
        "package": tuple(dict(one.signature.files) if one.signature else {} for one in (first, second)),
    }
    return Comparison(
        use_case=first.use_case,
        first=first.version,
        second=second.version,
        sections={name: _beside(*pair) for name, pair in sections.items()},
    )


def _beside(first: Mapping[str, Any], second: Mapping[str, Any]) -> tuple[Difference, ...]:
    """Put two sets of facts beside each other."""
    names = dict.fromkeys([*first, *second])
    return tuple(_difference(name, first.get(name), second.get(name)) for name in names)


def _difference(what: str, first: Any, second: Any) -> Difference:
    numbers = all(isinstance(one, int | float) and not isinstance(one, bool) for one in (first, second))
    return Difference(what=what, first=first, second=second, change=second - first if numbers else None)


def _record(version: ModelVersion) -> dict[str, Any]:
    return {
        "stage": str(version.stage),
        "candidate": version.candidate,
        "run": version.run_id,
        "requested by": version.requested_by,
        "registered at": version.created_at,
    }


def _data(version: ModelVersion, material: Material) -> dict[str, Any]:
    arrivals = material.plan.get("arrivals")
    rows = material.summary.get("rows") or {}
    return {
        "snapshot": version.snapshot_id or None,
        "arrivals": len(arrivals) if arrivals is not None else None,
        "newest arrival": material.plan.get("recent_arrival_id"),
        **{f"{part} rows": count for part, count in rows.items()},
        **{
            f"positive {part}": share
            for part, share in (material.summary.get("positive_share") or {}).items()
        },
    }


def _inputs(material: Material) -> dict[str, Any]:
    """Return what the training rows of each column are like: mean, most frequent word, share of missing."""
    found: dict[str, Any] = {}
    for column in material.statistics.get("features") or ():
        name = str(column["name"])
        values = column.get("numerical_statistics") or column.get("string_statistics") or {}
        common = values.get("common") or {}
        there, gone = float(common.get("num_present") or 0), float(common.get("num_missing") or 0)
        if "mean" in values:
            found[f"mean {name}"] = _rounded(values["mean"])
        elif words := ((values.get("distribution") or {}).get("categorical") or {}).get("buckets"):
            most = max(words, key=lambda one: (one["count"], str(one["value"])))
            found[f"most frequent {name}"] = most["value"]
            found[f"share of it in {name}"] = _rounded(most["count"] / there) if there else None
        if there + gone:
            found[f"missing {name}"] = _rounded(gone / (there + gone))
    return found


def _rounded(value: Any) -> float:
    return float(f"{float(value):.6g}")


def _code(material: Material) -> dict[str, Any]:
    libraries = material.summary.get("libraries") or {}
    found = {"specification": material.run.get("digest") or material.plan.get("digest")}
    for name in ("code_hash", "code", "git_commit"):
        if material.run.get(name):
            found[name.replace("_", " ")] = material.run[name]
    return {**found, **{f"library {name}": one for name, one in sorted(libraries.items())}}


def _parameters(version: ModelVersion, material: Material) -> dict[str, Any]:
    planned = material.plan.get("candidates") or ()
    chosen: Mapping[str, Any] = next((one for one in planned if one.get("name") == version.candidate), {})
    found = {"algorithm": chosen.get("algorithm") or material.summary.get("algorithm")}
    if "seed" in material.plan:
        found["seed"] = material.plan["seed"]
    return {**found, **(chosen.get("hyperparameters") or {})}


def _gates(version: ModelVersion) -> dict[str, Any]:
    """Return the value of each check; those of one name, one a group of people, are numbered."""
    found: dict[str, Any] = {}
    for one in version.verdict.get("checks") or ():
        name, number = str(one["check"]), 1
        while (told := name if number == 1 else f"{name} {number}") in found:
            number += 1
        found[told] = one.get("value")
    return found


def _importance(material: Material) -> dict[str, float]:
    """Return each feature's share of all SHAP values, so that models of other scales compare."""
    values: Mapping[str, float] = material.explanation.get("global_shap") or {}
    whole = sum(abs(one) for one in values.values()) or 1.0
    shares = sorted(((name, abs(one) / whole) for name, one in values.items()), key=lambda one: -one[1])
    return {name: round(share, 6) for name, share in shares[:_MOST_FEATURES]}
