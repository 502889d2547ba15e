"""The detectors, one a file under ``detectors``, found by their files."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from penstock.catalog.classification import detectors as package
from penstock.catalog.classification.detector import Detector


@cache
def detectors() -> Mapping[str, Detector]:
    """Return all detectors by kind, sorted.

    Examples
    --------
    >>> "email" in detectors()
    True
    """
    names = sorted(module.name for module in pkgutil.iter_modules(package.__path__) if module.name[0] != "_")
    loaded = (importlib.import_module(f"{package.__name__}.{name}").DETECTOR for name in names)
    return MappingProxyType({found.kind: found for found in loaded})


def detector(kind: str) -> Detector:
    """Return the detector of a kind.

    Raises
    ------
    KeyError
        There is none.

    Examples
    --------
    >>> detector("card_number").meaning
    'payment card number'
    """
    return detectors()[kind]
