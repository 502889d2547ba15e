"""What all specification models share."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
"""A name of ours: lower case, digits and underscores. Safe in keys, paths and SQL identifiers."""

ColumnName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]
"""A column's name as the file has it."""


ColumnType = Literal["string", "integer", "decimal", "boolean", "date", "timestamp"]
"""The types of a contract's columns."""

Severity = Literal["warn", "quarantine", "refuse"]
"""What a broken check leads to: a note, quarantined rows, or a refused file."""


class Spec(BaseModel):
    """A frozen specification that refuses fields it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)
