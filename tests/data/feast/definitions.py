"""Somebody's Feast repository, of which registry.json is the registry.

Made by Feast 0.67.0, in a folder of its own beside a ``feature_store.yaml`` of project ``drivers``, provider
``local`` and a sqlite online store: ``feast apply && feast registry-dump``, less the part ``infra``, which
holds paths.
"""

from datetime import timedelta

import pandas as pd
from feast import (
    BatchFeatureView,
    Entity,
    FeatureService,
    FeatureView,
    Field,
    FileSource,
    PushSource,
    RequestSource,
    StreamFeatureView,
    ValueType,
)
from feast.data_format import ParquetFormat
from feast.on_demand_feature_view import on_demand_feature_view
from feast.types import Array, Bool, Bytes, Float32, Float64, Int32, Int64, String, UnixTimestamp

driver = Entity(
    name="driver",
    join_keys=["driver_id"],
    value_type=ValueType.INT64,
    description="Who drives",
    owner="fleet",
)
customer = Entity(name="customer", join_keys=["customer_id"], value_type=ValueType.STRING)
car = Entity(name="car", join_keys=["plate"], value_type=ValueType.BYTES)


def rows(name: str, **more: object) -> FileSource:
    return FileSource(
        name=name, path=f"data/{name}.parquet", file_format=ParquetFormat(), timestamp_field="at",
        created_timestamp_column="created", **more,
    )  # fmt: skip


hourly = FeatureView(
    name="driver_hourly",
    entities=[driver],
    ttl=timedelta(hours=36),
    schema=[
        Field(name="conv_rate", dtype=Float32, description="Share of requests taken", tags={"tier": "gold"}),
        Field(name="trips", dtype=Int32),
        Field(name="select", dtype=String),
        Field(name="active", dtype=Bool),
        Field(name="seen", dtype=UnixTimestamp),
        Field(name="picture", dtype=Bytes),
        Field(name="route", dtype=Array(Int64)),
        Field(name="Rating", dtype=Float32),
    ],
    source=rows("Driver-Hourly.v2", field_mapping={"TripsToday": "trips"}),
    owner="fleet",
    description="By the hour",
    tags={"team": "fleet", "pii": ""},
)
daily = FeatureView(
    name="driver_daily",
    entities=[driver],
    ttl=timedelta(days=30),
    schema=[Field(name="km", dtype=Float32), Field(name="fines", dtype=Int64)],
    online=False,
    source=rows("driver_daily_rows"),
)
pairs = FeatureView(
    name="driver_customer",
    entities=[driver, customer],
    schema=[Field(name="rides", dtype=Int64)],
    source=rows("pairs"),
)
cars = FeatureView(name="cars", entities=[car], schema=[Field(name="age", dtype=Int64)], source=rows("cars"))
everywhere = FeatureView(name="weather", schema=[Field(name="rain", dtype=Float32)], source=rows("weather"))
pushed = FeatureView(
    name="driver_pushed",
    entities=[driver],
    schema=[Field(name="speed", dtype=Float32)],
    source=PushSource(name="speeds", batch_source=rows("driver_speeds")),
)


def doubled(frame: pd.DataFrame) -> pd.DataFrame:
    return frame * 2


stream = StreamFeatureView(
    name="driver_stream",
    entities=[driver],
    schema=[Field(name="position", dtype=Float32)],
    mode="pandas",
    timestamp_field="at",
    udf=doubled,
    udf_string="def doubled(frame): ...",
    source=PushSource(name="positions", batch_source=rows("driver_positions")),
)
batch = BatchFeatureView(
    name="driver_batch",
    entities=[driver],
    mode="pandas",
    udf=doubled,
    udf_string="def doubled(frame): ...",
    schema=[Field(name="twice", dtype=Float32)],
    source=rows("driver_batch_rows"),
)


@on_demand_feature_view(
    sources=[daily, RequestSource(name="trip", schema=[Field(name="planned", dtype=Float32)])],
    schema=[Field(name="share_planned", dtype=Float64)],
)
def planned(inputs: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame({"share_planned": inputs["planned"] / inputs["km"]})


offers = FeatureService(
    name="offers", features=[daily, hourly[["trips", "active"]]], owner="sales", description="For offers"
)
whole = FeatureService(name="whole", features=[hourly])
renamed = FeatureService(name="renamed", features=[daily.with_name("other")])
computed = FeatureService(name="computed", features=[daily, planned])
