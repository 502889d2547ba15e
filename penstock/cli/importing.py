"""``model import``: a model that was made elsewhere becomes a version of a use case."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli import operations
from penstock.cli.telling import AsJson, busy, print_json, say

if TYPE_CHECKING:
    from penstock.platform import Platform
    from penstock.specs import Candidate, UseCase


def model_import(  # noqa: PLR0917
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The model's file.")],
    use_case: Annotated[str, typer.Option("--use-case", help="Which use case it is for.")],
    name: Annotated[
        str, typer.Option(help="What the candidate is called; after the file unless given.")
    ] = "",
    format: Annotated[
        str,
        typer.Option(
            "--format",
            help="skops, pickle, xgboost, lightgbm, onnx or pmml; seen from the file unless given.",
        ),
    ] = "",
    columns: Annotated[
        str, typer.Option(help="What the model takes, in its order, by commas; if the file does not say.")
    ] = "",
    classes: Annotated[
        str,
        typer.Option(help="The classes in the order of its outputs, by commas; if the file does not say."),
    ] = "",
    positive: Annotated[str, typer.Option(help="Which of two classes means yes, if not 1 or true.")] = "",
    trust: Annotated[
        list[str] | None,
        typer.Option(
            help="A type in the file that you know and trust, by its full name; audited. Repeatable."
        ),
    ] = None,
    allow_pickle: Annotated[
        bool,
        typer.Option(
            "--allow-pickle", help="Take a pickle: scanned, read in a job without network, rewritten."
        ),
    ] = False,
    reason: Annotated[str, typer.Option(help="Why; it is audited.")] = "a model from elsewhere",
    as_json: AsJson = False,
) -> None:
    """Bring a model in as it is: checked, evaluated beside the baseline, and approved like any other."""
    told = {
        "format": format,
        "columns": _listed(columns),
        "classes": _listed(classes),
        "positive": positive,
        "trusted": tuple(trust or ()),
        "allow_pickle": allow_pickle,
    }
    with busy("Looking into the file"):
        candidate = candidate_of(file, name=name, **told)
    platform = context.obj.platform()
    _refuse_unknown(operations.registered(platform, use_case), _listed(columns))
    with busy("Uploading"):
        answer = bring_in(platform, use_case, file, candidate, reason=reason)
    if as_json:
        print_json(answer)
        return
    source = candidate.source
    if source is not None:
        say(f"{source.file} ({source.format}, {source.bytes:,} bytes) is at {answer['place']}.")
    say(
        f"It is being evaluated beside the baseline, asked for by {answer['requested_by']}. "
        "Watch it with: penstock executions --follow --workflow training"
    )


def _refuse_unknown(use_case: UseCase, columns: tuple[str, ...]) -> None:
    """Refuse columns that the use case's models do not take."""
    from penstock.errors import InvalidSpec
    from penstock.features import ModelFeatures

    known = (*use_case.model.features, *ModelFeatures.of(use_case).names)
    if unknown := [name for name in columns if name not in known]:
        raise InvalidSpec(
            "Models of this use case have no such columns.",
            found=", ".join(unknown),
            expected=", ".join(known),
            where="--columns",
        )


def candidate_of(file: Path, *, name: str = "", **told: Any) -> Candidate:
    """Look into a model's file, as far as can be without running it, and return its candidate.

    Parameters
    ----------
    name
        Of the candidate; made of the file's when empty.
    told
        Fields of :class:`~penstock.specs.importing.ImportedSource`.

    Raises
    ------
    NotFound
        There is no such file.
    ModelRefused
        It is unsafe, broken, too large, or of another format than said.
    """
    from pydantic import ValidationError

    from penstock.errors import InvalidSpec
    from penstock.specs import Candidate
    from penstock.training.imported import formats

    operations.must_exist(file)
    try:
        source = formats.describe(file, **told)
        formats.check(file, source)
        return Candidate(name=name or _name_of(file), algorithm="imported", source=source)
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidSpec(
            "The model cannot be described.", found=str(first["msg"]), where=".".join(map(str, first["loc"]))
        ) from error


def bring_in(
    platform: Platform, use_case: str, file: Path, candidate: Candidate, *, reason: str
) -> dict[str, Any]:
    """Upload a model's file to where its content belongs, and ask for a training with it alone."""
    from penstock.errors import NotFound

    source = candidate.source
    if source is None:
        raise NotFound("The candidate names no file.", found=candidate.name)
    artifacts, key = platform.artifacts, source.key(use_case)
    artifacts.upload(file, key)
    answer = operations.train(
        platform, use_case, reason=reason, candidates=[candidate.model_dump(mode="json")]
    )
    return {**answer, "place": f"{artifacts.uri}/{key}", "candidate": candidate.name, "sha256": source.sha256}


def add_to(model: typer.Typer, add: Callable[..., None]) -> None:
    """Register the command."""
    add(
        model,
        "import",
        model_import,
        "penstock model import churn.skops --use-case late_invoices",
        "penstock model import churn.onnx --use-case late_invoices --columns amount,terms_days",
    )


def _listed(text: str) -> tuple[str, ...]:
    """Split by commas."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _name_of(file: Path) -> str:
    """Make a candidate's name of a file's.

    Examples
    --------
    >>> _name_of(Path("Churn v2.skops")), _name_of(Path("2024.onnx"))
    ('churn_v2', 'imported_2024')
    """
    plain = "".join(one if one.isascii() and one.isalnum() else "_" for one in file.stem.lower()).strip("_")
    return (plain if plain[:1].isalpha() else f"imported_{plain}")[:63]
