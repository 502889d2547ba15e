"""Public names of a package whose modules load on first use: a handler pays only for what it calls."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def names_from(package: str, homes: Mapping[str, str]) -> Callable[[str], Any]:
    """Return a module's ``__getattr__`` (PEP 562) that finds public names in submodules.

    Parameters
    ----------
    package
        The package's ``__name__``.
    homes
        Public name to the submodule that has it.

    Examples
    --------
    >>> find = names_from("penstock", {"PenstockError": "errors"})
    >>> find("PenstockError").__module__
    'penstock.errors'
    """

    def find(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        return getattr(import_module(f"{package}.{homes[name]}"), name)

    return find
