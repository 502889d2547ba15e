"""Finding versions by what is known of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict

from penstock.errors import InvalidSpec
from penstock.models.version import ModelVersion, Stage

_OPERATORS = (">=", "<=", ">", "<")


class VersionFilter(BaseModel):
    """What a version must be; what is not given does not count.

    Attributes
    ----------
    text
        A part of its run, candidate, snapshot, submitter or of a reason in its history, in any case.
    since, until
        When it was registered.
    metrics
        Conditions such as ``auc>=0.9``.

    Examples
    --------
    >>> version = ModelVersion(use_case="u", version=1, run_id="r", stage=Stage.CHAMPION, candidate="xgboost",
    ...     model_key="m", evaluation_prefix="e", requested_by="dana", created_at="2026-01-01",
    ...     metrics={"auc": {"value": 0.91}})
    >>> [one.version for one in VersionFilter(metrics=("auc>=0.9",), text="XGB").of([version])]
    [1]
    >>> VersionFilter(stages=(Stage.RETIRED,)).of([version])
    []
    """

    model_config = ConfigDict(frozen=True)

    text: str = ""
    stages: tuple[Stage, ...] = ()
    since: str = ""
    until: str = ""
    metrics: tuple[str, ...] = ()

    def of(self, versions: Iterable[ModelVersion]) -> list[ModelVersion]:
        """Return the versions that fit.

        Raises
        ------
        InvalidSpec
            A condition cannot be read.
        """
        conditions = [_condition(one) for one in self.metrics]
        return [one for one in versions if self._fits(one, conditions)]

    def _fits(self, version: ModelVersion, conditions: list[tuple[str, str, float]]) -> bool:
        return (
            (not self.stages or version.stage in self.stages)
            and (not self.since or version.created_at >= self.since)
            and (not self.until or version.created_at < self.until)
            and self.text.lower() in _words(version)
            and all(_holds(version.metrics, *one) for one in conditions)
        )


def metric_value(metrics: Mapping[str, Any], name: str) -> float | None:
    """Return a metric of a version, or None.

    Examples
    --------
    >>> metric_value({"auc": {"value": 0.9, "low": 0.8, "high": 0.95}}, "auc"), metric_value({}, "auc")
    (0.9, None)
    """
    found = metrics.get(name)
    value = found.get("value") if isinstance(found, dict) else found
    return float(value) if isinstance(value, int | float) else None


def _condition(text: str) -> tuple[str, str, float]:
    """Read ``name>=number``."""
    operator = next((one for one in _OPERATORS if one in text), "")
    name, _, number = text.partition(operator) if operator else (text, "", "")
    try:
        return name.strip(), operator, float(number)
    except ValueError as error:
        raise InvalidSpec(
            "This condition cannot be read.", found=repr(text), expected="such as auc>=0.9"
        ) from error


def _holds(metrics: Mapping[str, Any], name: str, operator: str, limit: float) -> bool:
    value = metric_value(metrics, name)
    if value is None:
        return False
    return {">=": value >= limit, "<=": value <= limit, ">": value > limit, "<": value < limit}[operator]


def _words(version: ModelVersion) -> str:
    said = (version.run_id, version.candidate, version.snapshot_id, version.requested_by)
    return "\n".join([*said, *(one.reason for one in version.history)]).lower()
