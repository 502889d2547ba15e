"""What a contract says that cannot all be true, each finding with all the places that it is about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from penstock.specs.rule import contradictions, problems

if TYPE_CHECKING:
    from penstock.specs.contract import Contract

Location = tuple[int | str, ...]
_TIMES = {"date", "timestamp"}


@dataclass(frozen=True)
class Finding:
    """A contradiction, and where its sides stand."""

    what: str
    places: tuple[Location, ...]


def findings(contract: Contract) -> list[Finding]:
    """Return every contradiction of a contract whose fields are right by themselves.

    Examples
    --------
    >>> from penstock.specs.contract import Contract
    >>> wrong = Contract.model_construct(
    ...     columns=(), rules=(), partition_by=(), changes=None, event_time="day", classification="internal")
    >>> [one.what for one in findings(wrong)]
    ['the contract names columns that it does not declare: day']
    """
    return [
        *_names(contract),
        *_undeclared(contract),
        *_rules(contract),
        *_times(contract),
        *_protection(contract),
        *_partitions(contract),
        *_changes(contract),
    ]


def _names(contract: Contract) -> Iterator[Finding]:
    """Find columns of one name, case ignored; names become those of tables, which ignore it too."""
    seen: dict[str, list[int]] = defaultdict(list)
    for place, column in enumerate(contract.columns):
        seen[column.name.lower()].append(place)
    twice = {name: places for name, places in seen.items() if len(places) > 1}
    for places in twice.values():
        name = contract.columns[places[1]].name
        yield Finding(
            f"columns named twice (case is ignored): {name}",
            tuple(("columns", place, "name") for place in places),
        )
    made: dict[str, int] = {}
    for number, rule in enumerate(contract.rules):
        for name in rule.makes():
            if name.lower() in seen or name.lower() in made:
                other: Location = (
                    ("columns", seen[name.lower()][0])
                    if name.lower() in seen
                    else ("rules", made[name.lower()])
                )
                yield Finding(
                    f"rules make columns that are there already: {name}", (("rules", number), other)
                )
            made[name.lower()] = number


def _undeclared(contract: Contract) -> Iterator[Finding]:
    known = {column.name for column in contract.columns}
    known |= {name for rule in contract.rules for name in rule.makes()}
    for name, place in _used(contract):
        if name not in known:
            yield Finding(f"the contract names columns that it does not declare: {name}", (place,))


def _used(contract: Contract) -> Iterator[tuple[str, Location]]:
    """Yield the columns that the contract's own fields name."""
    if contract.event_time:
        yield contract.event_time, ("event_time",)
    for number, part in enumerate(contract.partition_by):
        yield part.column, ("partition_by", number, "column")
    if contract.changes:
        yield contract.changes.operation, ("changes", "operation")
        yield contract.changes.order_by, ("changes", "order_by")


def _rules(contract: Contract) -> Iterator[Finding]:
    names = [column.name for column in contract.columns]
    shielded = [column.name for column in contract.columns if column.protect != "keep"]
    for what in problems(contract.rules, names) + contradictions(contract.rules, shielded):
        involved = [("columns", place) for place, name in enumerate(names) if what.endswith(f" {name}")]
        yield Finding(what, (("rules",), *involved))


def _times(contract: Contract) -> Iterator[Finding]:
    """Find times that are none."""
    places = {column.name: place for place, column in enumerate(contract.columns)}
    wanted: list[tuple[str, Location]] = []
    if contract.event_time:
        wanted.append((contract.event_time, ("event_time",)))
    for number, part in enumerate(contract.partition_by):
        if part.unit != "value":
            wanted.append((part.column, ("partition_by", number, "unit")))
    for name, place in wanted:
        if name in places and (kind := contract.columns[places[name]].type) not in _TIMES:
            yield Finding(
                f"{place[0]} needs a date or timestamp, and {name} is declared as {kind}",
                (place, ("columns", places[name], "type")),
            )


def _protection(contract: Contract) -> Iterator[Finding]:
    """Find columns that are dropped and needed, and personal ones that the public would see."""
    needed: dict[str, Location] = dict(_used(contract))
    for place, column in enumerate(contract.columns):
        here: Location = ("columns", place, "protect")
        if column.protect == "drop" and column.key:
            yield Finding(f"{column.name} is a key and is dropped", (here, ("columns", place, "key")))
        if column.protect == "drop" and column.name in needed:
            yield Finding(f"{column.name} is dropped and needed", (here, needed[column.name]))
        if (
            contract.classification == "public"
            and column.sensitivity != "none"
            and column.protect == "keep"
            and not any(rule.kind == "comply" and column.name in rule.reads() for rule in contract.rules)
        ):
            yield Finding(
                f"{column.name} is {column.sensitivity} and kept as it is, and the dataset is public",
                (("columns", place, "sensitivity"), ("classification",)),
            )


def _partitions(contract: Contract) -> Iterator[Finding]:
    seen: dict[tuple[str, str], int] = {}
    for number, part in enumerate(contract.partition_by):
        key = (part.column, part.unit)
        if key in seen:
            yield Finding(
                f"{part.column} by {part.unit} partitions twice",
                (("partition_by", number), ("partition_by", seen[key])),
            )
        seen.setdefault(key, number)


def _changes(contract: Contract) -> Iterator[Finding]:
    if contract.changes is None:
        return
    if not any(column.key for column in contract.columns):
        yield Finding("change data needs a key column", (("changes",), ("columns",)))
    if contract.changes.operation == contract.changes.order_by:
        yield Finding(
            "operation and order_by are the same column", (("changes", "operation"), ("changes", "order_by"))
        )
    kinds = {"insert": contract.changes.insert, "update": contract.changes.update,
             "delete": contract.changes.delete}  # fmt: skip
    owners: dict[str, str] = {}
    for kind, words in kinds.items():
        for word in words:
            if owners.setdefault(word, kind) != kind:
                yield Finding(
                    f"{word!r} means {owners[word]} and {kind}",
                    (("changes", owners[word]), ("changes", kind)),
                )
