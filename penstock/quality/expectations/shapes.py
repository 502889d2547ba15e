"""Expectations whose arguments have another shape than the fields of the check of the same meaning."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from typing import Any, ClassVar

from penstock.quality.conditions import Check

_FROM = re.compile(r"\bfrom\s+\{batch\}", re.IGNORECASE)


class Shape(ABC):
    """How one check is said."""

    check: ClassVar[str]
    expectations: ClassVar[tuple[str, ...]]

    @abstractmethod
    def read(self, expectation: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Make a rule's document of an expectation's arguments; ValueError where there is no such rule."""

    @abstractmethod
    def write(self, rule: Check) -> tuple[str, dict[str, Any]] | None:
        """Return name and arguments of the expectation, or None where it cannot say what the rule says."""


class _Query(Shape):
    """Offending rows by a query."""

    check = "query"
    expectations = ("unexpected_rows_expectation",)

    def read(self, expectation: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Let the query speak of ``dataset`` in place of ``{batch}``."""
        query, found = _FROM.subn("FROM dataset", str(kwargs["unexpected_rows_query"]))
        if found != 1:
            raise ValueError("the query does not read from {batch} exactly once")
        return {"check": "query", "query": query}

    def write(self, rule: Check) -> tuple[str, dict[str, Any]] | None:
        """Let the query speak of ``{batch}``."""
        fields = rule.model_dump()
        if fields["minimum"] is not None or fields["maximum"] is not None:
            return None
        query = re.sub(r"\bfrom\s+dataset\b", "FROM {batch}", fields["query"], flags=re.IGNORECASE)
        return self.expectations[0], {"unexpected_rows_query": query}


class _Quantiles(Shape):
    """Ranges of quantiles, which great-expectations finds without interpolation."""

    check = "quantiles"
    expectations = ("expect_column_quantile_values_to_be_between",)

    def read(self, expectation: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Take the two lists apart."""
        if kwargs.get("allow_relative_error"):
            raise ValueError("allow_relative_error cannot be said: quantiles are exact")
        ranges = dict(kwargs["quantile_ranges"])
        pairs = zip(ranges["quantiles"], ranges["value_ranges"], strict=True)
        quantiles = [{"share": share, "minimum": low, "maximum": high} for share, (low, high) in pairs]
        document = {"check": "quantiles", "column": kwargs["column"], "interpolation": "nearest"}
        return {**document, "quantiles": quantiles}

    def write(self, rule: Check) -> tuple[str, dict[str, Any]] | None:
        """Put the two lists together."""
        fields = rule.model_dump()
        strict = any(one["strict_minimum"] or one["strict_maximum"] for one in fields["quantiles"])
        if fields["interpolation"] != "nearest" or strict:
            return None
        ranges = {
            "quantiles": [one["share"] for one in fields["quantiles"]],
            "value_ranges": [[one["minimum"], one["maximum"]] for one in fields["quantiles"]],
        }
        return self.expectations[0], {"column": fields["column"], "quantile_ranges": ranges}


class _KlDivergence(Shape):
    """Shares of values or ranges, which great-expectations calls a partition."""

    check = "kl_divergence"
    expectations = ("expect_column_kl_divergence_to_be_less_than",)

    def read(self, expectation: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Take the partition apart."""
        shares = dict(kwargs["partition_object"])
        if "tail_weights" in shares or any(kwargs.get(name) for name in ("internal_weight_holdout",)):
            raise ValueError("tail weights and internal holdouts cannot be said")
        document = {"check": "kl_divergence", "column": kwargs["column"], "weights": shares["weights"],
                    "maximum": kwargs["threshold"]}  # fmt: skip
        if "values" in shares:
            return {**document, "values": shares["values"]}
        return {**document, "edges": shares["bins"]}

    def write(self, rule: Check) -> tuple[str, dict[str, Any]] | None:
        """Put the partition together."""
        fields = rule.model_dump(mode="json")
        which = {"values": fields["values"]} if fields["values"] else {"bins": fields["edges"]}
        return self.expectations[0], {
            "column": fields["column"],
            "partition_object": {**which, "weights": fields["weights"]},
            "threshold": fields["maximum"],
        }


class _ExactCount(Shape):
    """A number of rows or columns, which great-expectations also says as one value."""

    def __init__(self, check: str, what: str) -> None:
        self._what = what
        self.check = check  # type: ignore[misc]
        self.expectations = (f"expect_table_{what}_count_to_equal",)  # type: ignore[misc]

    def read(self, expectation: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Take the value as both bounds."""
        return {"check": self.check, "minimum": kwargs["value"], "maximum": kwargs["value"]}

    def write(self, rule: Check) -> tuple[str, dict[str, Any]] | None:
        """Say equal bounds as one value."""
        fields = rule.model_dump()
        if fields["minimum"] != fields["maximum"]:
            return None
        return self.expectations[0], {"value": int(fields["minimum"])}


class _ColumnExists(Shape):
    """A column that must be there, whatever others are."""

    check = "columns_match"
    expectations = ("expect_column_to_exist",)

    def read(self, expectation: str, kwargs: dict[str, Any]) -> dict[str, Any]:
        """Make a list of one."""
        if kwargs.get("column_index") is not None:
            raise ValueError("column_index cannot be said")
        return {"check": "columns_match", "names": [kwargs["column"]], "exact": False}

    def write(self, rule: Check) -> tuple[str, dict[str, Any]] | None:
        """Say a list of one."""
        fields = rule.model_dump()
        if fields["order"] or fields["exact"] or len(fields["names"]) != 1:
            return None
        return self.expectations[0], {"column": fields["names"][0]}


SHAPES: tuple[Shape, ...] = (
    _Query(),
    _Quantiles(),
    _KlDivergence(),
    _ExactCount("row_count", "row"),
    _ExactCount("column_count", "column"),
    _ColumnExists(),
)
"""Tried before the plain equivalents."""
