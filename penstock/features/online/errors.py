"""What can be wrong with packed features and with rows that should be stored."""

from __future__ import annotations

from penstock.errors import DamagedData, PenstockError


class CorruptFeatures(DamagedData):
    """The packed features of an entity cannot be read."""


class UnstorableFeatures(PenstockError, ValueError):
    """Feature rows that the online store does not take; nothing of the call was stored before it said so."""
