"""The story of the command line's demo, told to its end."""

from __future__ import annotations

from pathlib import Path

from penstock.demo import Request, tell
from penstock.models import Stage
from tests.end_to_end.platform.world import World


def test_the_breast_cancer_story_ends_well(world: World, root: Path, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    tell(Request(root=root, use_case="breast_cancer", fresh=False, report=report))
    world.use_cases.add("breast_cancer")
    assert world.models.version("breast_cancer", 1).stage is Stage.CHAMPION
    assert "<html" in report.read_text()
    assert report.stat().st_size < 1_000_000
