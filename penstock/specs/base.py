"""What all specification models share."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
"""A name of ours: lower case, digits and underscores. Safe in keys, paths and SQL identifiers."""

ColumnName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_][A-Za-z0-9_]{0,127}$")]
"""A column's name as the file has it."""


class Spec(BaseModel):
    """A frozen specification that refuses fields it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)
