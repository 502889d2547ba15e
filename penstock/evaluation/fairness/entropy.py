"""Generalised entropy: how unequally the benefit of errors is spread over all rows (Speicher et al. 2018)."""

from __future__ import annotations

from penstock.evaluation.fairness.rates import Groups, Unmeasurable


def ge(groups: Groups) -> float:
    """Half the squared coefficient of variation of the benefit (predicted less true label, plus one)."""
    counts = groups.counts.sum(axis=0)
    rows = int(counts.sum())
    if not rows:
        raise Unmeasurable("dataset must be non-empty")
    # Benefits are 0 (false negative), 1 (right) and 2 (false positive).
    right, raised = int(counts[0, 0] + counts[1, 1]), int(counts[0, 1])
    mean = (right + 2 * raised) / rows
    if not mean:
        raise Unmeasurable(
            "All predicted labels are false negatives. "
            "There should be at least one prediction that is not false negative."
        )
    return ((right + 4 * raised) / mean**2 - rows) / (rows * 2)
