"""What the tests of onboarding share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from penstock.onboarding import OnboardingReport, onboard_file
from penstock.specs import Contract


@dataclass(frozen=True)
class Outcome:
    """What became of a file."""

    report: OnboardingReport
    folder: Path

    @property
    def rows(self) -> list[tuple[Any, ...]]:
        """The curated rows."""
        return self._read("curated/*.parquet")

    @property
    def quarantine(self) -> list[tuple[int, str | None, list[str]]]:
        """Line, raw text and reasons of the bad rows."""
        found = self._read("quarantine/*.parquet") if (self.folder / "quarantine").glob("*") else []
        return [(line, raw, reasons) for line, raw, reasons, *_ in found]

    @property
    def reasons(self) -> str:
        """All reasons in one text."""
        return "; ".join(reason for _, _, reasons in self.quarantine for reason in reasons)

    def _read(self, pattern: str) -> list[tuple[Any, ...]]:
        if not list(self.folder.glob(pattern)):
            return []
        query = f"SELECT * FROM read_parquet('{self.folder}/{pattern}')"
        return duckdb.connect().sql(query).fetchall()


Drop = Callable[..., Outcome]


def contract_of(columns: list[dict[str, Any]] | None = None, **changes: Any) -> Contract:
    """Make a contract of two columns, or of those given, that tolerates many bad rows."""
    document: dict[str, Any] = {
        "dataset": "payments", "owner": "finance", "steward": "data", "purpose": "tests",
        "legal_basis": "law", "classification": "internal", "max_quarantined": 0.9,
        "columns": columns or [{"name": "id", "type": "string"}, {"name": "amount", "type": "decimal"}],
    }  # fmt: skip
    return Contract.model_validate({**document, **changes})


@pytest.fixture
def drop(tmp_path: Path) -> Drop:
    """Onboard a content: ``drop(b"id,amount…", format={…}, columns=[…])``."""

    def run(content: bytes | str | Path, *, name: str = "file", **changes: Any) -> Outcome:
        file = content if isinstance(content, Path) else tmp_path / name
        if not isinstance(content, Path):
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
        report = onboard_file(
            contract=contract_of(**changes), file=file, output=tmp_path / "out", arrival_id="a1"
        )
        return Outcome(report, tmp_path / "out")

    return run
