"""A workflow that cannot begin its work fails as such, and people are told why."""

from __future__ import annotations

from typing import Any

import pytest

from tests.end_to_end.platform.world import World

NOBODY = {"use_case": "nobody", "dataset": "none", "snapshot_id": "none", "version": 1, "violations": 1}
CASES: dict[str, tuple[dict[str, Any], str, str]] = {
    "features": ({"detail": NOBODY}, "FeaturesFailed", "features failed"),
    "training": ({"use_case": "nobody", "reason": "to see it fail"}, "TrainingFailed", "training failed"),
    "approval": ({"detail": NOBODY}, "ApprovalFailed", "approval failed"),
    "deployment": ({"detail": NOBODY}, "DeploymentFailed", "a deployment failed"),
    "monitoring": ({"use_case": "nobody"}, "MonitoringFailed", "monitoring failed"),
    "retention": ({"use_case": "nobody", "dataset": "none"}, "RetentionFailed", "retention failed"),
    "retraining": ({"detail": NOBODY}, "RetrainingFailed", "retraining failed"),
}


@pytest.mark.parametrize("workflow", CASES)
def test_an_unknown_use_case_fails_the_workflow_and_people_are_told(world: World, workflow: str) -> None:
    data, error, subject = CASES[workflow]
    done = world.run(workflow, data)
    assert (done["status"], done["error"]) == ("FAILED", error)
    assert world.inbox.told(subject, "There is no such use case.")


def test_features_of_an_older_snapshot_are_not_made_any_more(world: World) -> None:
    detail = {"use_case": "intake", "dataset": "readings", "snapshot_id": "older"}
    done = world.run("features", {"detail": detail})
    assert world.entered(done["executionArn"]) == ["Plan", "ByRoute", "Superseded"]
