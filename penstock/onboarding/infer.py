"""A first contract, inferred from a file: a draft for people to complete."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, c1)

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from penstock.catalog.classification import Classification, classify_column
from penstock.catalog.classification.sample import sample
from penstock.onboarding.inference.explaining import notes_of, title_of
from penstock.onboarding.inference.fields import Field
from penstock.onboarding.inference.keys import (
    Partitioning,
    event_time,
    is_named_key,
    key_candidates,
    partitioning,
)
from penstock.onboarding.inference.naming import valid_names
from penstock.onboarding.inference.sniffing import Sniffed, sniff
from penstock.onboarding.inference.types import Typed, Types, types_of
from penstock.onboarding.inference.writing import as_yaml
from penstock.onboarding.load import load
from penstock.specs import Column, Contract, ContractFormat
from penstock.specs.draft import PLACEHOLDER
from penstock.tables import engine

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_ENOUGH = 20
"""Rows without an empty value after which a column is said to have always one."""
_WIDE = 100
"""Columns above which the rows are copied: planning so many in each query takes longer than reading them."""
_CODES = frozenset(
    {"phone", "postal_code", "card_number", "iban", "bank_account", "imei", "national_id", "passport_number"}
)


@dataclass(frozen=True)
class Inference:
    """A draft contract, and what was seen."""

    contract: Contract
    yaml: str
    """The contract for people: with comments about everything that is to be filled in or looked at."""
    rows: int
    rejected: int
    """Lines that are no records; they would be quarantined."""
    renamed: Mapping[str, str] = field(default_factory=dict)
    """Names in the contract, and in the file where they differ."""
    classifications: Mapping[str, Classification] = field(default_factory=dict)
    keys: tuple[tuple[str, ...], ...] = ()
    """Columns, or pairs of them, that identify the rows of this file; the first is in the contract."""
    partition: tuple[str, str] | None = None
    """Column and unit by which curated files may be cut; a suggestion that is not in the contract."""


@dataclass(frozen=True)
class Governance:
    """What no file can tell; placeholders that registration refuses unless given."""

    owner: str = PLACEHOLDER
    steward: str = PLACEHOLDER
    purpose: str = PLACEHOLDER
    legal_basis: str = PLACEHOLDER


def infer_contract(
    file: Path, *, dataset: str, owner: str = "", steward: str = "", purpose: str = "", legal_basis: str = ""
) -> Contract:
    r"""Return the contract that :func:`infer` finds.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as name:
    ...     file = Path(name, "orders.csv")
    ...     _ = file.write_text("order_id;price\nA1;2,5\nA2;3,75\n")
    ...     contract = infer_contract(file, dataset="orders", owner="sales")
    >>> contract.format.delimiter, contract.format.decimal_separator, contract.keys, contract.steward
    (';', ',', ('order_id',), 'TO BE FILLED')
    """
    said = Governance(
        owner or PLACEHOLDER, steward or PLACEHOLDER, purpose or PLACEHOLDER, legal_basis or PLACEHOLDER
    )
    return infer(file, dataset=dataset, governance=said).contract


def infer(
    file: Path,
    *,
    dataset: str,
    governance: Governance = Governance(),
    memory_limit: str = "2GB",
    seed: int = 0,
) -> Inference:
    r"""Infer a first contract from a file, which that contract then takes without a quarantined row.

    Format and dialect are found, then names, types, keys, times and personal data. Nothing is
    guessed that a person must decide: meaning and unit stay empty, governance stays a placeholder.

    Parameters
    ----------
    file
        CSV in any dialect, encoding and compression, JSON lines, a JSON document, or Parquet.
    dataset
        Name of the dataset.
    governance
        Owner, steward, purpose and legal basis as far as they are known.
    memory_limit
        What the engine may hold in memory.
    seed
        Of the sample on which personal data are looked for.

    Raises
    ------
    EmptyFile, UnreadableFile, SchemaMismatch
        There is nothing to infer from, the file is in no known format, or its names cannot be told apart.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as name:
    ...     file = Path(name, "people.csv")
    ...     _ = file.write_text("id,e-mail\n1,ann@example.org\n2,bob@example.org\n")
    ...     found = infer(file, dataset="people")
    >>> found.renamed, found.classifications["e_mail"].kind
    ({'e_mail': 'e-mail'}, 'email')
    """
    with engine(beside=Path(tempfile.gettempdir()), memory_limit=memory_limit) as (connection, folder):
        sniffed = sniff(connection, file, folder)
        names = valid_names([one.name for one in sniffed.fields])
        plain = _contract(dataset, governance, _style(sniffed, names), _columns(sniffed, names))
        arrived = load(connection, plain, file, folder)
        return _inferred(
            connection,
            plain,
            sniffed,
            rows=arrived.source,
            rejected=arrived.rejected,
            seed=seed,
            where=file.name,
        )


def _inferred(
    connection: DuckDBPyConnection,
    plain: Contract,
    sniffed: Sniffed,
    *,
    rows: str,
    rejected: int,
    seed: int,
    where: str,
) -> Inference:
    """Find out about loaded rows."""
    names = [column.name for column in plain.columns]
    kind = "TABLE" if len(names) > _WIDE else "VIEW"
    connection.execute(f"CREATE TEMP {kind} texts AS SELECT row, {_texts(len(names))} FROM ({rows})")
    places = {name: f"c{place}" for place, name in enumerate(names)}
    drawn = sample(connection, "texts", places, row="row", seed=seed)
    classified = {name: classify_column(name, one.values, traces=one.traces) for name, one in drawn.items()}
    values = [one.values for one in drawn.values()]
    types = types_of(connection, "texts", sniffed.fields, plain.format, values)
    types = _codes_kept(types, [classified[name].kind for name in names], sniffed.fields)
    keys = key_candidates(connection, "texts", names, types.columns)
    contract = _completed(plain, types, classified, keys)
    when = (
        [column.name for column in contract.columns].index(contract.event_time)
        if contract.event_time
        else None
    )
    cut = _cut(connection, contract, when)
    renamed = _renamed(sniffed.fields, names) if sniffed.names_in_file else {}
    count = types.columns[0].rows
    found = Inference(
        contract=contract,
        yaml="",
        rows=count,
        rejected=rejected,
        renamed=renamed,
        classifications=classified,
        keys=tuple(tuple(names[place] for place in key) for key in keys),
        partition=(names[cut.column], cut.unit) if cut else None,
    )
    notes = notes_of(
        contract,
        types,
        sniffed,
        renamed=renamed,
        classified=classified,
        keys=found.keys,
        partition=found.partition,
    )
    text = as_yaml(contract, title=title_of(contract, where, count, rejected), notes=notes)
    return Inference(**{**found.__dict__, "yaml": text})


def _texts(count: int) -> str:
    """Return SQL of all places."""
    return ", ".join(f"c{place}" for place in range(count))


def _style(sniffed: Sniffed, names: Sequence[str]) -> ContractFormat:
    """Return the style; a header whose names a contract cannot have becomes a line to skip."""
    style = sniffed.style
    if style.kind == "csv" and style.header and [one.name for one in sniffed.fields] != list(names):
        return style.model_copy(update={"header": False, "skip_lines": style.skip_lines + 1})
    return style


def _columns(sniffed: Sniffed, names: Sequence[str]) -> tuple[Column, ...]:
    """Return columns of text, with the paths of those whose names differ."""
    columns = []
    for name, origin in zip(names, sniffed.fields, strict=True):
        path = origin.path
        if sniffed.style.kind != "csv" and not path and name != origin.name:
            path = _path(origin.name)
        columns.append(Column(name=name, type="string", path=path))
    return tuple(columns)


def _path(name: str) -> str:
    """Return the path of a top field with a name that is no word."""
    return f"$['{name}']" if '"' in name else f'$["{name}"]'


def _contract(
    dataset: str, governance: Governance, style: ContractFormat, columns: tuple[Column, ...]
) -> Contract:
    """Return a contract whose columns are all text."""
    return Contract(
        dataset=dataset,
        owner=governance.owner,
        steward=governance.steward,
        purpose=governance.purpose,
        legal_basis=governance.legal_basis,
        classification="internal",
        format=style,
        columns=columns,
    )


def _codes_kept(types: Types, kinds: Sequence[str], fields: Sequence[Field]) -> Types:
    """Keep numbers that identify people as text: nobody adds them up, and zeros in front matter."""
    kept = tuple(
        Typed(rows=one.rows, nulls=one.nulls, distinct=one.distinct)
        if one.kind in {"integer", "decimal"} and not origin.native and _is_code(kind)
        else one
        for one, kind, origin in zip(types.columns, kinds, fields, strict=True)
    )
    return Types(types.style, kept, types.absent)


def _is_code(kind: str) -> bool:
    """Tell whether a kind is a number that is a name."""
    return kind in _CODES or (kind[2:3] == "_" and kind[:2].isalpha())


def _completed(
    plain: Contract, types: Types, classified: Mapping[str, Classification], keys: Sequence[tuple[int, ...]]
) -> Contract:
    """Return the contract with all that was found."""
    names = [column.name for column in plain.columns]
    key = keys[0] if keys and (len(keys[0]) > 1 or keys[0] == (0,) or is_named_key(names[keys[0][0]])) else ()
    columns = tuple(
        _column(column, one, classified[column.name], is_key=place in key)
        for place, (column, one) in enumerate(zip(plain.columns, types.columns, strict=True))
    )
    when = event_time(names, [_kept(column, one) for column, one in zip(columns, types.columns, strict=True)])
    nulls = (*types.style.nulls, *types.absent) if types.absent else types.style.null_values
    return plain.model_copy(
        update={
            "format": types.style.model_copy(update={"null_values": nulls}),
            "columns": columns,
            "classification": _classification(columns),
            "event_time": names[when] if when is not None else None,
        }
    )


def _kept(column: Column, found: Typed) -> Typed:
    """Return what was found, as text where the curated data will not have the value."""
    return found if column.protect == "keep" else Typed(rows=found.rows)


def _column(column: Column, found: Typed, classified: Classification, *, is_key: bool) -> Column:
    """Return a column with all that was found about it."""
    drops_key = is_key and classified.protect == "drop"
    return column.model_copy(
        update={
            "type": found.kind,
            "written": found.written,
            "nullable": not is_key and (found.nulls > 0 or found.rows < _ENOUGH),
            "key": is_key,
            "sensitivity": classified.sensitivity,
            "protect": "hash" if drops_key else classified.protect,
        }
    )


def _classification(columns: Sequence[Column]) -> Literal["internal", "confidential", "restricted"]:
    """Return how closely the dataset is to be kept, by its most sensitive column."""
    found = {column.sensitivity for column in columns}
    return "restricted" if "special" in found else "confidential" if "personal" in found else "internal"


def _cut(connection: DuckDBPyConnection, contract: Contract, when: int | None) -> Partitioning | None:
    """Suggest how to cut the curated files."""
    if when is None:
        return None
    from penstock.quality import source

    return partitioning(connection, source(contract, "texts", row="row"), when)


def _renamed(fields: Sequence[Field], names: Sequence[str]) -> dict[str, str]:
    """Return the names that differ from those of the file."""
    origins = [one.name for one in fields]
    return {name: origin for name, origin in zip(names, origins, strict=True) if name != origin}
