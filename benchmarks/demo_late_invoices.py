"""Claim: the whole demo of late_invoices, the start of an empty local cloud included, takes at most 240 s.

Run ``python -m benchmarks.demo_late_invoices``.
"""

from __future__ import annotations

from benchmarks.empty_cloud import conclude, empty_folder, penstock


def main() -> None:
    with empty_folder() as folder:
        conclude(seconds=(penstock(folder, "demo", "--usecase", "late_invoices"), 240.0))


if __name__ == "__main__":
    main()
