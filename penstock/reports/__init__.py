"""Reports: what became of a use case, collected from the platform and shown on one page."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock.reports.collection import collect
    from penstock.reports.executions import Executions
    from penstock.reports.facts import Facts
    from penstock.reports.page import render

__all__ = ["Executions", "Facts", "collect", "render"]

_HOMES = {"Executions": "executions", "Facts": "facts", "collect": "collection", "render": "page"}


def __getattr__(name: str) -> Any:
    """Load a public name's module on first use: a listing of executions needs no templates."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
