"""Write scikit-learn's diabetes data as the file that would land; some rows are kept for live traffic."""

from __future__ import annotations

from pathlib import Path

from examples.bundled import Row, land, read

COLUMNS = (
    "age",
    "sex",
    "body_mass_index",
    "blood_pressure",
    "serum_cholesterol",
    "ldl",
    "hdl",
    "cholesterol_ratio",
    "log_triglycerides",
    "glucose",
)


def generate(file: Path, *, live_rows: int = 40, seed: int = 7) -> list[Row]:
    """Write ``patient_id`` and the columns as CSV; return the rows kept back, without the progression.

    Parameters
    ----------
    file
        Where the CSV goes.
    live_rows
        How many rows are not written but returned.
    seed
        Decides which rows those are.
    """
    measures = read("diabetes_data_raw.csv.gz", separator=" ")
    targets = read("diabetes_target.csv.gz", separator=" ")
    rows: list[Row] = [
        {**dict(zip(COLUMNS, map(float, line), strict=True)), "progression": float(target[0])}
        for line, target in zip(measures, targets, strict=True)
    ]
    live = land(rows, file, key="patient_id", live_rows=live_rows, seed=seed)
    return [{name: row[name] for name in COLUMNS} for row in live]
