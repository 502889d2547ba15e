"""Reading the small files that scikit-learn ships, and writing them as files that would land."""

from __future__ import annotations

import csv
import gzip
import importlib.util
import random
from collections.abc import Mapping, Sequence
from pathlib import Path

Row = dict[str, float | str]


def read(name: str, *, separator: str = ",") -> list[list[str]]:
    """Return the lines of a file; scikit-learn's own loaders would import the whole library.

    Parameters
    ----------
    name
        Such as ``iris.csv`` or ``diabetes_target.csv.gz``.
    separator
        Between values; a space stands for any number of them.
    """
    spec = importlib.util.find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise SystemExit("scikit-learn is not installed: pip install scikit-learn")
    path = Path(spec.origin).parent / "datasets" / "data" / name
    data = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    lines = data.decode().splitlines()
    return [line.split() for line in lines] if separator == " " else list(csv.reader(lines))


def land(
    rows: Sequence[Mapping[str, float | str]], file: Path, *, key: str, live_rows: int, seed: int
) -> list[Row]:
    """Write rows with a key as CSV, in a shuffled order, and return those that are kept back.

    Parameters
    ----------
    rows
        All rows, each with the same columns.
    file
        Where the CSV goes.
    key
        Name of the column that numbers them.
    live_rows
        How many are not written but returned.
    seed
        Of the order.
    """
    order = random.Random(seed).sample(range(len(rows)), len(rows))  # noqa: S311 (no secret)
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow((key, *rows[0]))
        for number in sorted(order[live_rows:]):
            writer.writerow((f"R{number:05d}", *rows[number].values()))
    return [dict(rows[number]) for number in order[:live_rows]]
