"""Write scikit-learn's iris data as the file that would land; some rows are kept for live traffic."""

from __future__ import annotations

from pathlib import Path

from examples.bundled import Row, land, read

COLUMNS = (
    "sepal_length",
    "sepal_width",
    "petal_length",
    "petal_width",
)


def generate(file: Path, *, live_rows: int = 15, seed: int = 7) -> list[Row]:
    """Write ``flower_id`` and the columns as CSV; return the rows kept back, as they are.

    Parameters
    ----------
    file
        Where the CSV goes.
    live_rows
        How many rows are not written but returned.
    seed
        Decides which rows those are.
    """
    rows: list[Row] = [
        dict(zip(COLUMNS, map(float, line[:-1]), strict=True)) for line in read("iris.csv")[1:]
    ]
    return land(rows, file, key="flower_id", live_rows=live_rows, seed=seed)
