"""PMML: trees, regressions and ensembles of them, evaluated column by column with NumPy.

The document is data and is never run. An element or attribute that is not known is refused by its name,
because a model that is read without it would answer wrongly.
"""

from __future__ import annotations

from penstock.training.imported.pmml.document import read_document
from penstock.training.imported.pmml.model import Pmml

__all__ = ["Pmml", "read_document"]
