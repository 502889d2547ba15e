"""Training: runs, evaluation and registration of versions; use cases are registered here too."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aws_cdk import Stack

from stacks import access
from stacks.functions import Handler
from stacks.jobs import JobRole
from stacks.wiring import Wiring
from stacks.workflows import training
from stacks.workflows.machine import Workflow

if TYPE_CHECKING:
    from constructs import Construct

    from stacks.settings import Settings

_RUNS = "runs/"
_IMPORTS = "imports/"
_MLFLOW = [
    f"sagemaker-mlflow:{action}"
    for action in (
        "GetExperimentByName",
        "CreateExperiment",
        "SearchRuns",
        "CreateRun",
        "LogBatch",
        "UpdateRun",
    )
]


class Training(Stack):
    """The training workflow with its functions and jobs.

    Attributes
    ----------
    workflow
        The workflow.
    """

    def __init__(self, scope: Construct, id: str, *, settings: Settings) -> None:
        """Create the resources."""
        super().__init__(scope, id, description="Penstock: training, evaluation and registration of models")
        wiring = self._wiring = Wiring(self, settings)
        lake, artifacts = wiring.bucket("lake"), wiring.bucket("artifacts")
        self.job = JobRole(self, "TrainingJob", wiring=wiring)
        access.read_objects(self.job.role, lake, "curated/", "features/")
        access.read_objects(self.job.role, artifacts, _RUNS, _IMPORTS)
        access.write_objects(self.job.role, artifacts, _RUNS)
        names = ("catalog", "features", "experiments", "models", "audit")
        environment = {f"{name.upper()}_TABLE": wiring.table(name).table_name for name in names} | {
            "LAKE_BUCKET": lake.bucket_name,
            "ARTIFACTS_BUCKET": artifacts.bucket_name,
            "HOURLY_PRICES": json.dumps(settings.hourly_prices, sort_keys=True),
            "MLFLOW_TRACKING": settings.mlflow_tracking,
            **self.job.settings(wiring),
        }
        steps = {
            name: Handler(
                self,
                f"Training{name.capitalize()}",
                wiring=wiring,
                entry=f"training.{name}",
                environment=environment,
            )
            for name in ("plan", "assess", "register", "fail")
        }
        for step in steps.values():
            access.read_items(step.role, wiring.table("catalog"), wiring.table("features"))
            access.write_items(step.role, *(wiring.table(name) for name in names[2:]))
        for name in ("plan", "register"):
            access.write_items(steps[name].role, wiring.table("catalog"))
        access.write_objects(steps["plan"].role, artifacts, _RUNS)
        access.write_objects(steps["assess"].role, artifacts, _RUNS)
        access.read_objects(steps["plan"].role, lake, "features/")
        # Which features a version was trained with is recorded when it is registered.
        access.write_items(steps["register"].role, wiring.table("features"))
        for name in ("plan", "assess", "register"):
            access.read_objects(steps[name].role, artifacts, _RUNS)
        if settings.mlflow_tracking.startswith("arn:"):
            access.allow(steps["register"].role, _MLFLOW, [settings.mlflow_tracking])
        self.workflow = Workflow(
            self, "Training", wiring=wiring, name="training", calls=list(steps.values()),
            definition=training.definition(
                **{name: step.function.function_arn for name, step in steps.items()},
                bus=wiring.bus.event_bus_name, topic=wiring.topic.topic_arn,
            ),
        )  # fmt: skip
        self._let_register()
        self._request()

    def _let_register(self) -> None:
        workflow, wiring = self.workflow, self._wiring
        workflow.run_jobs("processing", "training", "tuning", roles=[self.job.role])
        packages = [wiring.arn("sagemaker", "model-package/penstock-*"),
                    wiring.arn("sagemaker", "model-package-group/penstock-*")]  # fmt: skip
        access.allow(workflow.role, ["sagemaker:CreateModelPackage"], packages,
                     because="Groups are named after use cases, packages after their groups.")  # fmt: skip
        # SageMaker reads the model with the permissions of whoever registers it.
        access.read_objects(workflow.role, wiring.bucket("artifacts"), _RUNS)
        workflow.start_on(
            "FeaturesReady", bus=wiring.bus, source="penstock.features", types=["Features Ready"]
        )

    def _request(self) -> None:
        """Make the function by which a person asks for a training."""
        arn = self.workflow.machine.state_machine_arn
        request = Handler(self, "RequestTraining", wiring=self._wiring, entry="training.request",
                          environment={"WORKFLOW": arn})  # fmt: skip
        access.allow(request.role, ["states:StartExecution"], [arn])
        access.allow(
            self._wiring.persona("scientist"), ["lambda:InvokeFunction"], [request.function.function_arn]
        )
        self._wiring.publish("functions/request_training", request.function.function_name)
