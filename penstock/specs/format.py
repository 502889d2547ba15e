"""How files are written and cut: the part of a contract that reading and writing them needs."""

from __future__ import annotations

import codecs
from typing import Literal

from pydantic import Field, field_validator, model_validator

from penstock.specs.base import ColumnName, Spec
from penstock.specs.path import ListPath


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
    null_values: tuple[str, ...] | None = None
    """Texts that stand for no value; when not given, the empty one in CSV and none in JSON and Parquet."""
    decimal_separator: Literal[".", ","] = "."
    thousands_separator: Literal["", ",", ".", " ", "'"] = ""
    """A blank is also a no-break space, an apostrophe also a curly one."""
    records: ListPath = ""
    """Where a JSON document has its list of records, such as ``$.data.items``; empty when it is the list."""
    manifest: bool = False
    """Whether what lands is the JSON manifest of a database export that names the files of one arrival."""
    max_line_bytes: int = Field(default=2_000_000, ge=1_000, le=100_000_000)

    @property
    def nulls(self) -> tuple[str, ...]:
        """Texts that stand for no value, whether given or not.

        Examples
        --------
        >>> ContractFormat().nulls, ContractFormat(kind="parquet").nulls
        (('',), ())
        """
        if self.null_values is not None:
            return self.null_values
        return ("",) if self.kind == "csv" else ()

    @field_validator("encoding")
    @classmethod
    def _known(cls, encoding: str) -> str:
        try:
            b"ab".decode(encoding, errors="ignore")
        except (LookupError, UnicodeError) as error:
            raise ValueError(f"{encoding!r} is no text encoding, such as utf-8, cp1252 or utf-16") from error
        if codecs.lookup(encoding).name in {
            "idna",
            "punycode",
            "unicode-escape",
            "raw-unicode-escape",
            "utf-7",
        }:
            raise ValueError(f"{encoding!r} is no encoding of files")
        return encoding

    @model_validator(mode="after")
    def _unambiguous(self) -> ContractFormat:
        marks = [mark for mark in (self.delimiter, self.quote) if mark]
        if len(set(marks)) < len(marks) or self.escape == self.delimiter:
            raise ValueError("delimiter, quote and escape must differ")
        if set("\r\n\0") & {*marks, self.escape}:
            raise ValueError("a line end or NUL can be neither delimiter, quote nor escape")
        if not (self.quote + self.escape).isascii():
            raise ValueError("quote and escape must be ASCII characters")
        if self.thousands_separator == self.decimal_separator:
            raise ValueError("decimal_separator and thousands_separator must differ")
        return self


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
