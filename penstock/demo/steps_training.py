"""Steps about training: the first one, the one that drift starts, and a bad version that the gate refuses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.cli import operations
from penstock.cli.listing import candidate_columns, candidate_row
from penstock.demo.play import Play
from penstock.demo.waiting import StepFailed, wait_for
from penstock.reports.collection import version_facts

if TYPE_CHECKING:
    from penstock.models import ModelVersion
    from penstock.reports.facts import VersionFact

_TRAINING_SECONDS = 900.0
_STUMP = 'stump=xgboost:{"n_estimators":1,"max_depth":1}'
_FEW_ROWS = 300


def first_training(play: Play) -> None:
    """Wait for the first training, which nobody starts."""
    with play.stage.step(
        "Enough data is there: features are made and the first training starts by itself",
        "penstock executions --follow --workflow training",
    ):
        version = await_version(play, 1, "features", "training")
        _tell_candidates(play, version)
        _must_wait_for_approval(version)


def retraining(play: Play) -> None:
    """Wait for the challenger that the retraining policy has asked for."""
    with play.stage.step(
        "The retraining policy starts a training on all snapshots: the challenger",
        "penstock runs late_invoices",
    ):
        version = await_version(play, 2, "retraining", "training")
        _tell_candidates(play, version)
        for check in version.checks:
            if check.check == "not_worse_than_champion":
                play.stage.note(check.reason, style="bold")
        _must_wait_for_approval(version)


def bad_version(play: Play) -> None:
    """Train something bad on purpose, and see the gate refuse it."""
    command = f"penstock train late_invoices --train-rows {_FEW_ROWS} --candidate '{_STUMP}'"
    with play.stage.step("A deliberately bad version meets the gate", command):
        number = len(play.models.versions(play.use_case)) + 1
        operations.train(
            play.dana,
            play.use_case,
            reason="a deliberately bad version",
            train_rows=_FEW_ROWS,
            candidates=[operations.parse_candidate(_STUMP)],
        )
        version = await_version(play, number, "training")
        failing = [check.model_dump() for check in version.checks if not check.passed]
        play.stage.table(failing, ("check", "reason"))
        if version.stage != "refused":
            raise StepFailed(
                "The gate let a bad version pass.", found=f"stage {version.stage}", expected="refused"
            )
        play.stage.note(f"version {number} is refused; nobody is even asked", style="bold")


def await_version(play: Play, number: int, *workflows: str) -> VersionFact:
    """Wait until a version is registered, with its package, and return what its evaluation says."""
    found = wait_for(
        lambda: _registered(play, number),
        what=f"version {number}",
        timeout=_TRAINING_SECONDS,
        watch=play.watch(*workflows),
    )
    return version_facts(play.dana, found)


def _registered(play: Play, number: int) -> ModelVersion | None:
    """Return a version once its model package is noted."""
    found = play.models.versions(play.use_case)
    return next((one for one in found if one.version == number and one.package_arn), None)


def _tell_candidates(play: Play, version: VersionFact) -> None:
    """Show every measured model with its intervals."""
    rows = [
        candidate_row(model) | {"chosen": "chosen" if model.name == version.candidate else ""}
        for model in version.models
    ]
    metric = play.catalog.use_case(play.use_case).model.metric
    play.stage.table(rows, [*candidate_columns(version, metric), "chosen"])
    strongest = ", ".join(list(version.shap)[:4])
    play.stage.note(f"version {version.version} is {version.candidate}; it looks most at {strongest}")


def _must_wait_for_approval(version: VersionFact) -> None:
    """Fail the story when a version that should be good did not pass the gates."""
    if version.stage == "refused":
        broken = "; ".join(check.reason for check in version.checks if not check.passed)
        raise StepFailed(
            "The gate refused a version that was expected to pass.",
            found=broken,
            where=f"version {version.version}",
        )
