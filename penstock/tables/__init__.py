"""Tables on one machine: safe SQL text and a DuckDB engine with bounded memory."""

from penstock.tables.engine import engine, one_thread
from penstock.tables.sql import literal, quoted

__all__ = ["engine", "literal", "one_thread", "quoted"]
