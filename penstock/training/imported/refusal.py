"""Why a model that was made elsewhere is not brought in."""

from __future__ import annotations

from penstock.errors import PenstockError


class ModelRefused(PenstockError):
    """A model's file is unsafe, broken, of another format, or does not fit the use case."""
