"""The ``.sync`` pattern of Step Functions: a job is started, waited for, and stopped when given up."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from local_cloud.emulator.integrations import Resource, TaskError, call

_POLL_SECONDS = (0.1, 0.1, 0.2, 0.3, 0.5)
_MARK = {"Key": "MANAGED_BY_AWS", "Value": "STARTED_BY_STEP_FUNCTIONS"}
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Job:
    """How the state of one kind of job is asked for, read and ended."""

    describe: str
    stop: str
    key: Callable[[Json, Json], Json]
    status: Callable[[Json], str]
    content: Callable[[Json], Json] = lambda described: described
    stop_key: Callable[[Json], Json] = lambda key: key
    rule: str = ""


def _sagemaker(kind: str, rule: str) -> Job:
    """Describe one kind of SageMaker job."""
    name, status = f"{kind}JobName", f"{kind}JobStatus"
    return Job(
        describe=f"describe{kind}Job",
        stop=f"stop{kind}Job",
        key=lambda given, _: {name: given[name]},
        status=lambda described: str(described[status]),
        rule=rule,
    )


JOBS = {
    ("sagemaker", "createTrainingJob"): _sagemaker(
        "Training", "StepFunctionsGetEventsForSageMakerTrainingJobsRule"
    ),
    ("sagemaker", "createProcessingJob"): _sagemaker(
        "Processing", "StepFunctionsGetEventsForSageMakerProcessingJobsRule"
    ),
    ("sagemaker", "createTransformJob"): _sagemaker(
        "Transform", "StepFunctionsGetEventsForSageMakerTransformJobsRule"
    ),
    ("sagemaker", "createHyperParameterTuningJob"): _sagemaker(
        "HyperParameterTuning", "StepFunctionsGetEventsForSageMakerTuningJobsRule"
    ),
    ("athena", "startQueryExecution"): Job(
        describe="getQueryExecution",
        stop="stopQueryExecution",
        key=lambda _, started: {"QueryExecutionId": started["QueryExecutionId"]},
        status=lambda described: str(described["QueryExecution"]["Status"]["State"]),
    ),
    ("glue", "startJobRun"): Job(
        describe="getJobRun",
        stop="batchStopJobRun",
        key=lambda given, started: {"JobName": given["JobName"], "RunId": started["JobRunId"]},
        status=lambda described: str(described["JobRun"]["JobRunState"]),
        content=lambda described: dict(described["JobRun"]),
        stop_key=lambda key: {"JobName": key["JobName"], "JobRunIds": [key["RunId"]]},
    ),
    ("states", "startExecution"): Job(
        describe="describeExecution",
        stop="stopExecution",
        key=lambda _, started: {"ExecutionArn": started["ExecutionArn"]},
        status=lambda described: str(described["Status"]),
        rule="StepFunctionsGetEventsForStepFunctionsExecutionRule",
    ),
}
_GOOD = frozenset({"Completed", "SUCCEEDED"})
_BAD = frozenset(
    {"Failed", "Stopped", "FAILED", "CANCELLED", "ERROR", "TIMEOUT", "STOPPED", "TIMED_OUT", "ABORTED"}
)


def run(
    resource: Resource,
    values: Json,
    role: tuple[str, str],
    given_up: Callable[[], bool],
    memory: Json,
) -> Json:
    """Run a job to its end and return its description.

    Parameters
    ----------
    resource
        A ``.sync`` integration.
    values
        The evaluated parameters of the task.
    role
        ARN of the state machine's role and name of its session.
    given_up
        Tells whether the task has timed out or its execution was ended; the job is then stopped.
    memory
        Keeps the started job, so that a restarted server goes on waiting for it.

    Raises
    ------
    TaskError
        ``States.TaskFailed`` with the description as cause when the job did not succeed.
    """
    job = JOBS.get((resource.service, resource.action))
    if job is None:
        raise TaskError("States.Runtime", f"{resource.service}:{resource.action} has no .sync pattern.")
    if "key" not in memory:
        started = call(resource, _marked(resource, values), *role)
        memory["key"] = job.key(values, started)
    described = _await(resource, job, memory["key"], role, given_up)
    return _outcome(resource, job, described)


def _marked(resource: Resource, values: Json) -> Json:
    """Mark a job as Step Functions does, for which its role needs ``sagemaker:AddTags``."""
    if resource.service != "sagemaker":
        return values
    return {**values, "Tags": [*values.get("Tags", []), _MARK]}


def _await(
    resource: Resource, job: Job, key: Json, role: tuple[str, str], given_up: Callable[[], bool]
) -> Json:
    """Ask for the job's state until it has ended."""
    describe, turn = replace(resource, action=job.describe), 0
    while True:
        if given_up():
            stop = replace(resource, action=job.stop)
            call(stop, job.stop_key(key), *role)
            raise TaskError("States.TaskFailed", f"The job {key} was stopped because its task was given up.")
        described = call(describe, key, *role)
        if job.status(described) in _GOOD | _BAD:
            return described
        time.sleep(_POLL_SECONDS[min(turn, len(_POLL_SECONDS) - 1)])
        turn += 1


def _outcome(resource: Resource, job: Job, described: Json) -> Json:
    """Return what the task yields, or raise what it fails with."""
    content = job.content(described)
    if job.status(described) not in _GOOD:
        raise TaskError("States.TaskFailed", json.dumps(content))
    if resource.service == "states" and resource.pattern.endswith(":2"):
        return {**content, "Output": json.loads(content.get("Output") or "{}")}
    return content
