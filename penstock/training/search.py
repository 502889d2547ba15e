"""Requests of training and tuning jobs, and what a trial's job is told."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from penstock.platform.jobs import JobSettings, training_job
from penstock.specs import Candidate
from penstock.specs.model import MINIMISED
from penstock.specs.tuning import Choices, Tuning
from penstock.training.checkpoints import EVERY

if TYPE_CHECKING:
    from penstock.training.plan import PlannedCandidate, RunPlan

SEARCHED = "search."
"""Before the name of a hyper-parameter that a tuning job tries, so that it is none of the job's own."""
_NAME_LENGTH = 32
_DEFINED = (
    "RoleArn",
    "InputDataConfig",
    "OutputDataConfig",
    "ResourceConfig",
    "StoppingCondition",
    "EnableManagedSpotTraining",
    "CheckpointConfig",
)


def settled(candidate: Candidate, searched: Mapping[str, Any]) -> Candidate:
    """Return a candidate with the values that a search found, and nothing left to search.

    Examples
    --------
    >>> wide = Candidate(name="a", algorithm="xgboost", hyperparameters={"eta": 0.1, "max_depth": 3},
    ...                  search={"max_depth": {"minimum": 2, "maximum": 9, "integer": True}})
    >>> settled(wide, {"max_depth": 5}).hyperparameters
    {'eta': 0.1, 'max_depth': 5}
    """
    parameters = {**candidate.hyperparameters, **searched}
    return Candidate(name=candidate.name, algorithm=candidate.algorithm, hyperparameters=parameters)


def tried(candidate: Candidate, parameters: Mapping[str, str]) -> Candidate:
    """Return the candidate that a job shall train: as declared, or with what its tuning job tries.

    Examples
    --------
    >>> wide = Candidate(name="a", algorithm="xgboost",
    ...                  search={"max_depth": {"minimum": 2, "maximum": 9, "integer": True}})
    >>> tried(wide, {"search.max_depth": "4", "seed": "7"}).hyperparameters
    {'max_depth': 4}
    >>> tried(wide, {"seed": "7"}) is wide
    True
    """
    found = {name: parameters.get(SEARCHED + name) for name in candidate.search}
    told = {name: json.loads(text) for name, text in found.items() if text is not None}
    return settled(candidate, told) if told else candidate


def training_request(
    settings: JobSettings,
    plan: RunPlan,
    planned: PlannedCandidate,
    *,
    tuning: Tuning,
    root: str,
    imports: str = "",
) -> dict[str, Any]:
    """Return the request of a candidate's training job, or of the tuning job that tries it many times.

    The job of an imported candidate has the model's file as a channel, and no network.

    Parameters
    ----------
    root
        S3 address of the run.
    imports
        S3 address of the bucket that imported files lie in.
    """
    prepared = f"{root}/prepared"
    brought = {"imported": f"{imports}/{planned.imported}"} if planned.imported else {}
    request = training_job(
        settings,
        name=planned.job,
        instance=plan.training_instance,
        output_uri=f"{root}/candidates",
        channels={
            "train": f"{prepared}/train.parquet",
            "validation": f"{prepared}/validation.parquet",
            "preparation": f"{prepared}/preparation.json",
            **brought,
        },
        hyperparameters=planned.hyperparameters,
        metrics=plan.metric_definitions,
        max_runtime_seconds=plan.max_runtime_seconds,
    )
    if brought:
        request["EnableNetworkIsolation"] = True
    if plan.spot:
        longest = {**request["StoppingCondition"], "MaxWaitTimeInSeconds": 2 * plan.max_runtime_seconds}
        request |= {"EnableManagedSpotTraining": True, "StoppingCondition": longest}
    declared = Candidate.model_validate_json(planned.hyperparameters["candidate"])
    if planned.tuned == "job" or EVERY in declared.hyperparameters:
        kept = {"S3Uri": f"{root}/checkpoints/{planned.job}", "LocalPath": "/opt/ml/checkpoints"}
        request["CheckpointConfig"] = kept
    if planned.tuned != "jobs":
        return request
    request["OutputDataConfig"]["S3OutputPath"] = f"{root}/candidates/{planned.job}"
    return tuning_job(request, candidate=declared, tuning=tuning, metric=plan.metric, seed=plan.seed)


def tuning_job(
    training: Mapping[str, Any], *, candidate: Candidate, tuning: Tuning, metric: str, seed: int
) -> dict[str, Any]:
    """Return a CreateHyperParameterTuningJob request whose trials are a training job.

    Parameters
    ----------
    training
        The CreateTrainingJob request of the candidate; its trials are stored below its output.
    candidate
        Has the search space.
    tuning, metric, seed
        How it is searched, and what is compared on the validation rows.
    """
    numbers = {name: one for name, one in candidate.search.items() if not isinstance(one, Choices)}
    choices = {name: one for name, one in candidate.search.items() if isinstance(one, Choices)}
    return {
        "HyperParameterTuningJobName": tuning_name(training["TrainingJobName"]),
        "HyperParameterTuningJobConfig": {
            "Strategy": "Bayesian" if tuning.method == "bayesian" else "Random",
            "HyperParameterTuningJobObjective": {
                "Type": "Minimize" if metric in MINIMISED else "Maximize",
                "MetricName": f"validation:{metric}",
            },
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": tuning.trials,
                "MaxParallelTrainingJobs": min(tuning.parallel, tuning.trials),
            },
            "ParameterRanges": {
                "IntegerParameterRanges": [
                    _range(name, one.scale, str(int(one.minimum)), str(int(one.maximum)))
                    for name, one in numbers.items()
                    if one.integer
                ],
                "ContinuousParameterRanges": [
                    _range(name, one.scale, repr(one.minimum), repr(one.maximum))
                    for name, one in numbers.items()
                    if not one.integer
                ],
                "CategoricalParameterRanges": [
                    {"Name": SEARCHED + name, "Values": [json.dumps(value) for value in one.choices]}
                    for name, one in choices.items()
                ],
            },
            "TrainingJobEarlyStoppingType": "Auto" if tuning.early_stopping else "Off",
            "RandomSeed": seed,
        },
        "TrainingJobDefinition": {
            "StaticHyperParameters": dict(training["HyperParameters"]),
            "AlgorithmSpecification": dict(training["AlgorithmSpecification"]),
            **{name: training[name] for name in _DEFINED if name in training},
        },
    }


def tuning_name(job: str) -> str:
    """Name a tuning job after a training job, in at most 32 characters.

    Examples
    --------
    >>> tuning_name("late-invoices-7b3cdb25ce-xgboost-tuned-wide")
    'late-invoices-7b3cdb25c-3ae5d1d0'
    """
    if len(job) <= _NAME_LENGTH:
        return job
    head = re.sub(r"-+$", "", job[: _NAME_LENGTH - 9])
    return f"{head}-{hashlib.sha256(job.encode()).hexdigest()[:8]}"


def _range(name: str, scale: str, minimum: str, maximum: str) -> dict[str, str]:
    """Return a range of numbers as SageMaker has it."""
    scaling = "Logarithmic" if scale == "log" else "Linear"
    return {"Name": SEARCHED + name, "MinValue": minimum, "MaxValue": maximum, "ScalingType": scaling}
