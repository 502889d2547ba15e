"""The story of the command line's demo, told to its end."""

from __future__ import annotations

from pathlib import Path

import pytest

from penstock.demo import Request, tell
from penstock.models import Stage
from tests.end_to_end.platform.world import World


@pytest.mark.parametrize("name", ["breast_cancer", "wine_cultivars", "diabetes_progression", "flower_groups"])
def test_the_story_of_each_problem_ends_well(name: str, world: World, root: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    tell(Request(root=root, use_case=name, fresh=False, report=report))
    world.use_cases.add(name)
    assert world.models.version(name, 1).stage is Stage.CHAMPION
    assert "<html" in report.read_text()
    assert report.stat().st_size < 1_000_000
