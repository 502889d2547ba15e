"""Tables of codes: countries, currencies, languages, states, units, telephone numbers."""

from penstock.quality.codes.folding import folded, folded_sql

__all__ = ["folded", "folded_sql"]
