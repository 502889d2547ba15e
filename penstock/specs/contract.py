"""The contract of a dataset: what may land, who answers for it, what is checked."""

from __future__ import annotations

import re
from typing import Literal

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from penstock.specs.base import ColumnName, ColumnType, Name, Spec
from penstock.specs.consistency import findings
from penstock.specs.format import Changes, ContractFormat, Partition
from penstock.specs.path import FieldPath
from penstock.specs.rule import AnyRule

_EXPRESSION = re.compile(
    r"rate\((?:1 (?:minute|hour|day)|[1-9][0-9]{0,4} (?:minutes|hours|days))\)"
    r"|cron\((?:[0-9A-Z*/,?#L-]+ ){5}[0-9A-Z*/,?#L-]+\)"
)


class Trigger(Spec):
    """When landed files are onboarded: each at once, several together, or at set times."""

    kind: Literal["event", "batch", "schedule"] = "event"
    files: int | None = Field(default=None, ge=2, le=10_000)
    """``batch``: start when so many files wait."""
    minutes: int | None = Field(default=None, ge=1, le=1_440)
    """``batch``: start when the oldest has waited so long."""
    expression: str | None = None
    """``schedule``: an EventBridge Scheduler expression, such as ``cron(0 6 * * ? *)``."""

    @model_validator(mode="after")
    def _complete(self) -> Trigger:
        if self.kind == "batch" and self.files is None and self.minutes is None:
            raise ValueError("a batch trigger needs files or minutes")
        if self.kind != "batch" and (self.files, self.minutes) != (None, None):
            raise ValueError(f"files and minutes are for a batch trigger, and this one's kind is {self.kind}")
        if (self.kind == "schedule") != (self.expression is not None):
            raise ValueError("a schedule trigger, and no other, needs an expression")
        if self.expression is not None and not _EXPRESSION.fullmatch(self.expression):
            raise ValueError(
                f"{self.expression!r} is no schedule: write rate(6 hours), or cron with six fields,"
                " such as cron(0 6 * * ? *)"
            )
        return self


class Column(Spec):
    """One column of a dataset, with its meaning and sensitivity."""

    name: ColumnName
    type: ColumnType
    nullable: bool = True
    key: bool = False
    meaning: str = ""
    unit: str = ""
    sensitivity: Literal["none", "personal", "special"] = "none"
    protect: Literal["keep", "hash", "drop"] = "keep"
    """What happens to the values on their way to the curated data."""
    path: FieldPath = ""
    """Where a JSON record has the value, such as ``$.customer.address.city``; empty for the name itself."""
    written: str = ""
    """How a date or timestamp is written, such as ``%d.%m.%Y`` (strptime); empty for ISO 8601."""
    timezone: str = ""
    """IANA name of the zone of timestamps without an offset; empty for UTC."""


class Contract(Spec):
    """Owner, purpose, schema, rules and tolerance of one dataset.

    Examples
    --------
    >>> contract = Contract(
    ...     dataset="payments", owner="finance", steward="finance-data", purpose="forecasting",
    ...     legal_basis="legitimate interest", classification="internal",
    ...     columns=[{"name": "id", "type": "string", "key": True, "nullable": False}])
    >>> contract.keys
    ('id',)
    """

    dataset: Name
    description: str = ""
    owner: str
    steward: str
    purpose: str
    legal_basis: str
    classification: Literal["public", "internal", "confidential", "restricted"]
    format: ContractFormat = ContractFormat()
    columns: tuple[Column, ...] = Field(min_length=1, max_length=5_000)
    rules: tuple[AnyRule, ...] = ()
    event_time: ColumnName | None = None
    max_quarantined: float = Field(default=0.2, ge=0.0, le=1.0)
    """The share of quarantined rows above which the whole file is refused."""
    retention_days: int = Field(default=2_555, ge=1)
    trigger: Trigger = Trigger()
    partition_by: tuple[Partition, ...] = ()
    changes: Changes | None = None
    evolution: Literal["refuse", "add_columns", "widen_types"] = "refuse"
    """What happens to a file with other columns or wider types than declared; each includes the former."""

    @property
    def keys(self) -> tuple[str, ...]:
        """Names of the columns that identify a row, in order."""
        return tuple(column.name for column in self.columns if column.key)

    @model_validator(mode="after")
    def _consistent(self) -> Contract:
        if found := findings(self):
            places = [{"what": one.what, "places": [list(place) for place in one.places]} for one in found]
            raise PydanticCustomError(
                "contradiction", "{text}", {"text": "; ".join(one.what for one in found), "findings": places}
            )
        return self
