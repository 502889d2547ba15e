"""Claim: the local cloud is up with all stacks deployed within 30 s, from no state at all.

Run ``python -m benchmarks.up_and_deploy``. Synthesis and the preparation of the Lambda runtime are included.
"""

from __future__ import annotations

from benchmarks.empty_cloud import conclude, empty_folder, penstock


def main() -> None:
    with empty_folder() as folder:
        conclude(seconds=(penstock(folder, "up"), 30.0))


if __name__ == "__main__":
    main()
