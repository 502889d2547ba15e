"""Telling steps: plain lines where nobody watches, and a time for each."""

from __future__ import annotations

import io
from itertools import count

import pytest
from rich.console import Console

from penstock.demo.stage import Stage


def _stage(*, terminal: bool = False) -> tuple[Stage, io.StringIO]:
    text, ticks = io.StringIO(), count(0, 2)
    console = Console(file=text, width=100, force_terminal=terminal, color_system=None, highlight=False)
    return Stage(console, clock=lambda: float(next(ticks))), text


def test_a_step_is_told_with_its_command_what_happens_and_its_time() -> None:
    stage, text = _stage()
    with stage.step("Land the files", "penstock upload a b c.csv"):
        stage.now("not for a file")
        stage.note("three [files]")
        stage.bar("stack one", 1, 2)
        stage.bar("stack one", 2, 2)
    lines = [line.strip() for line in text.getvalue().splitlines() if line.strip()]
    assert lines == [
        "1. Land the files",
        "$ penstock upload a b c.csv",
        "three [files]",
        "stack one",
        "done in 2.0 s",
    ]
    assert [(step.title, step.seconds) for step in stage.steps] == [("Land the files", 2.0)]


def test_a_step_that_fails_keeps_its_time_and_is_not_told_as_done() -> None:
    stage, text = _stage()
    with pytest.raises(ValueError, match="boom"), stage.step("Break"):
        raise ValueError("boom")
    assert "done in" not in text.getvalue()
    assert len(stage.steps) == 1


def test_where_somebody_watches_progress_is_live_and_titles_are_no_markup() -> None:
    stage, text = _stage(terminal=True)
    with stage.step("Deploy"):
        stage.now("[bold]half[/bold] way")
        stage.bar("stack [one]", 1, 2)
    assert "Deploy" in text.getvalue() and "done in" in text.getvalue()


def test_tables_are_told() -> None:
    stage, text = _stage()
    with stage.step("Show"):
        stage.table([{"model": "[x]", "auc": 0.81234}], ("model", "auc"))
    assert "[x]" in text.getvalue() and "0.8123" in text.getvalue()
