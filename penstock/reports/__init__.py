"""Reports: what became of a use case, collected from the platform and shown on one page."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.lazy import names_from

if TYPE_CHECKING:
    from penstock.reports.collection import collect
    from penstock.reports.executions import Executions
    from penstock.reports.facts import Facts
    from penstock.reports.page import render
    from penstock.reports.profile import profile_page, profile_section, profile_table

__all__ = ["Executions", "Facts", "collect", "profile_page", "profile_section", "profile_table", "render"]

_HOMES = {
    "Executions": "executions",
    "Facts": "facts",
    "collect": "collection",
    "profile_page": "profile",
    "profile_section": "profile",
    "profile_table": "profile",
    "render": "page",
}

__getattr__ = names_from(__name__, _HOMES)
