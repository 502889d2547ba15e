"""Schedules of datasets whose files are onboarded at set times, kept in step with what is registered."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from penstock.catalog import Catalog
from penstock.stores import ItemStore


class Scheduler(Protocol):
    """Where schedules are kept."""

    def put(self, name: str, expression: str, detail: dict[str, Any]) -> None:
        """Create a schedule, or change the one of that name."""
        ...

    def delete(self, name: str) -> None:
        """Remove a schedule; nothing happens when there is none."""
        ...


@dataclass(frozen=True)
class Schedules:
    """What the step needs.

    Parameters
    ----------
    items
        The catalogue's table, which remembers the schedules that there are.
    """

    catalog: Catalog
    items: ItemStore
    scheduler: Scheduler

    def keep(self, name: str) -> dict[str, str]:
        """Create, change and remove schedules as a use case's contracts in force say.

        Returns
        -------
        dict
            The expressions by dataset.
        """
        wanted = {
            contract.dataset: contract.trigger.expression
            for contract in self.catalog.use_case(name).datasets
            if contract.trigger.expression
        }
        details = {one: {"use_case": name, "dataset": one, "wait_seconds": 0} for one in wanted}
        keep_schedules(self.items, self.scheduler, name, wanted, details)
        return wanted


def keep_schedules(
    items: ItemStore,
    scheduler: Scheduler,
    use_case: str,
    wanted: Mapping[str, str],
    details: Mapping[str, dict[str, Any]],
    *,
    kind: str = "schedules",
) -> None:
    """Create, change and remove the schedules of one kind of a use case's parts.

    Parameters
    ----------
    items
        The table that remembers the schedules that there are.
    wanted, details
        The expression, and what the schedule tells, of each part by its name.
    """
    pk = f"{kind}#{use_case}"
    for known in list(items.query(pk)):
        if known["sk"] not in wanted:
            scheduler.delete(schedule_name(use_case, known["sk"]))
            items.delete(pk, known["sk"])
    for name, expression in wanted.items():
        # Noted first: what is noted and not there is removed without harm.
        items.put({"pk": pk, "sk": name, "expression": expression})
        scheduler.put(schedule_name(use_case, name), expression, details[name])


def schedule_name(use_case: str, dataset: str) -> str:
    """Return the name of a dataset's schedule, at most 64 characters.

    Examples
    --------
    >>> schedule_name("late_invoices", "invoices")
    'late_invoices.invoices.ad4b099bc935'
    """
    digest = hashlib.sha256(f"{use_case}/{dataset}".encode()).hexdigest()[:12]
    return f"{use_case[:24]}.{dataset[:24]}.{digest}"
