"""Steps about data: the use case is registered, files land, and the platform curates them."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path
from subprocess import PIPE, Popen
from typing import TYPE_CHECKING

from penstock.cli import operations
from penstock.demo.play import Play
from penstock.demo.steps_features import await_features
from penstock.demo.waiting import StepFailed, wait_for
from penstock.errors import NotPermitted

if TYPE_CHECKING:
    from penstock.catalog import Arrival

MONTHS, FIRST_MONTHS = 7, 6
_ARRIVAL_SECONDS = 600.0


def begin_invoices(play: Play) -> None:
    """Begin to generate seven months of invoices, the last of a changed world, beside everything else."""
    command = [
        sys.executable,
        "-m",
        "examples.late_invoices.generate",
        "--rows",
        str(play.request.rows),
        "--months",
        str(MONTHS),
        "--drift-from",
        str(MONTHS),
        "--seed",
        str(play.request.seed),
        "--output",
        str(play.data),
    ]
    play.generator = Popen(command, cwd=play.project, stdout=PIPE, stderr=PIPE)  # noqa: S603


def write_example(play: Play) -> None:
    """Write the one file of an example on scikit-learn's data, keeping rows back as live traffic."""
    generator = import_module(f"examples.{play.use_case}.generate")
    play.data.mkdir(parents=True, exist_ok=True)
    play.live = [dict(row) for row in generator.generate(_example_file(play), seed=play.request.seed)]


def register(play: Play) -> None:
    """Register the use case as the data scientist."""
    folder = f"examples/{play.use_case}"
    with play.stage.step(f"dana registers the use case {play.use_case}", f"penstock register {folder}"):
        answer = operations.register(play.dana, operations.read(play.project / folder))
        play.stage.note(f"risk tier {answer['risk_tier']}: a person must approve every version")
        for contract in answer["contracts"]:
            told = "is in force" if contract["in_force"] else "waits for the approval of another person"
            play.stage.note(f"version {contract['number']} of {contract['dataset']}'s contract {told}")


def land_before_approval(play: Play) -> None:
    """Upload the first month while its contract waits: nothing flows, and nothing is lost."""
    file = _generated(play)[0]
    with play.stage.step(
        "A first file lands before the contract is approved: it is kept waiting",
        f"penstock upload late_invoices invoices {file.name}",
        "penstock dataset history late_invoices invoices --status waiting",
    ):
        operations.upload(play.dana, play.use_case, "invoices", [file])
        waiting = wait_for(
            lambda: play.catalog.waiting(play.use_case, "invoices") or None,
            what="the file to wait",
            timeout=_ARRIVAL_SECONDS,
            watch=play.watch("onboarding"),
        )
        columns = ("file_name", "status", "waiting_for")
        play.stage.table([one.model_dump(mode="json") for one in waiting], columns)


def approve_contract(play: Play) -> None:
    """Let the steward approve the confidential contract; who registered it may not."""
    words = ("late_invoices", "invoices", "approve")
    with play.stage.step(
        "The contract is confidential: dana may not approve her own, priya does, and the file flows",
        "penstock --profile approver dataset approve late_invoices invoices --reason 'purpose and basis fit'",
    ):
        try:
            operations.decide_contract(play.dana, *words, reason="it is mine")
        except NotPermitted as error:
            play.stage.note(f"dana is refused: {type(error).__name__}", style="yellow")
        else:
            raise StepFailed("Who registered the contract could approve it.")
        answer = operations.decide_contract(play.priya, *words, reason="purpose and basis fit")
        play.stage.note(f"version {answer['number']} is {answer['status']} by {answer['decided_by']}")
        _await_arrivals(play, "invoices", {_generated(play)[0].name})


def land_invoices(play: Play) -> None:
    """Upload the other months at once and wait until all are curated."""
    files = _generated(play)[1:FIRST_MONTHS]
    command = "penstock upload late_invoices invoices " + " ".join(path.name for path in files[:2]) + " ..."
    with play.stage.step("Five more months land at once, and are onboarded in their order", command):
        _land(play, "invoices", files)


def land_example(play: Play) -> None:
    """Upload the one file of an example."""
    file = _example_file(play)
    command = f"penstock upload {play.use_case} {file.stem} {file.name}"
    with play.stage.step("The data lands, and is onboarded", command):
        _land(play, file.stem, [file])


def _example_file(play: Play) -> Path:
    """Return the file of an example, named after its dataset."""
    use_case = operations.read(play.project / "examples" / play.use_case)
    return play.data / f"{use_case.model.dataset}.csv"


def land_changed_month(play: Play) -> None:
    """Upload the labelled file of the changed month, and wait for its features."""
    file = _generated(play)[MONTHS - 1]
    with play.stage.step(
        "The changed month's invoices are settled: their file lands with labels",
        f"penstock upload late_invoices invoices {file.name}",
    ):
        _land(play, "invoices", [file])
        await_features(play, "invoices")
        play.stage.note("features of the new snapshot are materialised, offline and online")


def _land(play: Play, dataset: str, files: list[Path]) -> None:
    """Upload files, and wait for their arrivals."""
    operations.upload(play.dana, play.use_case, dataset, files)
    _await_arrivals(play, dataset, {path.name for path in files})


def _await_arrivals(play: Play, dataset: str, names: set[str]) -> None:
    """Wait until files are curated, and tell what became of them."""
    arrivals = wait_for(
        lambda: _settled(play, dataset, names),
        what="the files to be curated",
        timeout=_ARRIVAL_SECONDS,
        watch=play.watch("onboarding"),
    )
    columns = ("file_name", "status", "rows_in", "rows_curated", "rows_quarantined")
    play.stage.table([one.model_dump(mode="json") for one in arrivals], columns)
    if refused := [one for one in arrivals if one.status != "accepted"]:
        first = refused[0]
        raise StepFailed(
            "A file was not accepted.",
            found=f"{first.file_name}: {first.status}",
            where=str(first.error or ""),
            action="penstock dataset history shows why.",
        )
    head = play.catalog.latest(play.use_case, dataset)
    if head is not None:
        play.stage.note(f"snapshot {head.id}: {head.rows:,} rows in {head.part_count} parts")


def _settled(play: Play, dataset: str, names: set[str]) -> list[Arrival] | None:
    """Return the arrivals of files when each has its outcome, and its rows are in a snapshot."""
    found = [one for one in play.catalog.arrivals(play.use_case, dataset) if one.file_name in names]
    done = [one for one in found if one.status in {"refused", "duplicate"} or one.snapshot_id]
    play.stage.now(f"{len(done)} of {len(names)} files curated")
    return sorted(done, key=lambda one: one.file_name) if len(done) == len(names) else None


def _generated(play: Play) -> list[Path]:
    """Wait for the generator, and return its files by month."""
    if play.generator is not None:
        _, complaint = play.generator.communicate()
        if play.generator.returncode:
            raise StepFailed("The invoices could not be generated.", found=complaint.decode()[-1_000:])
        play.generator = None
    return sorted(play.data.glob("*.csv"))
