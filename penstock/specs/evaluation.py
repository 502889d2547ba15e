"""What an evaluation looks at beside the metrics: facets, slices, robustness, costs, learning curve."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from penstock.specs.base import ColumnName, Spec

FairnessMetric = Literal[
    "CI", "DPL", "KL", "JS", "LP", "TVD", "KS", "CDDL",
    "DPPL", "DI", "DCA", "DCR", "RD", "SD", "DAR", "DRR", "AD", "CDDPL", "TE", "FT", "GE",
]  # fmt: skip
"""Clarify's bias metrics: those of labels, then those of predictions."""
Share = Annotated[float, Field(gt=0.0, le=1.0)]


class Facet(Spec):
    """A group of people (or things) that is compared with all others.

    Without ``values`` and ``above`` each value of the column is a group.
    """

    column: ColumnName
    values: tuple[bool | int | float | str, ...] = ()
    """Rows with one of these are the group."""
    above: float | None = None
    """Rows with a larger number are the group."""
    group: ColumnName | None = None
    """Metrics under a condition (CDDL, CDDPL) compare within the values of this column."""

    @model_validator(mode="after")
    def _one_way(self) -> Facet:
        if self.values and self.above is not None:
            raise ValueError(f"facet {self.column!r}: give 'values' or 'above', not both")
        return self


class SliceSpec(Spec):
    """Where a model is measured apart."""

    columns: tuple[ColumnName, ...] = ()
    bins: int = Field(default=4, ge=2, le=20)
    """Into how many parts of about equal size numbers are cut."""
    find: bool = True
    """Look for the worst slices of one and two columns."""
    fewest_rows: int = Field(default=50, ge=10)
    """Smaller slices are not measured."""
    most: int = Field(default=10, ge=1, le=100)
    """How many found slices are kept."""


class RobustnessSpec(Spec):
    """How rows are disturbed to see what becomes of the answers."""

    noise: tuple[Share, ...] = (0.1, 0.5)
    """Normal noise on numbers, in shares of their deviation."""
    missing: tuple[Share, ...] = (0.1, 0.3)
    """Shares of the values that are taken away."""
    unseen: tuple[Share, ...] = (0.1,)
    """Shares of the words that become one that training never saw."""
    out_of_range: tuple[Share, ...] = (0.1,)
    """Shares of the numbers that move ten times their range away."""
    rows: int = Field(default=5_000, ge=100, le=100_000)
    """At most so many test rows are disturbed."""


class CostSpec(Spec):
    """What wrong answers cost the business, in any currency."""

    false_positive: float = Field(default=0.0, ge=0.0)
    false_negative: float = Field(default=0.0, ge=0.0)
    error: float = Field(default=0.0, ge=0.0)
    """A wrong class costs this much, or each unit by which a value is off."""


class EvaluationSpec(Spec):
    """What is looked at, beside metrics, before a model is judged."""

    facets: tuple[Facet, ...] = ()
    no_facets_because: str = Field(default="", max_length=1_024, exclude_if=lambda reason: not reason)
    """Why no groups are compared, where the risk tier demands that they are."""
    favourable: tuple[bool | int | str, ...] = ()
    """The answers that are good for the person: classes, or 0 or 1 (1 unless said)."""
    favourable_above: float | None = None
    """For a regression: larger values are good for the person."""
    slices: SliceSpec = SliceSpec()
    robustness: RobustnessSpec | None = RobustnessSpec()
    learning_curve: tuple[Share, ...] = ()
    """Train the chosen candidate again on these shares of the training rows."""
    cost: CostSpec | None = None
    immutable: tuple[ColumnName, ...] = Field(default=(), exclude_if=lambda names: not names)
    """Columns and features that a counterfactual must not change, beside personal and special ones."""

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns that the evaluation reads and the model need not have.

        Examples
        --------
        >>> EvaluationSpec(facets=[{"column": "sex", "group": "branch"}], slices={"columns": ["sex"]}).columns
        ('sex', 'branch')
        """
        named = [name for facet in self.facets for name in (facet.column, facet.group) if name]
        return tuple(dict.fromkeys([*named, *self.slices.columns]))

    def contradiction(self, problem: str) -> str | None:
        """Say why this does not fit a problem, if so."""
        if self.facets and self.no_facets_because:
            return "give 'facets', or 'no_facets_because', not both"
        if self.facets and problem == "clustering":
            return "clusters are no better or worse for anybody: 'facets' do not fit clustering"
        if self.facets and problem == "multiclass" and not self.favourable:
            return "'facets' of several classes need 'favourable', the classes that are good for the person"
        if self.facets and problem == "regression" and self.favourable_above is None:
            return "'facets' of a value need 'favourable_above', from which on it is good for the person"
        if self.cost and problem == "clustering":
            return "clusters cannot be wrong: 'cost' does not fit clustering"
        return None
