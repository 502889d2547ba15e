"""Where files land: the key of an object says which dataset it is for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from penstock.errors import UnregisteredDataset

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True)
class LandingKey:
    """The parts of a landing key."""

    use_case: str
    dataset: str
    file_name: str


def parse_landing_key(key: str) -> LandingKey:
    """Split ``<use_case>/<dataset>/<file name>``.

    Parameters
    ----------
    key
        An object's key, decoded (events of S3 through EventBridge carry it so).

    Raises
    ------
    UnregisteredDataset
        The key has not that form.

    Examples
    --------
    >>> parse_landing_key("late_invoices/invoices/März 2025.csv").file_name
    'März 2025.csv'
    >>> parse_landing_key("readme.txt")
    Traceback (most recent call last):
    ...
    penstock.errors.UnregisteredDataset: The file landed where no dataset is expected.
      found: readme.txt
      expected: <use_case>/<dataset>/<file name>
      what to do: Upload it under the name of a registered use case and dataset.
    """
    parts = key.split("/")
    proper = len(parts) == 3 and all(map(_NAME.fullmatch, parts[:2])) and parts[2] not in {"", ".", ".."}  # noqa: PLR2004
    if not proper:
        raise UnregisteredDataset(
            "The file landed where no dataset is expected.",
            found=key,
            expected="<use_case>/<dataset>/<file name>",
            action="Upload it under the name of a registered use case and dataset.",
        )
    return LandingKey(*parts)
