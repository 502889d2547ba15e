"""Schedules of datasets whose files are onboarded at set times, kept in step with what is registered."""

from __future__ import annotations

import hashlib
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
        pk = f"schedules#{name}"
        for known in list(self.items.query(pk)):
            if known["sk"] not in wanted:
                self.scheduler.delete(schedule_name(name, known["sk"]))
                self.items.delete(pk, known["sk"])
        for dataset, expression in wanted.items():
            # Noted first: what is noted and not there is removed without harm.
            self.items.put({"pk": pk, "sk": dataset, "expression": expression})
            detail = {"use_case": name, "dataset": dataset, "wait_seconds": 0}
            self.scheduler.put(schedule_name(name, dataset), expression, detail)
        return wanted


def schedule_name(use_case: str, dataset: str) -> str:
    """Return the name of a dataset's schedule, at most 64 characters.

    Examples
    --------
    >>> schedule_name("late_invoices", "invoices")
    'late_invoices.invoices.ad4b099bc935'
    """
    digest = hashlib.sha256(f"{use_case}/{dataset}".encode()).hexdigest()[:12]
    return f"{use_case[:24]}.{dataset[:24]}.{digest}"
