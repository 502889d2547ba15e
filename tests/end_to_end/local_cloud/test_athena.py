"""Queries in Athena's SQL run over the tables of the Glue catalogue."""

import json
from collections.abc import Callable
from typing import Any

import pytest

ROWS = [
    {"id": 1, "amount": 10.5, "paid": "2026-01-31", "country": "DE"},
    {"id": 2, "amount": 20.0, "paid": "2026-02-01", "country": "FR"},
    {"id": 3, "amount": 30.0, "paid": None, "country": "DE"},
]


@pytest.fixture(scope="module")
def query(
    aws: Callable[[str], Any], outputs: dict[str, str], eventually: Callable[..., Any]
) -> Callable[..., Any]:
    """Create a table and return a function that queries it."""
    bucket, glue, athena = outputs["BucketName"], aws("glue"), aws("athena")
    body = "\n".join(json.dumps(row) for row in ROWS).encode()
    aws("s3").put_object(Bucket=bucket, Key="lake/invoices/month=2026-01/part.json", Body=body)
    glue.create_database(DatabaseInput={"Name": "lake"})
    columns = [("id", "bigint"), ("amount", "double"), ("paid", "date"), ("country", "string")]
    storage = {
        "Columns": [{"Name": name, "Type": kind} for name, kind in columns],
        "Location": f"s3://{bucket}/lake/invoices/",
        "InputFormat": "org.apache.hadoop.mapred.TextInputFormat",
        "OutputFormat": "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat",
        "SerdeInfo": {"SerializationLibrary": "org.openx.data.jsonserde.JsonSerDe"},
    }
    table = {
        "Name": "invoices",
        "StorageDescriptor": storage,
        "PartitionKeys": [{"Name": "month", "Type": "string"}],
    }
    glue.create_table(DatabaseName="lake", TableInput=table)

    def run(sql: str) -> tuple[str, str, str]:
        started = athena.start_query_execution(
            QueryString=sql,
            QueryExecutionContext={"Database": "lake"},
            ResultConfiguration={"OutputLocation": f"s3://{bucket}/results"},
        )["QueryExecutionId"]

        def ended() -> Any:
            found = athena.get_query_execution(QueryExecutionId=started)["QueryExecution"]
            return found if found["Status"]["State"] in ("SUCCEEDED", "FAILED") else None

        found = eventually(ended)
        place = found["ResultConfiguration"]["OutputLocation"].removeprefix(f"s3://{bucket}/")
        state = found["Status"]["State"]
        text = (
            aws("s3").get_object(Bucket=bucket, Key=place)["Body"].read().decode()
            if state == "SUCCEEDED"
            else ""
        )
        return state, found["Status"].get("StateChangeReason", ""), text

    return run


@pytest.mark.parametrize(
    ("sql", "csv"),
    [
        ("SELECT approx_distinct(country) AS n FROM invoices", '"n"\n"2"\n'),
        ("SELECT date_trunc('month', paid) AS m FROM lake.invoices WHERE id = 2", '"m"\n"2026-02-01"\n'),
        ("SELECT id, paid FROM invoices WHERE id = 3", '"id","paid"\n"3",\n'),
        ("SELECT date_diff('day', DATE '2026-01-01', paid) AS d FROM invoices WHERE id = 1", '"d"\n"30"\n'),
        ("SELECT date_format(paid, '%Y/%m') AS f FROM invoices WHERE id = 1", '"f"\n"2026/01"\n'),
        ("SELECT date_add('day', 1, paid) AS d FROM invoices WHERE id = 1", '"d"\n"2026-02-01"\n'),
        ("SELECT day_of_week(from_iso8601_date('2026-01-05')) AS w", '"w"\n"1"\n'),
        (
            "SELECT amount > 15 AS big, count(*) AS n FROM invoices GROUP BY 1 ORDER BY 1",
            '"big","n"\n"false","1"\n"true","2"\n',
        ),
        ("SELECT month, sum(amount) AS s FROM invoices GROUP BY month", '"month","s"\n"2026-01","60.5"\n'),
        ("SELECT regexp_like(country, '^D') AS d FROM invoices WHERE id = 1", '"d"\n"true"\n'),
        (
            "SELECT u FROM (VALUES 1) t(x) CROSS JOIN UNNEST(ARRAY[7, 8]) AS v(u) ORDER BY u",
            '"u"\n"7"\n"8"\n',
        ),
        ("SELECT try_cast('x' AS integer) AS n, coalesce(NULL, 'y') AS y", '"n","y"\n,"y"\n'),
        (
            "SELECT element_at(ARRAY['a', 'b'], 2) AS e, cardinality(ARRAY[1, 2, 3]) AS c",
            '"e","c"\n"b","3"\n',
        ),
    ],
)
def test_a_query_of_athena_yields_its_csv(query: Callable[[str], Any], sql: str, csv: str) -> None:
    state, reason, text = query(sql)
    assert (state, reason) == ("SUCCEEDED", "")
    assert text == csv


def test_a_wrong_query_fails_with_its_reason(query: Callable[[str], Any]) -> None:
    state, reason, _ = query("SELECT FROM WHERE")
    assert state == "FAILED"
    assert reason.startswith("SYNTAX_ERROR")
