"""Where files land: the key of an object says which dataset it is for."""

from __future__ import annotations

import re
from dataclasses import dataclass

from penstock.errors import UnregisteredDataset

_NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
_FOLDER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}=[^/]{1,200}")
_REPAIR = re.compile(r"(?:^|\.)repair-([0-9a-f]{16})(?:\.|$)")
_NO_FILE = {"", ".", ".."}
_FEWEST = 3


@dataclass(frozen=True)
class LandingKey:
    """The parts of a landing key.

    Attributes
    ----------
    partition
        The folders between dataset and file, such as ``month=2025-05``; mostly empty.
    """

    use_case: str
    dataset: str
    file_name: str
    partition: str = ""

    @property
    def repairs(self) -> str | None:
        """The arrival whose quarantined rows the file brings back: its id in the name, after ``repair-``.

        Examples
        --------
        >>> parse_landing_key("uc/ds/may.repair-9cc786d75f2940d5.csv").repairs
        '9cc786d75f2940d5'
        """
        found = _REPAIR.search(self.file_name)
        return found[1] if found else None


def repair_name(file_name: str, arrival_id: str) -> str:
    """Return the name under which repaired rows land.

    Examples
    --------
    >>> repair_name("may.csv", "9cc786d75f2940d5")
    'may.repair-9cc786d75f2940d5.csv'
    """
    stem, dot, rest = file_name.partition(".")
    return f"{stem}.repair-{arrival_id}{dot}{rest}"


def parse_landing_key(key: str) -> LandingKey:
    """Split ``<use_case>/<dataset>/<partition=value>/…/<file name>``; mostly there are no partitions.

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
    >>> parse_landing_key("late_invoices/invoices/country=DE/month=2025-05/a.csv").partition
    'country=DE/month=2025-05'
    >>> parse_landing_key("readme.txt")
    Traceback (most recent call last):
    ...
    penstock.errors.UnregisteredDataset: The file landed where no dataset is expected.
      found: readme.txt
      expected: <use_case>/<dataset>/<file name>
      what to do: Upload it under the name of a registered use case and dataset.
    """
    parts = key.split("/")
    if len(parts) < _FEWEST or not _proper(parts):
        raise UnregisteredDataset(
            "The file landed where no dataset is expected.",
            found=key,
            expected="<use_case>/<dataset>/<file name>",
            action="Upload it under the name of a registered use case and dataset.",
        )
    return LandingKey(parts[0], parts[1], parts[-1], "/".join(parts[2:-1]))


def _proper(parts: list[str]) -> bool:
    """Say whether the parts of a key are names, partitions and a file."""
    names, folders, file = parts[:2], parts[2:-1], parts[-1]
    return all(map(_NAME.fullmatch, names)) and all(map(_FOLDER.fullmatch, folders)) and file not in _NO_FILE
