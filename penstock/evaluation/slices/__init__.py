"""Slices: where a model is worse than on all rows, by declared columns and found."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.lazy import names_from

if TYPE_CHECKING:
    from penstock.evaluation.slices.measure import Slice, Slices, slice_checks, slices_of
    from penstock.evaluation.slices.scored import Scored

__all__ = ["Scored", "Slice", "Slices", "slice_checks", "slices_of"]

_HOMES = {
    "Scored": "scored",
    "Slice": "measure",
    "Slices": "measure",
    "slice_checks": "measure",
    "slices_of": "measure",
}

__getattr__ = names_from(__name__, _HOMES)
