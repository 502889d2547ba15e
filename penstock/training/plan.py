"""What one training run will do, as plain documents: imports nothing heavy, runs in a Lambda."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from penstock.errors import InvalidSpec
from penstock.specs import Candidate, ModelSpec, UseCase
from penstock.specs.model import METRICS
from penstock.specs.tuning import Range
from penstock.training.checkpoints import EVERY, piece
from penstock.training.spending import longest_seconds

_JOB_NAME_LENGTH = 63
_PARAMETER_LENGTH = 2_500
_GROWN = frozenset({"xgboost", "lightgbm"})
_KEPT_WHOLE = frozenset({EVERY, "boosting", "boosting_type", "boost", "booster", "data_sample_strategy"})
"""Other ways of boosting look back at earlier trees or rows: they are not cut into pieces."""
_NUMBER = r"([0-9.eE+-]+|inf|nan)"


class ChampionRef(BaseModel):
    """The version that serves now."""

    model_config = ConfigDict(frozen=True)

    version: str
    model_uri: str = ""


class PlannedCandidate(BaseModel):
    """One training job: its name, and the hyper-parameters as SageMaker wants them (strings)."""

    model_config = ConfigDict(frozen=True)

    name: str
    algorithm: str
    job: str
    baseline: bool
    tuned: Literal["", "job", "jobs"] = ""
    """Where the hyper-parameters are looked for, if they are."""
    imported: str = ""
    """Of a model that is brought in, the key of its file."""
    hyperparameters: dict[str, str]


class RunPlan(BaseModel):
    """Everything that a training workflow needs to know before it starts."""

    model_config = ConfigDict(frozen=True)

    run_id: str
    use_case: str
    digest: str
    arrivals: tuple[str, ...]
    recent_arrival_id: str
    champion: ChampionRef | None
    metric: str
    seed: int
    spot: bool = False
    candidates: tuple[PlannedCandidate, ...]
    prepare_job: str
    evaluate_job: str
    prepare_request: dict[str, Any]
    evaluate_request: dict[str, Any]
    metric_definitions: tuple[dict[str, str], ...]
    training_instance: str
    processing_instance: str
    max_runtime_seconds: int


def plan_run(
    use_case: UseCase,
    *,
    run_id: str,
    arrivals: Sequence[str],
    champion: ChampionRef | None = None,
    overrides: Mapping[str, Any] | None = None,
    history: Mapping[str, Any] | None = None,
    earlier: Sequence[Mapping[str, Any]] = (),
    prices: Mapping[str, float] | None = None,
) -> RunPlan:
    """Plan the jobs of a training run.

    Parameters
    ----------
    use_case
        The registered use case.
    run_id
        Unique name of the run; job names are derived from it and nothing else.
    arrivals
        Arrivals of the snapshot, oldest first. The last one is "recent": champion and
        challenger are compared on its test rows.
    champion
        The version that serves now, if any.
    overrides
        ``candidates`` (a list of candidates) replaces the declared ones; ``train_rows``
        trains on that many rows only. Nothing else may be overridden.
    history
        What earlier versions reached: a document of :class:`~penstock.evaluation.History`.
    earlier
        The versions that are measured again on the newest rows: documents of
        :class:`~penstock.evaluation.ageing.EarlierVersion`.
    prices
        Dollars an hour by instance type, for the limit of money.

    Raises
    ------
    InvalidSpec
        An override is unknown or wrong, there is no arrival, or the limit of money is too low.

    Examples
    --------
    >>> from pathlib import Path
    >>> from penstock.specs import load_use_case
    >>> plan = plan_run(load_use_case(Path("examples/breast_cancer")), run_id="run-1", arrivals=["a1"])
    >>> [candidate.job for candidate in plan.candidates][:2]
    ['run-1-baseline', 'run-1-logistic']
    """
    if not arrivals:
        raise InvalidSpec(
            "A training run needs data.",
            found="no arrivals",
            where=use_case.name,
            action="Wait for the first accepted arrival.",
        )
    chosen, train_rows = _override(use_case, dict(overrides or {}))
    model = chosen.model
    trained = (model.baseline, *model.candidates)
    longest = longest_seconds(model, sum(_jobs(model, candidate) for candidate in trained), prices)
    candidates = tuple(_planned(chosen, candidate, run_id, longest) for candidate in trained)
    document = chosen.model_dump(mode="json")
    request = {"use_case": document, "run_id": run_id, "recent_arrival_id": arrivals[-1]}
    return RunPlan(
        run_id=run_id,
        use_case=chosen.name,
        digest=chosen.digest,
        arrivals=tuple(arrivals),
        recent_arrival_id=arrivals[-1],
        champion=champion,
        metric=model.metric,
        seed=model.seed,
        spot=model.spot,
        candidates=candidates,
        prepare_job=job_name(run_id, "prepare-data"),
        evaluate_job=job_name(run_id, "evaluate-run"),
        prepare_request={**request, "train_rows": train_rows},
        evaluate_request={
            **request,
            "baseline": model.baseline.name,
            "candidates": [
                {"name": c.name, "algorithm": c.algorithm, "job": c.job, "tuned": c.tuned} for c in candidates
            ],
            "champion": {"version": champion.version} if champion else None,
            "history": dict(history or {"versions": []}),
            "earlier": [dict(one) for one in earlier],
        },
        metric_definitions=tuple(_definition(name) for name in METRICS[model.problem]),
        training_instance=model.training_instance,
        processing_instance=model.processing_instance,
        max_runtime_seconds=longest,
    )


def job_name(run_id: str, part: str) -> str:
    """Name a SageMaker job: at most 63 letters, digits and single dashes.

    The name is a function of its arguments; where cleaning changed them, a hash keeps
    different arguments apart.

    Examples
    --------
    >>> job_name("run-1", "xgboost")
    'run-1-xgboost'
    >>> len(job_name("r" * 60, "logistic_regression"))
    63
    """
    wanted = f"{run_id}-{part}"
    clean = re.sub(r"[^a-zA-Z0-9]+", "-", wanted).strip("-")
    if clean == wanted and len(clean) <= _JOB_NAME_LENGTH:
        return clean
    digest = hashlib.sha256(wanted.encode()).hexdigest()[:8]
    return f"{clean[: _JOB_NAME_LENGTH - 9].rstrip('-')}-{digest}"


def _jobs(model: ModelSpec, candidate: Candidate) -> int:
    """Return how many training jobs a candidate may take."""
    return model.tuning.trials if candidate.search and model.tuning.place == "jobs" else 1


def _planned(use_case: UseCase, candidate: Candidate, run_id: str, longest: int) -> PlannedCandidate:
    """Turn a candidate into a training job's parameters."""
    model = use_case.model
    candidate = saved_half_way(candidate) if model.spot else candidate
    document = json.dumps(candidate.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    if len(document) > _PARAMETER_LENGTH:
        raise InvalidSpec(
            "A candidate is too long for a job's hyper-parameters.",
            found=f"{len(document)} characters",
            expected=f"at most {_PARAMETER_LENGTH:,}",
            where=candidate.name,
        )
    return PlannedCandidate(
        name=candidate.name,
        algorithm=candidate.algorithm,
        job=job_name(run_id, candidate.name),
        baseline=candidate.name == model.baseline.name,
        tuned=model.tuning.place if candidate.search else "",
        imported=candidate.source.key(use_case.name) if candidate.source else "",
        hyperparameters={
            "candidate": document,
            "seed": str(model.seed),
            "metric": model.metric,
            "problem": model.problem,
            **(_tuning(model, longest) if candidate.search else {}),
        },
    )


def saved_half_way(candidate: Candidate) -> Candidate:
    """Let a booster on spare capacity save itself after every fifth of its trees, unless told otherwise.

    Examples
    --------
    >>> saved_half_way(Candidate(name="a", algorithm="xgboost")).hyperparameters
    {'checkpoint_rounds': 20}
    >>> saved_half_way(Candidate(name="a", algorithm="kmeans")).hyperparameters
    {}
    """
    told = candidate.hyperparameters.keys() | candidate.search.keys()
    if candidate.algorithm not in _GROWN or told & _KEPT_WHOLE:
        return candidate
    trees = candidate.search.get("n_estimators") or candidate.hyperparameters.get("n_estimators", 100)
    most = trees.maximum if isinstance(trees, Range) else trees
    every = piece(int(most) if isinstance(most, int | float) else 100)
    return candidate.model_copy(update={"hyperparameters": {**candidate.hyperparameters, EVERY: every}})


def _tuning(model: ModelSpec, longest: int) -> dict[str, str]:
    """Tell a job how it searches, and for how long it may."""
    document = model.tuning.model_dump_json(exclude={"parallel", "place"})
    return {"tuning": document, "max_runtime_seconds": str(longest)}


def _override(use_case: UseCase, overrides: dict[str, Any]) -> tuple[UseCase, int | None]:
    """Apply overrides and validate the use case again."""
    candidates, train_rows = overrides.pop("candidates", None), overrides.pop("train_rows", None)
    if overrides:
        raise InvalidSpec(
            "A training run cannot override this.",
            found=", ".join(sorted(overrides)),
            expected="candidates, train_rows",
        )
    if train_rows is not None and (not isinstance(train_rows, int) or train_rows < 1):
        raise InvalidSpec("train_rows must be a whole number above zero.", found=repr(train_rows))
    if not candidates:
        return use_case, train_rows
    document = use_case.model_dump(mode="json")
    document["model"]["candidates"] = candidates
    try:
        return UseCase.model_validate(document), train_rows
    except ValidationError as error:
        found = "; ".join(entry["msg"] for entry in error.errors())
        raise InvalidSpec("The overriding candidates are wrong.", found=found, where=use_case.name) from error


def _definition(metric: str) -> dict[str, str]:
    """Describe to SageMaker how a training job prints a metric: ``validation:<name>=<value>;``."""
    return {"Name": f"validation:{metric}", "Regex": f"validation:{metric}={_NUMBER};"}
