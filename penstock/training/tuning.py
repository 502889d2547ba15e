"""Looking for the best hyper-parameters inside one job, by Optuna; a killed search resumes."""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import optuna
from pydantic import BaseModel, ConfigDict, ValidationError

from penstock.errors import PenstockError, TrainingRefused
from penstock.evaluation.measuring import LOWER_IS_BETTER, measured
from penstock.specs import Candidate
from penstock.specs.tuning import Choices, Range, Tuning
from penstock.training.search import settled

if TYPE_CHECKING:
    from penstock.training.algorithms import Matrix, Vector
    from penstock.training.train import TrainingRows

TRIALS = "trials.jsonl"
_BOOSTERS = frozenset({"xgboost", "lightgbm"})
_UNGUIDED = 10
"""Trials at random points before the sampler learns from them, at most."""


class Trial(BaseModel):
    """One point of the search space, and how good it was on the validation rows."""

    model_config = ConfigDict(frozen=True)

    number: int
    state: Literal["complete", "pruned", "failed"]
    searched: dict[str, float | int | str | bool]
    value: float | None = None
    steps: dict[int, float] = {}
    """The metric at tenths of a booster's trees."""
    error: str = ""


class Tuned(BaseModel):
    """What a search found."""

    model_config = ConfigDict(frozen=True)

    candidate: Candidate
    metric: str
    best: int
    trials: tuple[Trial, ...]
    resumed: int = 0
    """How many trials were there already."""


@dataclass(frozen=True)
class _Search:
    """What does not change from trial to trial."""

    rows: TrainingRows
    candidate: Candidate
    tuning: Tuning
    metric: str
    seed: int
    threads: int
    finished: list[Trial] = field(default_factory=list)

    @property
    def direction(self) -> Literal["minimize", "maximize"]:
        """Which way the metric is better."""
        return "minimize" if self.metric in LOWER_IS_BETTER else "maximize"


def tune_candidate(
    rows: TrainingRows,
    *,
    candidate: Candidate,
    tuning: Tuning,
    metric: str,
    seed: int,
    threads: int,
    checkpoint: Path | None = None,
    seconds: float | None = None,
    tell: Callable[[Trial], None] = lambda _: None,
) -> Tuned:
    """Find the hyper-parameters of a candidate that are best on the validation rows.

    Each trial depends on the seed, its number and the trials before it, and on nothing else: a search that
    was killed and resumed finds what an undisturbed one finds. The first trial is the declared
    hyper-parameters if they name everything that is searched.

    Parameters
    ----------
    rows
        Encoded training and validation rows.
    checkpoint
        Folder that keeps finished trials; those of the same search are not tried again.
    seconds
        Begin no further trial after so long.
    tell
        Is called with each finished trial.

    Raises
    ------
    TrainingRefused
        No trial succeeded; the message has the last reason.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    search = _Search(rows, candidate, tuning, metric, seed, threads)
    journal = _Journal(checkpoint, _digest(search)) if checkpoint else None
    search.finished.extend(journal.read() if journal else [])
    resumed, begun = len(search.finished), time.monotonic()
    while len(search.finished) < tuning.trials:
        if seconds is not None and time.monotonic() - begun > seconds:
            break
        trial = _try(search, len(search.finished))
        search.finished.append(trial)
        if journal:
            journal.append(trial)
        rows.forget()
        tell(trial)
    return _best(search, resumed)


def _best(search: _Search, resumed: int) -> Tuned:
    """Return the best trial as a candidate that is searched no more; the first of equals."""
    complete = [trial for trial in search.finished if trial.state == "complete"]
    if not complete:
        reason = search.finished[-1].error if search.finished else "the time was over before the first"
        raise TrainingRefused(
            "No trial of the search succeeded.", found=reason, where=f"candidate {search.candidate.name}"
        )
    sign = 1.0 if search.direction == "minimize" else -1.0
    best = min(complete, key=lambda trial: (sign * (trial.value or 0.0), trial.number))
    return Tuned(
        candidate=settled(search.candidate, best.searched),
        metric=search.metric,
        best=best.number,
        trials=tuple(search.finished),
        resumed=resumed,
    )


def _try(search: _Search, number: int) -> Trial:
    """Carry out one trial."""
    study = _study(search, number)
    if number == 0 and search.candidate.search.keys() <= search.candidate.hyperparameters.keys():
        declared = search.candidate.hyperparameters
        study.enqueue_trial({name: declared[name] for name in search.candidate.search})
    asked = study.ask()
    searched = {name: _suggest(asked, name, space) for name, space in search.candidate.search.items()}
    steps: dict[int, float] = {}

    def watch(step: int, scores: Callable[[Matrix], Vector]) -> None:
        steps[step] = _measure(search, scores)
        asked.report(steps[step], step)
        if asked.should_prune():
            raise optuna.TrialPruned

    try:
        told = watch if search.tuning.early_stopping and search.candidate.algorithm in _BOOSTERS else None
        model = search.rows.fit(
            settled(search.candidate, searched), seed=search.seed, threads=search.threads, progress=told
        )
        value = _measure(search, model.scores)
    except optuna.TrialPruned:
        last = steps[max(steps)]
        return Trial(number=number, state="pruned", searched=searched, value=last, steps=steps)
    except PenstockError as error:
        return Trial(number=number, state="failed", searched=searched, error=str(error))
    return Trial(number=number, state="complete", searched=searched, value=value, steps=steps)


def _measure(search: _Search, scores: Callable[[Matrix], Vector]) -> float:
    """Measure a model on the validation rows."""
    rows = search.rows
    return measured(rows.held_out_answers, scores(rows.held_out), matrix=rows.held_out)[search.metric]


def _study(search: _Search, number: int) -> optuna.Study:
    """Return a study that knows the finished trials, and whose chance is the number's own."""
    seed = int.from_bytes(hashlib.sha256(f"{search.seed}/{number}".encode()).digest()[:4], "big")
    unguided = min(_UNGUIDED, max(3, search.tuning.trials // 3))
    sampler: optuna.samplers.BaseSampler = optuna.samplers.RandomSampler(seed=seed)
    if search.tuning.method == "bayesian":
        sampler = optuna.samplers.TPESampler(seed=seed, n_startup_trials=unguided)
    pruner = optuna.pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=1)
    study = optuna.create_study(direction=search.direction, sampler=sampler, pruner=pruner)
    study.add_trials([_frozen(search, trial) for trial in search.finished])
    return study


def _frozen(search: _Search, trial: Trial) -> optuna.trial.FrozenTrial:
    """Return a finished trial as Optuna knows it."""
    states = optuna.trial.TrialState
    state = {"complete": states.COMPLETE, "pruned": states.PRUNED, "failed": states.FAIL}[trial.state]
    return optuna.trial.create_trial(
        state=state,
        value=trial.value,
        params=dict(trial.searched),
        distributions={name: _distribution(space) for name, space in search.candidate.search.items()},
        intermediate_values=trial.steps,
    )


def _distribution(space: Range | Choices) -> optuna.distributions.BaseDistribution:
    """Return where a hyper-parameter is looked for, as Optuna has it."""
    if isinstance(space, Choices):
        return optuna.distributions.CategoricalDistribution(space.choices)
    log = space.scale == "log"
    if space.integer:
        return optuna.distributions.IntDistribution(int(space.minimum), int(space.maximum), log=log)
    return optuna.distributions.FloatDistribution(space.minimum, space.maximum, log=log)


def _suggest(trial: optuna.Trial, name: str, space: Range | Choices) -> Any:
    """Ask for the value of a hyper-parameter."""
    if isinstance(space, Choices):
        return trial.suggest_categorical(name, space.choices)
    log = space.scale == "log"
    if space.integer:
        return trial.suggest_int(name, int(space.minimum), int(space.maximum), log=log)
    return trial.suggest_float(name, space.minimum, space.maximum, log=log)


def _digest(search: _Search) -> str:
    """Name the search: trials of another one, or on other rows, are not taken over."""
    told = {
        "candidate": search.candidate.model_dump(mode="json"),
        "tuning": search.tuning.model_dump(mode="json", exclude={"trials", "place", "parallel"}),
        "metric": search.metric,
        "seed": search.seed,
        "threads": search.threads,
        "optuna": optuna.__version__,
        "rows": search.rows.digest,
    }
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class _Journal:
    """Finished trials, one a line, under the name of their search."""

    folder: Path
    digest: str

    def read(self) -> list[Trial]:
        """Return the trials of this search; a line that was cut off by a crash ends the list."""
        path = self.folder / TRIALS
        if not path.is_file():
            return []
        found = list(self._whole(path.read_bytes()))
        self._rewrite(found)
        return found

    def append(self, trial: Trial) -> None:
        """Add a trial so that it survives a crash."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / TRIALS).open("a", encoding="utf-8") as file:
            file.write(self._line(trial))
            file.flush()
            os.fsync(file.fileno())

    def _whole(self, data: bytes) -> Iterator[Trial]:
        """Yield the trials that are this search's and in order."""
        for number, line in enumerate(data.splitlines()):
            try:
                document = json.loads(line)
                trial = Trial.model_validate(document["trial"])
            except (ValueError, KeyError, TypeError, ValidationError):
                return
            if document.get("search") != self.digest or trial.number != number:
                return
            yield trial

    def _rewrite(self, trials: list[Trial]) -> None:
        """Leave nothing behind the last whole trial."""
        beside = self.folder / f"{TRIALS}.new"
        beside.write_text("".join(map(self._line, trials)), encoding="utf-8")
        beside.replace(self.folder / TRIALS)

    def _line(self, trial: Trial) -> str:
        """Write one trial."""
        return json.dumps({"search": self.digest, "trial": trial.model_dump(mode="json")}) + "\n"
