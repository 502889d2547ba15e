"""Tables on one machine: safe SQL text and a DuckDB engine with bounded memory."""

from penstock.tables.engine import engine
from penstock.tables.sql import literal, quoted

__all__ = ["engine", "literal", "quoted"]
