"""``feature suggest`` and ``select``: what to engineer, and which features earn their cost; offline."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli.telling import AsJson, console, print_json, say, show

if TYPE_CHECKING:
    from penstock.features.engineering import Selection, Source, Step, Suggestion
    from penstock.features.engineering.selecting import Question
    from penstock.specs import UseCase

RowFiles = Annotated[list[Path], typer.Argument(help="Parquet or CSV files, or folders of them.")]
UseCaseFolder = Annotated[
    Path | None, typer.Option(help="Take target, moment and columns from this folder of specifications.")
]
Target = Annotated[str, typer.Option(help="Column of the answer.")]
Above = Annotated[float | None, typer.Option(help="The answer is yes above this number.")]
Timestamp = Annotated[str, typer.Option(help="Column with the moment at which a row is predicted.")]
Seed = Annotated[int, typer.Option(help="Equal seeds give equal results.")]
Columns = Annotated[
    list[str] | None, typer.Option("--column", help="Look at this column; repeat it for more.")
]
_TABLE = ("verdict", "feature", "from", "auc_alone", "in_model", "group", "bytes_read", "missing", "why")
_LEAKS = ("severity", "feature", "found", "action")


def suggest(
    files: RowFiles,
    *,
    use_case: UseCaseFolder = None,
    target: Target = "",
    above: Above = None,
    timestamp: Timestamp = "",
    column: Columns = None,
    view: Annotated[str, typer.Option(help="Suggest sliding windows for this view of the use case.")] = "",
    plan: Annotated[Path | None, typer.Option(help="Expand this plan instead.")] = None,
    learn_where: Annotated[
        str, typer.Option(help="SQL: learn edges and categories from these rows alone.")
    ] = "",
    expanded: Annotated[bool, typer.Option("--expand", help="Print features, not steps.")] = False,
    to: Annotated[Path | None, typer.Option(help="Write to this file instead.")] = None,
    most: Annotated[int, typer.Option(help="Suggestions at most.", min=1)] = 20,
    seed: Seed = 7,
    as_json: AsJson = False,
) -> None:
    """Suggest what to engineer from columns, as a plan to review, or expand a plan into features."""
    from penstock.features.engineering import expand, open_rows, write_plan

    with open_rows(files) as every, _progress() as tell:
        source = every.kept(learn_where or None)
        if plan is not None:
            steps, reasons = _plan(plan), list[str]()
            expanded = True
        else:
            asked = _asked(use_case, target, above, timestamp)
            found = _suggested(source, use_case, view, asked, column, most=most, seed=seed, tell=tell)
            steps, reasons = [one.step for one in found], [one.because for one in found]
        made = expand(steps, source) if expanded else None
    text = made.as_yaml() if made else write_plan(steps, reasons)
    if to is not None:
        to.write_text(text, encoding="utf-8")
    if as_json:
        listed = [
            {"step": step.document(), "because": why} for step, why in zip(steps, reasons, strict=False)
        ]
        print_json(made.document() if made else listed)
    elif to is None:
        print(text, end="")
    else:
        say(f"{to} is a draft: review it before you use it.")


def select(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Parquet or CSV files with features and target."),
    ] = None,
    *,
    use_case: UseCaseFolder = None,
    data: Annotated[
        list[str] | None, typer.Option(help="DATASET=FOLDER: curated files of a dataset of the use case.")
    ] = None,
    target: Target = "",
    above: Above = None,
    timestamp: Timestamp = "",
    column: Columns = None,
    label_known: Annotated[str, typer.Option(help="Column that says when a row's answer became known.")] = "",
    known: Annotated[
        list[str] | None, typer.Option(help="A moment that is known before it comes, such as a due date.")
    ] = None,
    delay: Annotated[str, typer.Option(help="Compare views' features with so much older ones.")] = "1 day",
    rows: Annotated[int, typer.Option(help="Look at about so many rows.", min=1_000)] = 60_000,
    html: Annotated[Path | None, typer.Option(help="Write a page to this file.")] = None,
    seed: Seed = 7,
    as_json: AsJson = False,
) -> None:
    """Tell which features earn their cost, and which may leak the answer."""
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # threads that wait shall not spin
    from penstock.features.engineering import Question, open_rows, training_rows
    from penstock.features.engineering import select as weigh

    with _progress() as tell:
        if use_case is not None:
            spec = _loaded(use_case)
            folders = _folders(data or [])
            _check(delay)
            with training_rows(
                spec,
                folders,
                label_known=label_known or None,
                known_ahead=known or (),
                delay=delay,
                tell=tell,
            ) as found:
                selection = weigh(
                    found.source, found.question, name=spec.name, leaks=found.leaks, most_rows=rows,
                    seed=seed, tell=tell,
                )  # fmt: skip
        else:
            if not files or not target:
                raise typer.BadParameter("give files and --target, or --use-case and --data")
            with open_rows(files) as source:
                features = tuple(column or (name for name in source.types if name not in {target, timestamp}))
                question = Question(target, features, above=above, moment=timestamp or None)
                selection = weigh(source, question, name=files[0].stem, most_rows=rows, seed=seed, tell=tell)
    _tell(selection, html, as_json=as_json)


def add_to(feature: typer.Typer, add: Callable[..., None]) -> None:
    """Register the commands."""
    folder = "examples/late_invoices"
    add(
        feature, "suggest", suggest,
        f"penstock feature suggest curated/ --use-case {folder} --to plan.yaml",
        "penstock feature suggest curated/ --plan plan.yaml --learn-where 'amount > 0'",
    )  # fmt: skip
    add(
        feature, "select", select,
        f"penstock feature select --use-case {folder} --data invoices=curated/ --label-known settled_on",
        "penstock feature select train.parquet --target label",
    )  # fmt: skip


def _plan(path: Path) -> list[Step]:
    from penstock.errors import NotFound
    from penstock.features.engineering import read_plan

    if not path.is_file():
        raise NotFound(
            "There is no such plan.", found=str(path), expected="a YAML file with a list 'engineer'"
        )
    return list(read_plan(path.read_text(encoding="utf-8")))


def _suggested(
    source: Source,
    folder: Path | None,
    view: str,
    question: Question | None,
    columns: Sequence[str] | None,
    **options: Any,
) -> list[Suggestion]:
    """Return what is suggested: windows for a view, or steps for columns."""
    from penstock.errors import NotFound
    from penstock.features.engineering import suggest as look
    from penstock.features.engineering import suggest_rolling

    spec = _loaded(folder) if folder else None
    if not view:
        named = list(columns or ())
        if spec and not named:
            named = [*spec.model.features, *([spec.model.timestamp] if spec.model.timestamp else [])]
        return look(source, columns=named or None, question=question, **options)
    found = spec.view(view) if spec else None
    if found is None:
        raise NotFound("There is no such view.", found=view, where=str(folder or "no --use-case"))
    return suggest_rolling(found, source)


def _asked(folder: Path | None, target: str, above: float | None, timestamp: str) -> Question | None:
    """Return the question of the options, or of a use case's model; None without a target."""
    from penstock.features.engineering import Question

    if target:
        return Question(target, (), above=above, moment=timestamp or None)
    if folder is None:
        return None
    from penstock.features.engineering.rows import question_of

    use_case = _loaded(folder)
    asked = question_of(use_case)
    return Question(asked.column, (), above=asked.above, moment=use_case.model.timestamp)


def _loaded(folder: Path) -> UseCase:
    from penstock.specs.loader import load_use_case

    return load_use_case(folder)


def _folders(data: Sequence[str]) -> dict[str, list[Path]]:
    """Return the paths of each dataset."""
    found: dict[str, list[Path]] = {}
    for one in data:
        name, equals, path = one.partition("=")
        if not equals or not path:
            raise typer.BadParameter(f"--data is DATASET=FOLDER, found {one!r}")
        found.setdefault(name, []).append(Path(path))
    return found


def _check(delay: str) -> None:
    """Refuse what is no span of time."""
    from pydantic import TypeAdapter, ValidationError

    from penstock.specs.features import Span

    try:
        TypeAdapter(Span).validate_python(delay)
    except ValidationError as error:
        raise typer.BadParameter(f"--delay is like '30 days' or '6 hours', found {delay!r}") from error


@contextmanager
def _progress() -> Iterator[Callable[[str, float], None]]:
    """Show what is being done on the error stream, where somebody watches."""
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    printer = console(stderr=True)
    shown = Progress(
        TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn(), console=printer,
        transient=True, disable=not printer.is_terminal,
    )  # fmt: skip
    with shown:
        task = shown.add_task("reading rows", total=1.0)
        yield lambda what, share: shown.update(task, description=what, completed=share)


def _tell(found: Selection, html: Path | None, *, as_json: bool) -> None:
    """Print a selection, and write its page."""
    from penstock.features.engineering.report import render, table_rows

    if html is not None:
        html.write_text(render(found), encoding="utf-8")
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    show(table_rows(found), _TABLE, as_json=False, empty="There are no features.")
    parts = ", ".join(f"{count} {verdict}" for verdict, count in found.verdicts().items())
    score = f"; AUC of all together {found.auc.value:.3f}" if found.auc else ""
    held = "the newest" if found.split == "time" else "by chance"
    say(f"\n{parts}{score}. {found.sampled:,} of {found.rows:,} rows, {found.held_rows:,} held out ({held}).")
    if found.leaks:
        say("\nSigns of leaks:")
        show([one.model_dump() for one in found.leaks], _LEAKS, as_json=False, empty="")
