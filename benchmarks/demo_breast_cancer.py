"""Claim: the whole demo of breast_cancer, the start of an empty local cloud included, takes at most 90 s.

Run ``python -m benchmarks.demo_breast_cancer``.
"""

from __future__ import annotations

from benchmarks.empty_cloud import conclude, empty_folder, penstock


def main() -> None:
    with empty_folder() as folder:
        conclude(seconds=(penstock(folder, "demo", "--usecase", "breast_cancer"), 90.0))


if __name__ == "__main__":
    main()
