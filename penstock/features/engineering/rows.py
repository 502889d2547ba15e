"""The rows of a use case with all features of its model, as training would have them."""

# ruff: noqa: S608 - names enter SQL only through penstock.tables

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidSpec, NotFound
from penstock.features.engineering.data_leaks import answers_too_early
from penstock.features.engineering.leaks import Leak, columns_of, definition_leaks, made_of
from penstock.features.engineering.selecting import Question
from penstock.features.engineering.source import Source, data_files, open_rows
from penstock.features.engineering.step import MOMENTS
from penstock.specs.feature_sets import feature_types
from penstock.specs.features import span
from penstock.tables import engine, literal, quoted

if TYPE_CHECKING:
    from penstock.features.engineering.importance import Tell
    from penstock.specs import Target, UseCase
    from penstock.specs.features import FeatureView, Span

_BEFORE = "__before"


@dataclass(frozen=True)
class Training:
    """What :func:`training_rows` yields: rows, what to ask of them, and the leaks that definitions show."""

    source: Source
    question: Question
    leaks: tuple[Leak, ...]


@contextmanager
def training_rows(
    use_case: UseCase,
    data: Mapping[str, Sequence[Path]],
    *,
    label_known: str | None = None,
    known_ahead: Sequence[str] = (),
    delay: Span = "1 day",
    tell: Tell | None = None,
) -> Iterator[Training]:
    """Compute a model's features for every row of its dataset, point-in-time right, and once more delayed.

    Parameters
    ----------
    use_case
        Its model names dataset, target, moment, columns, views and on-demand features.
    data
        Curated Parquet or CSV files, or folders of them, of each dataset.
    label_known
        The column that says when a row's answer became known.
    known_ahead
        Moments that are known before they come, such as a due date.
    delay
        How much older views' features are for the check that compares.
    tell
        Is told of progress.

    Raises
    ------
    NotFound
        A dataset that is needed has no files.
    """
    say = tell or (lambda _what, _share: None)
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        found = [*definition_leaks(use_case), *_early(use_case, data, label_known)]
        spine = _spine(use_case, data, folder)
        joined = _joined(use_case, data, spine, folder, delay=delay, say=say)
        with open_rows([joined], beside=folder) as source:
            on_demand = [(one.name, one.expression, one.type) for one in use_case.model_on_demand]
            question = _question(use_case, source, known_ahead, delay)
            yield Training(source.with_columns(on_demand), question, tuple(found))


def _question(use_case: UseCase, source: Source, known_ahead: Sequence[str], delay: Span) -> Question:
    """Return what is asked of the rows of a use case."""
    model, views, target = use_case.model, use_case.model_views, question_of(use_case)
    origins: dict[str, Any] = {one.name: ("view", view.name) for view in views for one in view.features}
    origins |= {one.name: ("on demand", None) for one in use_case.model_on_demand}
    moments = {name for name, kind in source.types.items() if kind in MOMENTS}
    own = moments - {*known_ahead, model.timestamp}
    reads = {
        one.name: tuple(name for name in columns_of(one.expression) if name in own)
        for one in use_case.model_on_demand
    }
    delayed = {name: name + _BEFORE for name in origins if name + _BEFORE in source.types}
    return Question(
        target=target.column, above=target.above, moment=model.timestamp,
        features=(*model.features, *origins), origins=origins,
        reads_moments={name: columns for name, columns in reads.items() if columns},
        delayed=delayed, delay=delay,
    )  # fmt: skip


def _early(use_case: UseCase, data: Mapping[str, Sequence[Path]], label_known: str | None) -> Iterator[Leak]:
    """Yield features of views that count answers before ``label_known``."""
    model, contract = use_case.model, use_case.contract(use_case.model.dataset)
    views = [view for view in use_case.model_views if view.dataset == model.dataset]
    if label_known is None or contract is None or not views:
        return
    with open_rows(_files(data, model.dataset)) as source:
        for name in (label_known, *(view.timestamp for view in views)):
            source.type(name)
        for view in views:
            made = made_of(contract, question_of(use_case).column)
            yield from answers_too_early(source, view, made, label_known)


def question_of(use_case: UseCase) -> Target:
    """Return the yes/no question of a use case's model.

    Raises
    ------
    InvalidSpec
        It asks another one.
    """
    model = use_case.model
    if model.target is None or model.problem != "binary":
        raise InvalidSpec(
            "Features are selected for a yes/no question.",
            found=f"problem: {model.problem}",
            expected="problem: binary",
            where=use_case.name,
            action="Give --target and --above to ask one of a column.",
        )
    return model.target


def _files(data: Mapping[str, Sequence[Path]], dataset: str) -> list[Path]:
    if dataset not in data:
        raise NotFound(
            "A dataset has no rows.", found=", ".join(data) or "none", expected=dataset,
            action=f"Give its curated files: --data {dataset}=FOLDER.",
        )  # fmt: skip
    return data_files(data[dataset])


def _spine(use_case: UseCase, data: Mapping[str, Sequence[Path]], folder: Path) -> Path:
    """Write the rows that are predicted, with the columns that the model reads."""
    model = use_case.model
    with open_rows(_files(data, model.dataset), beside=folder) as source:
        wanted = dict.fromkeys(
            [*model.features, question_of(use_case).column, *([model.timestamp] if model.timestamp else [])]
        )
        wanted |= dict.fromkeys(view.entity.key for view in use_case.model_views)
        read = [name for one in use_case.model_on_demand for name in columns_of(one.expression)]
        wanted |= dict.fromkeys(name for name in read if name in source.types)
        for name in wanted:
            source.type(name)
        path = folder / "spine.parquet"
        columns = ", ".join(map(quoted, wanted))
        source.connection.execute(
            f"COPY (SELECT {columns} FROM {source.relation} ORDER BY __place) "
            f"TO {literal(str(path))} (FORMAT parquet)"
        )
    return path


def _joined(
    use_case: UseCase,
    data: Mapping[str, Sequence[Path]],
    spine: Path,
    folder: Path,
    *,
    delay: Span,
    say: Tell,
) -> Path:
    """Write the rows with the features of views, and these as they were earlier beside them."""
    from penstock.features import join

    views = use_case.model_views
    moment = use_case.model.timestamp
    if not views or moment is None:
        return spine
    made = []
    for place, view in enumerate(views):
        say(f"computing view {view.name}", place / len(views))
        made.append((view, _materialised(use_case, view, data, folder)))
    joined, before, both = (folder / f"{name}.parquet" for name in ("joined", "before", "both"))
    say("joining", 0.0)
    join(spine=spine, timestamp=moment, views=made, output=joined)
    say("joining what was known earlier", 0.5)
    _shift(spine, folder / "earlier.parquet", moment, delay)
    join(spine=folder / "earlier.parquet", timestamp=moment, views=made, output=before)
    names = [one.name for view in views for one in view.features]
    _beside(joined, before, names, both)
    return both


def _materialised(
    use_case: UseCase, view: FeatureView, data: Mapping[str, Sequence[Path]], folder: Path
) -> list[Path]:
    """Compute a view; return its files."""
    from penstock.features import materialise

    contract = use_case.contract(view.dataset)
    types = feature_types(view, contract) if contract else None
    files = _parquet(_files(data, view.dataset), folder / f"{view.dataset}.parquet")
    made = materialise(
        view, files, folder / "views" / view.name, types=types, latest=folder / f"{view.name}.latest"
    )
    return [file.path for file in made.files]


def _parquet(files: list[Path], target: Path) -> list[Path]:
    """Return files as Parquet: what else they are is written anew."""
    if all(file.suffix.lower() == ".parquet" for file in files):
        return files
    if not target.exists():
        with open_rows(files, beside=target.parent) as source:
            columns = ", ".join(map(quoted, source.types))
            source.connection.execute(
                f"COPY (SELECT {columns} FROM {source.relation}) TO {literal(str(target))} (FORMAT parquet)"
            )
    return [target]


def _shift(spine: Path, target: Path, moment: str, delay: Span) -> None:
    """Write the rows as if they were predicted earlier."""
    seconds = f"{span(delay).total_seconds():.0f} seconds"
    earlier = f"{quoted(moment)}::TIMESTAMP - INTERVAL {literal(seconds)} AS {quoted(moment)}"
    _copy(f"SELECT * REPLACE ({earlier}) FROM {_read(spine)}", target)


def _beside(joined: Path, before: Path, names: Sequence[str], target: Path) -> None:
    """Write the rows with both states of the features."""
    columns = ", ".join(f"b.{quoted(name)} AS {quoted(name + _BEFORE)}" for name in names)
    _copy(f"SELECT j.*, {columns} FROM {_read(joined)} AS j POSITIONAL JOIN {_read(before)} AS b", target)


def _copy(query: str, target: Path) -> None:
    with engine(beside=target.parent) as (connection, _):
        connection.execute(f"COPY ({query}) TO {literal(str(target))} (FORMAT parquet)")


def _read(path: Path) -> str:
    return f"read_parquet({literal(str(path))}, hive_partitioning=false)"
