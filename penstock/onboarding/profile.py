"""The profile of curated data, kept beside the report in the form from which longer periods are merged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from penstock.catalog.profiles import ColumnProfile, profile_files
from penstock.specs import Column

PROFILE = Path("report") / "profile.json"


def write_profile(
    output: Path, files: Sequence[Path], columns: Sequence[Column]
) -> tuple[ColumnProfile, ...]:
    """Profile the curated files of an arrival, write the document and return what readers see of it."""
    found = profile_files(files, columns)
    (output / PROFILE).parent.mkdir(parents=True, exist_ok=True)
    (output / PROFILE).write_text(found.model_dump_json(), encoding="utf-8")
    return found.columns
