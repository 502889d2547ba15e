"""Small summaries of large columns that can be merged: what a profile is made of."""

from penstock.sketches.bins import Bins
from penstock.sketches.distinct import Distinct
from penstock.sketches.frequent import Frequent
from penstock.sketches.hashing import HASH, hash_numbers, hash_texts
from penstock.sketches.moments import Moments
from penstock.sketches.quantiles import Sketch

__all__ = [
    "HASH",
    "Bins",
    "Distinct",
    "Frequent",
    "Moments",
    "Sketch",
    "hash_numbers",
    "hash_texts",
]
