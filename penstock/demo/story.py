"""The stories: which steps are told, in which order."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from penstock.demo import steps_data as data
from penstock.demo import steps_features as features
from penstock.demo import steps_governance as governance
from penstock.demo import steps_monitoring as monitoring
from penstock.demo import steps_serving as serving
from penstock.demo import steps_training as training
from penstock.demo.assembly import project_folder
from penstock.demo.ending import sum_up
from penstock.demo.play import Play, Request
from penstock.demo.stage import open_stage
from penstock.demo.steps_cloud import open_cloud

Step = Callable[[Play], None]

_SHORT: tuple[Step, ...] = (
    data.write_example,
    open_cloud,
    data.register,
    data.land_example,
    training.first_training,
    governance.approve_first,
    serving.first_deployment,
    serving.live_rows,
    governance.verify_audit,
    sum_up,
)
STORIES: dict[str, tuple[Step, ...]] = {
    "late_invoices": (
        data.begin_invoices,
        open_cloud,
        data.register,
        data.land_before_approval,
        data.approve_contract,
        data.land_invoices,
        features.look_at_customers,
        training.first_training,
        governance.approve_first,
        serving.first_deployment,
        serving.live_rows,
        monitoring.check_live_traffic,
        serving.changed_rows,
        data.land_changed_month,
        monitoring.check_changed_traffic,
        training.retraining,
        governance.approve_challenger,
        serving.canary,
        training.bad_version,
        serving.rollback,
        governance.verify_audit,
        sum_up,
    ),
    **dict.fromkeys(("breast_cancer", "wine_cultivars", "diabetes_progression", "flower_groups"), _SHORT),
}
"""The steps of each story; those that tell nothing prepare what later ones need."""


def tell(request: Request) -> None:
    """Tell the story of a use case on the local cloud, which stays up.

    Raises
    ------
    StepFailed
        A step did not end as told, with the state, error and cause of what failed.
    """
    with tempfile.TemporaryDirectory(prefix="penstock-demo-") as scratch, open_stage() as stage:
        play = Play(request=request, stage=stage, data=Path(scratch) / "data", project=project_folder())
        try:
            for step in STORIES[request.use_case]:
                step(play)
        finally:
            if play.generator is not None:
                play.generator.kill()
