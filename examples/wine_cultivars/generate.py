"""Write scikit-learn's wine data as the file that would land; some rows are kept for live traffic."""

from __future__ import annotations

from pathlib import Path

from examples.bundled import Row, land, read

COLUMNS = (
    "alcohol",
    "malic_acid",
    "ash",
    "alcalinity_of_ash",
    "magnesium",
    "total_phenols",
    "flavanoids",
    "nonflavanoid_phenols",
    "proanthocyanins",
    "color_intensity",
    "hue",
    "diluted_od",
    "proline",
)
_CULTIVARS = ("barolo", "grignolino", "barbera")


def generate(file: Path, *, live_rows: int = 20, seed: int = 7) -> list[Row]:
    """Write ``wine_id`` and the columns as CSV; return the rows kept back, without the cultivar.

    Parameters
    ----------
    file
        Where the CSV goes.
    live_rows
        How many rows are not written but returned.
    seed
        Decides which rows those are.
    """
    lines = read("wine_data.csv")[1:]
    rows: list[Row] = [
        {**dict(zip(COLUMNS, map(float, line[:-1]), strict=True)), "cultivar": _CULTIVARS[int(line[-1])]}
        for line in lines
    ]
    live = land(rows, file, key="wine_id", live_rows=live_rows, seed=seed)
    return [{name: row[name] for name in COLUMNS} for row in live]
