"""The contract of a dataset: what may land, who answers for it, what is checked."""

from __future__ import annotations

from collections import Counter
from typing import Literal

from pydantic import Field, model_validator

from penstock.specs.base import ColumnName, ColumnType, Name, Spec
from penstock.specs.rule import AnyRule


class ContractFormat(Spec):
    """How the files of a dataset are written."""

    kind: Literal["csv", "json_lines", "json", "parquet"] = "csv"
    """``json`` is one document that holds all records; ``json_lines`` has one record a line."""
    encoding: str = "utf-8"
    """A name that Python's ``codecs`` knows."""
    compression: Literal["auto", "none", "gzip", "bzip2", "xz", "zstd"] = "auto"
    """``auto`` looks at the first bytes of the file, not at its name."""
    delimiter: str = Field(default=",", min_length=1, max_length=1)
    quote: str = Field(default='"', max_length=1)
    """Empty when fields are never quoted."""
    escape: str = Field(default="", max_length=1)
    """The character before a quote in a quoted field; empty when quotes are doubled (RFC 4180)."""
    header: bool = True
    """Whether the first line names the columns; otherwise they are those of the contract, in its order."""
    skip_lines: int = Field(default=0, ge=0, le=1_000)
    """Lines before the header."""
    null_values: tuple[str, ...] = ("",)
    """Texts that stand for no value."""
    decimal_separator: Literal[".", ","] = "."
    thousands_separator: Literal["", ",", ".", " ", "'"] = ""
    records: str = ""
    """Where a JSON document has its list of records, such as ``$.data.items``; empty when it is the list."""
    manifest: bool = False
    """Whether what lands is the JSON manifest of a database export that names the files of one arrival."""
    max_line_bytes: int = Field(default=2_000_000, ge=1_000, le=100_000_000)


class Changes(Spec):
    """How change-data rows say what happened to a key; curated are their history and the current table."""

    operation: ColumnName
    """The column that tells what happened."""
    order_by: ColumnName
    """The column that orders the changes of a key, such as a log sequence number or a commit time."""
    insert: tuple[str, ...] = ("I", "c", "r", "insert")
    update: tuple[str, ...] = ("U", "u", "update")
    delete: tuple[str, ...] = ("D", "d", "delete")


class Partition(Spec):
    """A column by which curated files are cut."""

    column: ColumnName
    unit: Literal["value", "day", "month", "year"] = "value"


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
        if (self.kind == "schedule") != (self.expression is not None):
            raise ValueError("a schedule trigger, and no other, needs an expression")
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
    path: str = ""
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
        names = [column.name for column in self.columns]
        folded = Counter(name.lower() for name in names)
        twice = sorted(name for name, count in folded.items() if count > 1)
        if twice:
            raise ValueError(f"columns named twice (case is ignored): {', '.join(twice)}")
        made = [name for rule in self.rules for name in rule.makes()]
        if again := sorted({name for name in made if made.count(name) > 1 or name.lower() in folded}):
            raise ValueError(f"rules make columns that are there already: {', '.join(again)}")
        used = {name for rule in self.rules for name in rule.reads()} - set(made)
        used |= {self.event_time} if self.event_time else set()
        used |= {part.column for part in self.partition_by}
        used |= {self.changes.operation, self.changes.order_by} if self.changes else set()
        if unknown := sorted(used - set(names)):
            raise ValueError(f"the contract names columns that it does not declare: {', '.join(unknown)}")
        if self.changes and not self.keys:
            raise ValueError("change data needs a key column")
        return self
