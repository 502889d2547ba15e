"""What Feast itself answers, run by its own Python: ``feast_oracle.py SPINE SERVICE OUTPUT REPOSITORY…``.

Applies each repository as ``feast apply`` does, and writes of each, into the folder OUTPUT, what ``feast
registry-dump`` prints, its registry's protobuf as JSON, and the joined rows: ``0.registry.json``,
``0.protobuf.json``, ``0.rows.parquet`` and so on.
"""

import sys
from pathlib import Path

import pandas as pd
from feast import FeatureStore
from feast.protos.feast.core.Registry_pb2 import Registry
from feast.repo_config import load_repo_config
from feast.repo_operations import apply_total, registry_dump
from google.protobuf.json_format import MessageToJson


def main(spine: Path, service: str, output: Path, *repositories: Path) -> None:
    rows = pd.read_parquet(spine)
    for number, repository in enumerate(repositories):
        sys.modules.pop("definitions", None)
        sys.path[0] = str(repository)
        configuration = load_repo_config(repository, repository / "feature_store.yaml")
        apply_total(configuration, repository, skip_source_validation=False)
        (output / f"{number}.registry.json").write_text(registry_dump(configuration, repository))
        message = Registry.FromString((repository / "data" / "registry.db").read_bytes())
        (output / f"{number}.protobuf.json").write_text(MessageToJson(message))
        store = FeatureStore(str(repository))
        found = store.get_historical_features(entity_df=rows, features=store.get_feature_service(service))
        frame = found.to_df().sort_values("row")
        frame.to_parquet(output / f"{number}.rows.parquet")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), *map(Path, sys.argv[4:]))
