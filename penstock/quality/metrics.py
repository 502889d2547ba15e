"""Metrics of a validation in CloudWatch's embedded metric format: a log line becomes metrics by itself.

The function that commits an arrival prints them; that needs no permission and no call. Source: CloudWatch
user guide, "Specification: Embedded metric format".
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from penstock.quality.results import Result, Validation

NAMESPACE = "Penstock/Quality"
_DATASET = ("use_case", "dataset")


def validation_metrics(validation: Validation, *, use_case: str, at: str) -> list[dict[str, Any]]:
    """Return the log lines of a validation: one of the dataset, one of each failed rule.

    Parameters
    ----------
    validation
        What :func:`~penstock.quality.validate` found.
    use_case
        The use case of the dataset.
    at
        The time, ISO 8601.

    Returns
    -------
    list of dict
        Namespace ``Penstock/Quality``. With the dimensions ``use_case`` and ``dataset``: ``rows``,
        ``rules_passed``, ``rules_failed``, ``rules_skipped``, ``least_share`` (the worst rule's share of
        passing rows) and ``seconds``. With ``rule`` (``between.amount``) as a third: ``broken_rows`` and
        ``passing_share`` of rules that failed, so that a rule that holds costs no metric.

    Examples
    --------
    >>> found = Validation(dataset="payments", rows=2, columns=(), seconds=0.5)
    >>> line = validation_metrics(found, use_case="late_invoices", at="2025-01-01T00:00:00.000Z")[0]
    >>> line["rules_failed"], line["_aws"]["CloudWatchMetrics"][0]["Dimensions"]
    (0, [['use_case', 'dataset']])
    """
    moment = int(datetime.fromisoformat(at).timestamp() * 1_000)
    about = {"use_case": use_case, "dataset": validation.dataset}
    return [
        _line(moment, about, _totals(validation)),
        *(_line(moment, {**about, "rule": rule}, figures) for rule, figures in _failures(validation)),
    ]


def _totals(validation: Validation) -> dict[str, tuple[float, str]]:
    """Return a validation's figures with their units."""
    counts = {f"rules_{status}": (float(n), "Count") for status, n in validation.counts().items()}
    shares = [result.share for result in validation.results if result.scope == "row" and not result.skipped]
    return {
        "rows": (validation.rows, "Count"),
        **counts,
        "least_share": (min(shares, default=1.0), "None"),
        "seconds": (validation.seconds, "Seconds"),
    }


def _failures(validation: Validation) -> Iterator[tuple[str, dict[str, tuple[float, str]]]]:
    """Yield the rules that failed with their figures."""
    for result in validation.failed:
        share = result.share if result.scope == "row" else 0.0
        yield rule_name(result), {"broken_rows": (result.broken, "Count"), "passing_share": (share, "None")}


def rule_name(result: Result) -> str:
    """Return what a rule is called in metrics and reports, at most 250 characters (CloudWatch's limit).

    Examples
    --------
    >>> rule_name(Result(check="between", columns=("amount",), status="passed", rows=0))
    'between.amount'
    """
    return ".".join([result.check, *result.columns])[:250]


def _line(moment: int, about: dict[str, str], figures: dict[str, tuple[float, str]]) -> dict[str, Any]:
    """Return one line of the log."""
    declared = {
        "Namespace": NAMESPACE,
        "Dimensions": [list(about)],
        "Metrics": [{"Name": name, "Unit": unit} for name, (_, unit) in figures.items()],
    }
    values = {name: int(value) if unit == "Count" else value for name, (value, unit) in figures.items()}
    return {"_aws": {"Timestamp": moment, "CloudWatchMetrics": [declared]}, **about, **values}
