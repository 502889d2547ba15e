"""Hyper-parameter tuning jobs: a search that runs training jobs and keeps the best."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from itertools import islice

from local_cloud.sagemaker.context import Context
from local_cloud.sagemaker.errors import JobError, SageMakerError, ValidationException
from local_cloud.sagemaker.jobs import Jobs, Run
from local_cloud.sagemaker.kinds import TRAINING, TUNING
from local_cloud.sagemaker.listing import page
from local_cloud.sagemaker.resources import Json, Operation
from local_cloud.sagemaker.search_space import candidates, check_strategy
from local_cloud.sagemaker.training import TrainingJobs

_DEFAULT_JOBS = 10
_COPIED = (
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "StoppingCondition",
    "CheckpointConfig",
    "Environment",
    "EnableNetworkIsolation",
    "VpcConfig",
)


class TuningJobs(Jobs):
    """Creates, runs, describes, lists and stops tuning jobs."""

    def __init__(self, context: Context, training: TrainingJobs) -> None:
        super().__init__(context, TUNING)
        self._training = training
        self._counting = threading.Lock()

    def operations(self) -> dict[str, Operation]:
        """Return the operations by their names on the wire."""
        return {
            **super().operations(),
            "ListTrainingJobsForHyperParameterTuningJob": self.list_training_jobs,
        }

    def check_request(self, request: Json) -> None:
        """Refuse several definitions, warm starts and impossible grids."""
        if "TrainingJobDefinition" not in request or "WarmStartConfig" in request:
            raise ValidationException(
                "The local cloud needs one TrainingJobDefinition and no WarmStartConfig."
            )
        check_strategy(request["HyperParameterTuningJobConfig"])
        definition = request["TrainingJobDefinition"]
        self._training.check_request({**definition, "ResourceConfig": definition.get("ResourceConfig", {})})

    def initial(self) -> Json:
        """Begin to count."""
        return _counted([])

    def role(self, record: Json) -> str:
        """Return the role of the training jobs."""
        return str(record["TrainingJobDefinition"]["RoleArn"])

    def await_turn(self, run: Run) -> None:
        """Start at once: only the training jobs take places."""

    def end_turn(self) -> None:
        """Free nothing."""

    def execute(self, record: Json, run: Run) -> Json:
        """Try candidates until the limits are reached."""
        config = record["HyperParameterTuningJobConfig"]
        limits = config["ResourceLimits"]
        run.on_stop(lambda: self._stop_children(record))
        wanted = islice(candidates(config, run.name), limits.get("MaxNumberOfTrainingJobs", _DEFAULT_JOBS))
        with ThreadPoolExecutor(limits["MaxParallelTrainingJobs"], "sagemaker-tuning") as pool:
            list(pool.map(lambda item: self._try(record, run, *item), enumerate(wanted, 1)))
        run.check()
        counted = self._count(record)
        if "BestTrainingJob" not in counted:
            raise JobError(
                "All training jobs failed. Please take a look at the training jobs failures to get "
                "more details."
            )
        return {}

    def ending(self, record: Json, _status: str, _secondary: str) -> Json:
        """Count a last time."""
        return {**_counted(self._children(record)), "HyperParameterTuningEndTime": self.context.clock()}

    def list_training_jobs(self, request: Json) -> Json:
        """List the training jobs of a tuning job."""
        record = self.find(request["HyperParameterTuningJobName"])
        found = [_summary(child) for child in self._children(record)]
        if "StatusEquals" in request:
            found = [child for child in found if child["TrainingJobStatus"] == request["StatusEquals"]]
        keys = {"Name": "TrainingJobName", "CreationTime": "CreationTime", "Status": "TrainingJobStatus"}
        by = request.get("SortBy", "Name")
        found.sort(key=lambda child: _value(child) if by not in keys else child[keys[by]])
        if request.get("SortOrder", "Ascending") == "Descending":
            found.reverse()
        shown, rest = page(found, request)
        return {"TrainingJobSummaries": shown, **rest}

    def _try(self, record: Json, run: Run, number: int, tuned: dict[str, str]) -> None:
        """Run one training job to its end."""
        if run.stop_requested or run.host_stopped:
            return
        name = f"{run.name}-{number:03d}-{uuid.uuid4().hex[:8]}"
        try:
            self._training.create(_request(record, name, tuned))
        except SageMakerError as error:
            raise JobError(f"ClientError: {error}") from error
        self.context.store.change(
            TRAINING.name,
            name,
            lambda child: child.update(_tuned=tuned, TuningJobArn=record[self.kind.arn_key]),
        )
        self._count(record)
        self._training.wait(name)
        self._count(record)

    def _count(self, record: Json) -> Json:
        """Refresh the counters and the best job."""
        with self._counting:
            counted = _counted(self._children(record))
            self.change(record["HyperParameterTuningJobName"], **counted)
            return counted

    def _children(self, record: Json) -> list[Json]:
        """Return the training jobs of a tuning job with their objectives."""
        objective = record["HyperParameterTuningJobConfig"].get("HyperParameterTuningJobObjective", {})
        arn = record[self.kind.arn_key]
        jobs = [job for job in self.context.store.all(TRAINING.name) if job.get("TuningJobArn") == arn]
        return [{**job, "_objective": _objective(job, objective)} for job in jobs]

    def _stop_children(self, record: Json) -> None:
        """Stop what still runs."""
        for child in self._children(record):
            if child["TrainingJobStatus"] == "InProgress":
                with suppress(ValidationException):
                    self._training.stop({"TrainingJobName": child["TrainingJobName"]})


def _request(record: Json, name: str, tuned: dict[str, str]) -> Json:
    """Return the request for one training job."""
    definition = record["TrainingJobDefinition"]
    objective = record["HyperParameterTuningJobConfig"].get("HyperParameterTuningJobObjective", {})
    parameters = {
        **definition.get("StaticHyperParameters", {}),
        **tuned,
        "_tuning_objective_metric": objective.get("MetricName", ""),
    }
    return {
        **{key: definition[key] for key in _COPIED if key in definition},
        "TrainingJobName": name,
        "AlgorithmSpecification": dict(definition["AlgorithmSpecification"]),
        "ResourceConfig": definition.get("ResourceConfig", {}),
        "HyperParameters": parameters,
    }


def _objective(job: Json, objective: Json) -> Json | None:
    """Return a training job's value of the objective, None while there is none."""
    for metric in job.get("FinalMetricDataList", []):
        if metric["MetricName"] == objective.get("MetricName"):
            return {"Type": objective["Type"], "MetricName": metric["MetricName"], "Value": metric["Value"]}
    return None


def _counted(children: list[Json]) -> Json:
    """Return the counters, and the best job if one has an objective."""
    states = [child["TrainingJobStatus"] for child in children]
    ended = [child for child in children if child["TrainingJobStatus"] != "InProgress"]
    succeeded = [
        child for child in ended if child["TrainingJobStatus"] == "Completed" and child["_objective"]
    ]
    best = min(succeeded, key=_rank, default=None)
    return {
        "TrainingJobStatusCounters": {
            "Completed": states.count("Completed"),
            "InProgress": states.count("InProgress") + states.count("Stopping"),
            "RetryableError": 0,
            "NonRetryableError": states.count("Failed"),
            "Stopped": states.count("Stopped"),
        },
        "ObjectiveStatusCounters": {
            "Succeeded": len(succeeded),
            "Pending": len(children) - len(ended),
            "Failed": len(ended) - len(succeeded),
        },
        **({"BestTrainingJob": _summary(best)} if best else {}),
    }


def _rank(child: Json) -> float:
    """Return a number that is smaller for a better job."""
    objective = child["_objective"]
    return float(-objective["Value"] if objective["Type"] == "Maximize" else objective["Value"])


def _value(summary: Json) -> float:
    """Return the objective of a summary, for sorting."""
    return float(summary.get("FinalHyperParameterTuningJobObjectiveMetric", {}).get("Value", "inf"))


def _summary(child: Json) -> Json:
    """Return a training job as the tuning API shows it."""
    shown: Json = {
        key: child[key]
        for key in (
            "TrainingJobName",
            "TrainingJobArn",
            "CreationTime",
            "TrainingStartTime",
            "TrainingEndTime",
            "TrainingJobStatus",
            "FailureReason",
        )
        if key in child
    }
    ended = child["TrainingJobStatus"] != "InProgress"
    objective = child["_objective"]
    state = "Succeeded" if objective else "Failed"
    return {
        **shown,
        "TunedHyperParameters": child.get("_tuned", {}),
        "ObjectiveStatus": state if ended else "Pending",
        **({"FinalHyperParameterTuningJobObjectiveMetric": objective} if objective else {}),
    }
