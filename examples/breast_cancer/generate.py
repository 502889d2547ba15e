"""Write scikit-learn's breast-cancer data as the file that would land; some rows are kept for live traffic.

Run it alone::

    python examples/breast_cancer/generate.py samples.csv --live live.json
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import random
from collections.abc import Sequence
from pathlib import Path

_MEASURES = (
    "radius",
    "texture",
    "perimeter",
    "area",
    "smoothness",
    "compactness",
    "concavity",
    "concave_points",
    "symmetry",
    "fractal_dimension",
)
COLUMNS = (
    *(f"mean_{measure}" for measure in _MEASURES),
    *(f"{measure}_error" for measure in _MEASURES),
    *(f"worst_{measure}" for measure in _MEASURES),
)


def generate(file: Path, *, live_rows: int = 69, seed: int = 7) -> list[dict[str, float]]:
    """Write ``sample_id``, the thirty measures and ``malignant`` as CSV; return the rows kept back.

    Parameters
    ----------
    file
        Where the CSV goes.
    live_rows
        How many of the 569 rows are not written but returned, as instances to predict.
    seed
        Decides which rows those are.
    """
    rows = _read()
    order = random.Random(seed).sample(range(len(rows)), len(rows))  # noqa: S311 (no secret)
    live = set(order[:live_rows])
    with file.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(("sample_id", *COLUMNS, "malignant"))
        for number, (measures, malignant) in enumerate(rows):
            if number not in live:
                writer.writerow((f"S{number:04d}", *measures, malignant))
    return [dict(zip(COLUMNS, map(float, rows[number][0]), strict=True)) for number in order[:live_rows]]


def _read() -> list[tuple[list[str], int]]:
    """Read the file that scikit-learn ships; its own loader would import the whole library."""
    spec = importlib.util.find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise SystemExit("scikit-learn is not installed: pip install scikit-learn")
    path = Path(spec.origin).parent / "datasets" / "data" / "breast_cancer.csv"
    with path.open(newline="", encoding="utf-8") as stream:
        lines = list(csv.reader(stream))[1:]
    return [(line[:-1], 1 - int(line[-1])) for line in lines]


def main(argv: Sequence[str] | None = None) -> None:
    """Write the CSV and, when asked, the live rows as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--live", type=Path, help="JSON file for the rows kept back")
    parser.add_argument("--live-rows", type=int, default=69)
    arguments = parser.parse_args(argv)
    live = generate(arguments.file, live_rows=arguments.live_rows)
    if arguments.live:
        arguments.live.write_text(json.dumps({"instances": live}, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
