"""Models that were made elsewhere: read without running what is in them, checked, and sealed as ours are.

Nothing here is imported before a model of this kind is met.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.lazy import names_from

if TYPE_CHECKING:
    from penstock.training.imported.convert import import_candidate
    from penstock.training.imported.formats import describe, detect
    from penstock.training.imported.refusal import ModelRefused

__all__ = ["ModelRefused", "describe", "detect", "import_candidate"]

_HOMES = {
    "ModelRefused": "refusal",
    "describe": "formats",
    "detect": "formats",
    "import_candidate": "convert",
}

__getattr__ = names_from(__name__, _HOMES)
