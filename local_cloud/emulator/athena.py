"""Athena corrections: Trino SQL is translated to DuckDB's, and results lie where AWS puts them."""

import asyncio
import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

Table = dict[str, Any]

# Trino functions that neither DuckDB nor the translation knows.
_MACROS = {
    "from_iso8601_timestamp(text)": "CAST(text AS TIMESTAMPTZ)",
    "from_iso8601_timestamp_nanos(text)": "CAST(text AS TIMESTAMPTZ)",
    "at_timezone(moment, zone)": "timezone(zone, moment)",
    "from_iso8601_date(text)": "CAST(text AS DATE)",
    "to_unixtime(moment)": "epoch(moment)",
    "to_iso8601(moment)": "strftime(moment, '%Y-%m-%dT%H:%M:%S')",
    "day_of_week(moment)": "isodow(moment)",
    "day_of_month(moment)": "day(moment)",
    "day_of_year(moment)": "dayofyear(moment)",
    "week_of_year(moment)": "weekofyear(moment)",
    "json_format(document)": "CAST(document AS VARCHAR)",
    "is_nan(number)": "isnan(number)",
    "truncate(number)": "trunc(number)",
}


_DAYS = frozenset({"DAY", "WEEK", "MONTH", "QUARTER", "YEAR"})


def _is_date(node: Any, dates: frozenset[str]) -> bool:
    """Tell whether an expression is a date without a time."""
    from sqlglot import exp

    if isinstance(node, exp.Column):
        return node.name in dates
    if isinstance(node, exp.Cast | exp.TryCast):
        return bool(node.to.this == exp.DataType.Type.DATE)
    return isinstance(node, exp.DateAdd | exp.DateSub | exp.TimestampTrunc | exp.DateTrunc) and _is_date(
        node.this, dates
    )


def _yields_date(node: Any, dates: frozenset[str]) -> bool:
    """Tell whether arithmetic yields a date in Trino where DuckDB makes a timestamp of it."""
    from sqlglot import exp

    kinds = (exp.DateAdd, exp.DateSub, exp.TimestampTrunc, exp.DateTrunc)
    if not isinstance(node, kinds):
        return False
    unit = str(getattr(node.args.get("unit"), "name", "")).upper()
    return unit in _DAYS and _is_date(node.this, dates)


def translate(sql: str, dates: frozenset[str] = frozenset()) -> str:
    """Translate a query from Athena's SQL to DuckDB's.

    Parameters
    ----------
    sql
        One statement in Athena's dialect of Trino.
    dates
        Names of the columns that hold dates.

    Raises
    ------
    ValueError
        If the statement cannot be parsed; Athena fails such a query too.

    Examples
    --------
    >>> translate("SELECT approx_distinct(a), date_trunc('month', d) FROM t")
    "SELECT APPROX_COUNT_DISTINCT(a), DATE_TRUNC('MONTH', d) FROM t"
    """
    import sqlglot
    from sqlglot import exp

    try:
        parsed = sqlglot.parse_one(sql.strip().rstrip(";"), read="athena")
    except sqlglot.errors.SqlglotError as error:
        raise ValueError(f"SYNTAX_ERROR: {str(error).splitlines()[0]}") from error
    if isinstance(parsed, exp.Command):
        return sql
    for node in [node for node in parsed.walk() if _yields_date(node, dates)]:
        node.replace(exp.Cast(this=node.copy(), to=exp.DataType.build("date")))
    return parsed.sql(dialect="duckdb")


def _text(value: Any) -> Any:
    """Write a value as Athena does."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list | tuple):
        return f"[{', '.join('null' if item is None else str(_text(item)) for item in value)}]"
    if isinstance(value, dict):
        return f"{{{', '.join(f'{key}={_text(item)}' for key, item in value.items())}}}"
    return str(value) if isinstance(value, Decimal) else value


def _execute(athena: Any, sql: str, folders: Iterable[str]) -> Table:
    """Run one translated statement and return columns, types and rows."""
    import duckdb

    connection = duckdb.connect(":memory:")
    try:
        connection.execute("SET TimeZone = 'UTC'")
        with contextlib.suppress(duckdb.Error):
            connection.execute("SET disabled_optimizers = 'type_pushdown'")
        for head, body in _MACROS.items():
            with contextlib.suppress(duckdb.Error):
                connection.execute(f"CREATE OR REPLACE TEMP MACRO {head} AS {body}")
        result = connection.execute(sql)
        described = result.description or []
        kinds = [str(column[1]).upper().split("(")[0].strip() for column in described]
        return {
            "columns": [column[0] for column in described],
            "column_types": [athena._DUCKDB_TYPE_MAP.get(kind, "varchar") for kind in kinds],
            "rows": [[_text(value) for value in row] for row in result.fetchall()],
        }
    finally:
        connection.close()
        for folder in folders:
            shutil.rmtree(folder, ignore_errors=True)


def _link_files(athena: Any, location: str, folders: list[str]) -> list[str]:
    """Make the objects of a table appear in a folder without copying them."""
    from ministack.services import s3

    parsed = urlparse(location)
    prefix = parsed.path.lstrip("/")
    prefix = f"{prefix}/" if prefix and not prefix.endswith("/") else prefix
    bucket = s3._buckets.get(parsed.netloc)
    keys = sorted(key for key in list(bucket["objects"]) if key.startswith(prefix)) if bucket else []
    wanted = [key for key in keys if not key.endswith("/") and not athena._hidden(key[len(prefix) :])]
    if not wanted:
        return []
    root = Path(tempfile.mkdtemp(prefix="penstock-athena-"))
    folders.append(str(root))
    return [_link(s3, parsed.netloc, key, root / key[len(prefix) :]) for key in wanted]


def _link(s3: Any, bucket: str, key: str, target: Path) -> str:
    """Link one object's file; write its bytes where there is no file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    source = s3._object_disk_path(bucket, key)
    if source and Path(source).is_file():
        target.symlink_to(source)
    else:
        target.write_bytes(s3._get_object_data(bucket, key) or b"")
    return str(target)


def _date_columns(athena: Any, query: str, database: str) -> frozenset[str]:
    """Return the names of the date columns of the tables in a query."""
    from ministack.services import glue

    names = set()
    for reference in athena._table_references(query):
        table = glue._tables.get(f"{reference.database or database or 'default'}/{reference.table}") or {}
        columns = (table.get("StorageDescriptor") or {}).get("Columns") or []
        names |= {column["Name"] for column in columns if str(column.get("Type")).lower() == "date"}
    return frozenset(names)


def _as_csv(columns: list[str], rows: list[list[Any]]) -> bytes:
    r"""Write a result as Athena does: everything quoted, nulls as nothing at all.

    Examples
    --------
    >>> _as_csv(["a", "b"], [["x", None]])
    b'"a","b"\n"x",\n'
    """
    lines = [",".join("" if value is None else _quoted(value) for value in row) for row in [columns, *rows]]
    return "".join(f"{line}\n" for line in lines).encode()


def _quoted(value: Any) -> str:
    """Quote one value of a CSV file."""
    return '"' + str(value).replace('"', '""') + '"'


def _save(athena: Any, query_id: str) -> None:
    """Write a result to the location that ``GetQueryExecution`` names."""
    from ministack.services import s3

    execution = athena._executions.get(query_id)
    place = urlparse(execution["ResultConfiguration"]["OutputLocation"])
    results, key = execution["_results"], place.path.lstrip("/")
    body = _as_csv(results["columns"], results["rows"])
    answer = s3._put_object(
        place.netloc, key, body, {"content-type": "text/csv", "content-length": str(len(body))}
    )
    if answer[0] >= 300:  # noqa: PLR2004
        raise ValueError(
            f"Unable to write the result to {execution['ResultConfiguration']['OutputLocation']}"
        )
    s3._put_object(place.netloc, f"{key}.metadata", b"\n".join(c.encode() for c in results["columns"]), {})


def _joined(location: str) -> str:
    """Let an output location end with a slash."""
    return location if location.endswith("/") else f"{location}/"


def install() -> None:
    """Correct how queries are run and where their results go."""
    from ministack.services import athena

    start = athena._start_query_execution

    async def run(query: str, database: str, catalog: str | None = None) -> Table:
        """Translate and run a query outside of the event loop."""
        translated = await asyncio.to_thread(translate, query, _date_columns(athena, query, database))
        sql, _, folders = await athena._rewrite_data_paths(translated, database, catalog)
        return await asyncio.to_thread(_execute, athena, sql, folders)

    async def save(query_id: str) -> None:
        """Save a result outside of the event loop."""
        await asyncio.to_thread(_save, athena, query_id)

    def start_query(data: dict[str, Any]) -> Any:
        """Start a query whose output location may lack its last slash."""
        given = data.get("ResultConfiguration") or {}
        if given.get("OutputLocation"):
            data["ResultConfiguration"] = {**given, "OutputLocation": _joined(given["OutputLocation"])}
        return start(data)

    athena._run_duckdb, athena._save_query_results = run, save
    athena._start_query_execution = start_query
    athena._materialize_table_files = lambda location, folders: _link_files(athena, location, folders)
    athena.ATHENA_DATA_DIR = os.environ.get("S3_DATA_DIR", athena.ATHENA_DATA_DIR)
