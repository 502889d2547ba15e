"""Claim: the model of late_invoices reaches at least 0.97 of the AUC that the truth itself reaches.

The invoices are made by a known mechanism (``examples/late_invoices/mechanism.py``), so the probability of
lateness of each is known: no model can rank them better, except by chance. The demo's data goes through the
functions of the platform's jobs (onboard, materialise, prepare, train); the candidate that is best on the
validation rows is measured on the test rows, beside the truth on the same rows.
Run ``python -m benchmarks.late_invoices_ceiling [--rows 200000]``.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from examples.late_invoices.generate import draw_month, generate, rows_by_month
from examples.late_invoices.mechanism import FIRST_DAY, customers
from penstock.evaluation.bootstrap import Sample, measure
from penstock.features import materialise
from penstock.onboarding import onboard_file
from penstock.serving.predictor import Predictor
from penstock.specs import UseCase, load_use_case
from penstock.specs.feature_sets import feature_types
from penstock.training import prepare, train_candidate
from penstock.training.train import answers

EXAMPLE = Path(__file__).resolve().parents[1] / "examples" / "late_invoices"
MONTHS, DRIFT_FROM, SEED, LIMIT = 7, 7, 7, 0.97
KEY = "invoice_id"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=200_000)
    rows = parser.parse_args().rows
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="penstock-benchmark-") as name:
        folder, use_case = Path(name), load_use_case(EXAMPLE)
        prepared = prepared_rows(use_case, folder, rows)
        models = trained(use_case, prepared, folder)
        chosen = max(models, key=lambda one: models[one]["validation"])
        test = pq.read_table(prepared / "test.parquet")
        truth = known_probability(test[KEY].to_pylist(), rows)
        found = measure(
            answers(test, "binary"),
            {"truth": truth, **{one: models[one]["predictor"].scores(test) for one in models}},
            seed=SEED,
        )
    print(json.dumps(told(use_case, found, chosen, test) | {
        "rows": rows, "seconds": round(time.monotonic() - started, 1), "cores": os.cpu_count(),
        "load_average": round(os.getloadavg()[0], 1),
    }, indent=1))  # fmt: skip
    metric = use_case.model.metric
    share = found.metrics[chosen][metric].value / found.metrics["truth"][metric].value
    if share < LIMIT:
        sys.exit(f"beyond its limit: {chosen} reaches {share:.4f} of the ceiling, not {LIMIT}")


def prepared_rows(use_case: UseCase, folder: Path, rows: int) -> Path:
    """Make the demo's first six months, and take them as far as a training's rows, with their keys beside."""
    files = generate(rows, MONTHS, SEED, folder / "files", drift_from=DRIFT_FROM)[: DRIFT_FROM - 1]
    contract = use_case.datasets[0]
    for number, file in enumerate(files):
        arrived = folder / "arrived" / f"a{number}"
        onboard_file(
            contract=contract, file=file, output=arrived, arrival_id=f"a{number}", hash_key=bytes(32)
        )
        curated = folder / "data" / f"arrival=a{number}"
        curated.parent.mkdir(exist_ok=True)
        (arrived / "curated").rename(curated)
    data = sorted((folder / "data").rglob("*.parquet"))
    for view in use_case.model_views:
        types = feature_types(view, contract)
        latest = folder / f"{view.name}.parquet"
        materialise(view, data, folder / "features" / view.name, types=types, latest=latest)
    sliced = use_case.model.evaluation.slices.model_copy(update={"columns": (KEY,)})
    kept = use_case.model.evaluation.model_copy(update={"slices": sliced})
    with_key = use_case.model.model_copy(update={"evaluation": kept})
    prepare(
        use_case=use_case.model_copy(update={"model": with_key}), data=folder / "data",
        features=folder / "features", output=folder / "prepared", recent_arrival_id=f"a{len(files) - 1}",
    )  # fmt: skip
    return folder / "prepared"


def trained(use_case: UseCase, prepared: Path, folder: Path) -> dict[str, dict[str, Any]]:
    """Train the declared candidates, as their jobs do."""
    found = {}
    for candidate in use_case.model.candidates:
        made = train_candidate(
            train=prepared / "train.parquet", validation=prepared / "validation.parquet",
            preparation=prepared / "preparation.json", candidate=candidate, seed=use_case.model.seed,
            output=folder / candidate.name,
        )  # fmt: skip
        found[candidate.name] = {
            "predictor": Predictor.load(folder / candidate.name),
            "validation": made.metrics[use_case.model.metric],
        }
    return found


def known_probability(keys: list[str], rows: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Return the true probability of lateness of invoices, by drawing all of them again."""
    world, known = customers(rows, SEED), dict[str, float]()
    for month, count in enumerate(rows_by_month(rows, MONTHS), start=1):
        named = str(FIRST_DAY + (month - 1)).replace("-", "")
        for first, drawn, _ in draw_month(world, count, month=month, seed=SEED, drift_from=DRIFT_FROM):
            numbers = range(first, first + len(drawn.probability))
            for number, probability in zip(numbers, drawn.probability.tolist(), strict=True):
                known[f"INV-{named}-{number:07d}"] = probability
    return np.array([known[key] for key in keys])


def told(use_case: UseCase, found: Sample, chosen: str, test: pa.Table) -> dict[str, Any]:
    """Put the metric of each model beside that of the truth."""
    metric = use_case.model.metric
    values = {name: one[metric].value for name, one in found.metrics.items()}
    ceiling = values.pop("truth")
    return {
        "metric": metric,
        "test_rows": test.num_rows,
        "ceiling": round(ceiling, 4),
        "models": {name: round(value, 4) for name, value in values.items()},
        "share_of_the_ceiling": {name: round(value / ceiling, 4) for name, value in values.items()},
        "share_of_what_is_above_chance": round((values[chosen] - 0.5) / (ceiling - 0.5), 4),
        "chosen": chosen,
        "limit": LIMIT,
    }  # fmt: skip


if __name__ == "__main__":
    main()
