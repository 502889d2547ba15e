"""The types of columns, found with the expressions that onboarding uses, so that no value is lost later."""

# ruff: noqa: S608 - names and values enter SQL only through penstock.tables.sql or as places (c0, c1)

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from penstock.onboarding.inference.fields import Field
from penstock.onboarding.inference.written import (
    DATES,
    TIMESTAMPS,
    ambiguous_with,
    has_its_year,
    may_be_compact,
)
from penstock.quality.types import value_of
from penstock.specs import Column, ContractFormat
from penstock.specs.base import ColumnType
from penstock.tables import literal

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_TOGETHER = 40
_STYLES: tuple[dict[str, str], ...] = (
    {"decimal_separator": ".", "thousands_separator": ""},
    {"decimal_separator": ".", "thousands_separator": ","},
    {"decimal_separator": ".", "thousands_separator": "'"},
    {"decimal_separator": ".", "thousands_separator": " "},
    {"decimal_separator": ",", "thousands_separator": ""},
    {"decimal_separator": ",", "thousands_separator": "."},
    {"decimal_separator": ",", "thousands_separator": " "},
    {"decimal_separator": ",", "thousands_separator": "'"},
)
"""The simplest first: of two that fit alike, the first is taken."""
_ABSENT = (
    "NULL",
    "null",
    r"\N",
    "NA",
    "N/A",
    "n/a",
    "NaN",
    "nan",
    "None",
    "none",
    "(null)",
    "#N/A",
    "-",
    "--",
    "?",
)
"""Texts that stand for no value where all else in a column is of one type."""
_CODES = r"\s*[+-]?0[0-9].*"
"""Digits whose leading zero would be lost in a number."""
_LONGEST_INTEGER = 18
_NATIVE: tuple[tuple[str, ColumnType], ...] = (
    ("DECIMAL", "decimal"), ("DOUBLE", "decimal"), ("FLOAT", "decimal"), ("BOOLEAN", "boolean"),
    ("DATE", "date"), ("TIMESTAMP", "timestamp"), ("TINYINT", "integer"), ("SMALLINT", "integer"),
    ("INTEGER", "integer"),
    ("BIGINT", "integer"), ("UTINYINT", "integer"), ("USMALLINT", "integer"), ("UINTEGER", "integer"),
    ("UBIGINT", "integer"),
)  # fmt: skip


@dataclass(frozen=True)
class Typed:
    """What was found out about one column."""

    kind: ColumnType = "string"
    written: str = ""
    also: str = ""
    """Another way of reading the dates that fits as well."""
    rows: int = 0
    nulls: int = 0
    distinct: int = 0
    """About how many; exact for keys is asked later."""


@dataclass(frozen=True)
class Types:
    """The types of all columns, and what they say about the file."""

    style: ContractFormat
    columns: tuple[Typed, ...]
    absent: tuple[str, ...] = field(default=())
    """Texts that stand for no value, besides the empty one."""


def types_of(
    connection: DuckDBPyConnection,
    table: str,
    fields: Sequence[Field],
    style: ContractFormat,
    values: Sequence[Sequence[str]],
) -> Types:
    """Find types that all values of each column have.

    Parameters
    ----------
    connection
        Knows the table.
    table
        Has the texts of the columns: ``c0, c1, …``.
    fields
        The columns as the file has them.
    style
        How the file is written so far; separators and absent values are found here.
    values
        Some distinct texts of each column; the guesses made from them are put to all rows.
    """
    absent = set(_absent(values, fields))
    known = [[one for one in texts if one not in absent] for texts in values]
    style = _separated(connection, known, style)
    found = _agreed([_guess(connection, texts, one, style) for texts, one in zip(known, fields, strict=True)])
    facts: dict[int, tuple[int, ...]] = {}
    asked = list(range(len(found)))
    while asked:
        seen = len(absent)
        facts |= _facts(connection, table, {place: found[place] for place in asked}, style, absent)
        wrong = [place for place in asked if facts[place][-1]]
        for place in wrong:
            misfits = _misfits(connection, table, place, found[place], style=style, absent=absent)
            absent |= misfits
            found[place] = found[place] if misfits else _wider(found[place])
        asked = wrong if len(absent) == seen else list(range(len(found)))
    columns = tuple(replace(one, rows=facts[place][0], nulls=facts[place][1], distinct=facts[place][2])
                    for place, one in enumerate(found))  # fmt: skip
    return Types(style, columns, tuple(text for text in _ABSENT if text in absent))


def _absent(values: Sequence[Sequence[str]], fields: Sequence[Field]) -> Iterator[str]:
    """Yield texts that stand for no value: all else in a column where they are looks numeric."""
    for text in _ABSENT:
        for place, texts in enumerate(values):
            rest = [one for one in texts if one not in _ABSENT]
            if (
                text in texts
                and not fields[place].native.startswith("VARCHAR")
                and rest
                and _is_numeric(rest)
            ):
                yield text
                break
        else:
            if text in {"NULL", r"\N"} and any(text in texts for texts in values):
                yield text


def _is_numeric(texts: Iterable[str]) -> bool:
    """Tell whether texts look like numbers or dates."""
    return all(text.lstrip("+-")[:1].isdigit() and sum(map(str.isalpha, text)) <= 3 for text in texts)  # noqa: PLR2004


def _separated(
    connection: DuckDBPyConnection, values: Sequence[Sequence[str]], style: ContractFormat
) -> ContractFormat:
    """Return the style with those separators that make most columns numbers."""
    numeric = [texts for texts in values if texts and _is_numeric(texts)]
    if style.kind != "csv" or not any(
        re.search(r"[,' ]|\..*\.", text) for texts in numeric for text in texts
    ):
        return style
    styles = [style.model_copy(update=update) for update in _STYLES]
    column = Column(name="c", type="decimal")
    fitting = [sum(_passes(connection, texts, column, one) for texts in numeric) for one in styles]
    return styles[max(range(len(styles)), key=lambda place: (fitting[place], -place))]


def _passes(
    connection: DuckDBPyConnection, texts: Sequence[str], column: Column, style: ContractFormat
) -> bool:
    """Tell whether all texts are values of a column."""
    if not texts:
        return False
    value = value_of(column, "v", style)
    query = f"SELECT bool_and(({value}) IS NOT NULL) FROM (SELECT unnest($1::VARCHAR[]) AS v)"
    return bool(connection.execute(query, [list(texts)]).fetchall()[0][0])


def _guess(
    connection: DuckDBPyConnection, texts: Sequence[str], origin: Field, style: ContractFormat
) -> Typed:
    """Return the narrowest type of a sample of texts."""
    if origin.native:
        return Typed(next((kind for name, kind in _NATIVE if origin.native.startswith(name)), "string"))
    if not texts:
        return Typed()
    if _is_yes_no(texts):
        return Typed("boolean")
    if may_be_compact(origin.name, texts) and _passes(connection, texts, _date("%Y%m%d"), style):
        return Typed("date", "%Y%m%d")
    if number := _number(connection, texts, style):
        return Typed(number)
    return _time(connection, texts, style)


def _is_yes_no(texts: Sequence[str]) -> bool:
    """Tell whether texts are yes and no in words; 0 and 1 are numbers, a lone f is a code."""
    words = {text.lower() for text in texts}
    truths, lies = {"true", "yes", "t", "y"}, {"false", "no", "f", "n"}
    both = bool(words & truths and words & lies)
    return words <= truths | lies and (both or bool(words & {"true", "false"}))


def _number(connection: DuckDBPyConnection, texts: Sequence[str], style: ContractFormat) -> ColumnType | None:
    """Return the type of numbers; codes with leading zeros and very long ones are none."""
    if any(re.fullmatch(_CODES, text) for text in texts):
        return None
    whole = all(re.search(r"\d", text) and not re.search(r"[eE]", text) for text in texts)
    pointed = any(style.decimal_separator in text for text in texts)
    long = any(sum(map(str.isdecimal, text)) > _LONGEST_INTEGER for text in texts)
    if (
        whole
        and not pointed
        and not long
        and _passes(connection, texts, Column(name="c", type="integer"), style)
    ):
        return "integer"
    if not (long and not pointed) and _passes(connection, texts, Column(name="c", type="decimal"), style):
        return "decimal"
    return None


def _time(connection: DuckDBPyConnection, texts: Sequence[str], style: ContractFormat) -> Typed:
    """Return date or timestamp and how they are written; text if they are neither."""
    kinds: tuple[tuple[ColumnType, Sequence[str]], ...] = (("date", DATES), ("timestamp", TIMESTAMPS))
    few = texts[:200]
    for kind, ways in kinds:
        fitting = [
            written
            for written in ("", *ways)
            if has_its_year(written, texts)
            and _passes(connection, few, Column(name="c", type=kind, written=written), style)
            and _passes(connection, texts, Column(name="c", type=kind, written=written), style)
        ]
        if fitting:
            return Typed(kind, fitting[0], ambiguous_with(fitting))
    return Typed()


def _date(written: str) -> Column:
    """Return a column of dates."""
    return Column(name="c", type="date", written=written)


def _agreed(guesses: list[Typed]) -> list[Typed]:
    """Settle dates that may be read in two ways by those of the same file that may not."""
    sure = {one.written for one in guesses if one.written and not one.also}
    agreed = []
    for one in guesses:
        day_first = one.also[:5] and any(written[:5] == one.also[:5] for written in sure)
        first = any(written[:5] == one.written[:5] for written in sure)
        swap = bool(day_first) and not first
        agreed.append(
            replace(one, written=one.also, also="")
            if swap
            else replace(one, also="")
            if first and one.also
            else one
        )
    return agreed


def _facts(
    connection: DuckDBPyConnection,
    table: str,
    guesses: Mapping[int, Typed],
    style: ContractFormat,
    absent: Collection[str],
) -> dict[int, tuple[int, ...]]:
    """Return rows, nulls, distinct values and misfits of columns, some a query."""
    facts: dict[int, tuple[int, ...]] = {}
    places = list(guesses)
    for first in range(0, len(places), _TOGETHER):
        part = places[first : first + _TOGETHER]
        asked = [one for place in part for one in _questions(place, guesses[place], style, absent)]
        answers = connection.execute(f"SELECT {', '.join(asked)} FROM {table}").fetchall()[0]
        facts |= {place: answers[4 * number : 4 * number + 4] for number, place in enumerate(part)}
    return facts


def _questions(place: int, guess: Typed, style: ContractFormat, absent: Collection[str]) -> list[str]:
    """Return the aggregates that are asked of a column."""
    text = _present(f"c{place}", absent)
    return [
        "count(*)",
        f"count(*) - count({text})",
        f"approx_count_distinct({text})",
        "0" if guess.kind == "string" else f"count(*) FILTER ({_misfit(text, guess, style)})",
    ]


def _misfit(text: str, guess: Typed, style: ContractFormat) -> str:
    """Return SQL that is true of a text that is no value of a type, or would lose its leading zeros."""
    value = value_of(Column(name="c", type=guess.kind, written=guess.written), text, style)
    coded = (
        f" OR regexp_full_match({text}, {literal(_CODES)})" if guess.kind in {"integer", "decimal"} else ""
    )
    return f"({text}) IS NOT NULL AND (({value}) IS NULL{coded})"


def _misfits(
    connection: DuckDBPyConnection,
    table: str,
    place: int,
    guess: Typed,
    *,
    style: ContractFormat,
    absent: Collection[str],
) -> set[str]:
    """Return the texts of a column that are no values of its type, when all of them stand for none."""
    text = _present(f"c{place}", absent)
    query = (
        f"SELECT DISTINCT c{place} FROM {table} WHERE {_misfit(text, guess, style)} LIMIT {len(_ABSENT) + 1}"
    )
    found = {str(value) for (value,) in connection.execute(query).fetchall()}
    return found if found <= set(_ABSENT) and guess.kind != "string" else set()


def _present(text: str, absent: Collection[str]) -> str:
    """Return SQL of a text that is null where it stands for no value."""
    if not absent:
        return text
    return f"CASE WHEN {text} NOT IN ({', '.join(map(literal, sorted(absent)))}) THEN {text} END"


def _wider(guess: Typed) -> Typed:
    """Return the next wider type."""
    return Typed("decimal") if guess.kind == "integer" else Typed()
