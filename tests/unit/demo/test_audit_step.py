"""The story proves the audit trail with its copies, and fails where it does not verify."""

from __future__ import annotations

from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from penstock.demo import steps_governance
from penstock.demo.stage import Stage
from penstock.demo.waiting import StepFailed, wait_for
from penstock.governance import AuditCheck, dossier


def told(monkeypatch: pytest.MonkeyPatch, *checks: AuditCheck) -> str:
    found = list(checks)
    monkeypatch.setattr(dossier, "audit_check", lambda platform, use_case, *, now: found.pop(0))
    monkeypatch.setattr(steps_governance, "wait_for", partial(wait_for, sleep=lambda _: None))
    console = Console(width=200, record=True, file=None, quiet=False, force_terminal=False)
    play: Any = SimpleNamespace(
        stage=Stage(console), use_case="demo", dana=None, audited=lambda: [SimpleNamespace(actor="priya")]
    )
    steps_governance.verify_audit(play)
    return console.export_text()


def check(**facts: Any) -> AuditCheck:
    return AuditCheck(**{"use_case": "demo", "records": 9, "copies": 9, **facts})


def test_it_waits_for_the_copies_and_tells_how_many_there_are(monkeypatch: pytest.MonkeyPatch) -> None:
    text = told(monkeypatch, check(copies=8, waiting=1), check())
    assert "9 records by priya" in text
    assert "9 copies under Object Lock" in text


def test_a_trail_that_does_not_verify_ends_the_story(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(StepFailed, match="record 3: odd"):
        told(monkeypatch, check(findings=("record 3: odd",)))
