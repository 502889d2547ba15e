"""What a draft says to the person who completes it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from penstock.catalog.classification import Classification
from penstock.onboarding.inference.sniffing import Sniffed
from penstock.onboarding.inference.types import Typed, Types
from penstock.specs import Contract
from penstock.specs.draft import GOVERNANCE, PLACEHOLDER

_ASKED = {
    "owner": "who answers for the data",
    "steward": "who looks after them day by day",
    "purpose": "what they are used for",
    "legal_basis": "why that is lawful: consent, contract, legal obligation, legitimate interest, ...",
}
_NAMES = 60


def title_of(contract: Contract, where: str, rows: int, rejected: int) -> list[str]:
    """Return the lines at the top."""
    lines = [
        f"First contract of the dataset {contract.dataset}, inferred from {_safe(where)} ({rows:,} rows)."
    ]
    if rejected:
        lines.append(f"{rejected:,} lines of that file are no records; they would be quarantined.")
    lines.append(
        f"It is a draft: fill in what says {PLACEHOLDER}, add meaning and unit, and review the rest."
    )
    return lines


def notes_of(
    contract: Contract,
    types: Types,
    sniffed: Sniffed,
    *,
    renamed: Mapping[str, str],
    classified: Mapping[str, Classification],
    keys: Sequence[tuple[str, ...]],
    partition: tuple[str, str] | None,
) -> dict[str, list[str]]:
    """Return lines of comment by field and column."""
    notes = {name: [_ASKED[name]] for name in GOVERNANCE if getattr(contract, name) == PLACEHOLDER}
    notes["format"] = _of_format(contract, sniffed, renamed)
    for column, found in zip(contract.columns, types.columns, strict=True):
        origin = renamed.get(column.name, "")
        notes[f"columns.{column.name}"] = _of_column(origin, found, classified[column.name])
    if contract.event_time:
        notes["event_time"] = ["when it happened: a guess by name and type"]
    notes["end"] = _of_end(contract, keys, partition)
    return notes


def _of_format(contract: Contract, sniffed: Sniffed, renamed: Mapping[str, str]) -> list[str]:
    """Return what there is to say about the way of writing."""
    lines = []
    if contract.format.kind == "csv" and not sniffed.names_in_file:
        lines.append("the file has no header: the names of the columns are made up")
    if contract.format.kind == "csv" and renamed:
        lines.append(
            "the header has names that a contract cannot have: it is skipped, and columns go by their order"
        )
    if contract.format.null_values and len(contract.format.null_values) > 1:
        lines.append("null_values: texts that were seen where all else is numbers or dates")
    return lines


def _of_column(origin: str, found: Typed, classified: Classification) -> list[str]:
    """Return what there is to say about a column."""
    lines = [f"in the file: {_safe(origin)}"] if origin else []
    if found.rows and found.nulls == found.rows:
        lines.append("no value at all: the type is unknown")
    if found.also:
        lines.append(f"the dates would also fit {found.also}: check which is meant")
    if classified.is_personal:
        held = f" of {', '.join(classified.contains)}" if classified.contains else ""
        why = "; ".join(map(str, classified.evidence[:1]))
        lines.append(f"looks like {classified.kind}{held} ({why}); protect is a proposal")
    return lines


def _of_end(
    contract: Contract, keys: Sequence[tuple[str, ...]], partition: tuple[str, str] | None
) -> list[str]:
    """Return suggestions that are not in the contract."""
    lines = []
    others = [" + ".join(key) for key in keys if key != contract.keys]
    if others:
        lines.append(f"also different in every row: {', '.join(others[:5])}")
    if partition:
        lines.append(f"partition_by: [{{column: {partition[0]}, unit: {partition[1]}}}]")
    lines.append("rules: none yet; `penstock dataset suggest FILE --contract THIS` proposes some")
    return lines


def _safe(name: str) -> str:
    """Return a name from a file so that it can stand in a comment."""
    shown = name if len(name) <= _NAMES else name[:_NAMES] + "..."
    return ascii(shown)[1:-1] if not shown.isprintable() else shown
