"""Feast's DynamoDB store, run by the Python of its own environment: ``feast_contender.py ENTITIES``."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
from feast import Entity, FeatureStore, FeatureView, Field, FileSource, RepoConfig
from feast.types import Bool, Float64, Int64, String
from feast.value_type import ValueType

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
from benchmarks.online_peers import data
from benchmarks.online_peers.worker import serve

TYPES = {"integer": Int64, "decimal": Float64, "boolean": Bool, "string": String}
START = datetime(2025, 1, 1, tzinfo=UTC)


class Feast:
    """The views of the benchmark in Feast."""

    def __init__(self, folder: Path, count: int) -> None:
        self._count = count
        online = {"type": "dynamodb", "region": os.environ["AWS_DEFAULT_REGION"],
                  "endpoint_url": os.environ["AWS_ENDPOINT_URL"]}  # fmt: skip
        self._store = FeatureStore(
            config=RepoConfig(
                project="bench_feast",
                provider="local",
                registry=str(folder / "registry.db"),
                online_store=online,
                offline_store={"type": "file"},
                entity_key_serialization_version=3,
            )
        )
        customer = Entity(name="customer", join_keys=["customer"], value_type=ValueType.STRING)
        views = [self._view(view, customer, folder) for view in data.VIEWS]
        self._store.apply([customer, *views])
        self._features = [f"{view}:{name}" for view in data.VIEWS for name in data.names(view)]

    def write(self, seed: int) -> Callable[[], Any]:
        """Store data frames, a view after the other."""
        moment = START + timedelta(days=seed)
        frames = {
            view: pd.DataFrame({"customer": data.keys(self._count), "event_timestamp": moment,
                                **data.columns(view, self._count, seed)})
            for view in data.VIEWS
        }  # fmt: skip

        def call() -> None:
            for view, frame in frames.items():
                self._store.write_to_online_store(view, frame)

        return call

    def read(self, keys: list[str]) -> Any:
        """Read columns of plain values."""
        rows = [{"customer": key} for key in keys]
        return self._store.get_online_features(features=self._features, entity_rows=rows).to_dict()

    @staticmethod
    def _view(view: str, customer: Entity, folder: Path) -> FeatureView:
        path = folder / f"{view}.parquet"
        moment = pd.to_datetime([START])
        pd.DataFrame({"customer": ["C"], "event_timestamp": moment, **data.columns(view, 1, 0)}).to_parquet(
            path
        )
        schema = [
            Field(name=name, dtype=TYPES[kind])
            for name, kind in zip(data.names(view), data.KINDS, strict=True)
        ]
        source = FileSource(path=str(path), timestamp_field="event_timestamp")
        return FeatureView(name=view, entities=[customer], ttl=timedelta(), schema=schema, source=source)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        serve(Feast(Path(name), int(sys.argv[1])))
