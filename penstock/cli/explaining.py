"""``explain``: why single rows were answered as they were, and what a version looks at."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli.feeding import UseCaseName
from penstock.cli.telling import AsJson, busy, console, print_json, say, show, table
from penstock.errors import InvalidSpec, NotFound, NotPermitted

if TYPE_CHECKING:
    from penstock.explanations.records import StoredExplanation
    from penstock.models import ModelVersion
    from penstock.platform import Platform

_COLUMNS = ("column", "value", "shap")
_METHODS = "auto, exact, enumeration, permutation or kernel"


@dataclass(frozen=True)
class _How:
    """How rows are explained, and how that is told."""

    method: str
    counterfactual: bool
    top: int
    html: Path | None
    as_json: bool

    @property
    def asked(self) -> dict[str, Any]:
        """Return what a request says."""
        return {"method": self.method, "counterfactual": self.counterfactual, "top": self.top}


@dataclass(frozen=True)
class _What:
    """What is to be explained."""

    use_case: str
    inference_ids: Sequence[str]
    day: str
    file: Path | None
    version: int | None
    since: str
    until: str


def explain(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    inference_id: Annotated[
        list[str] | None, typer.Option("--inference-id", help="A request that was answered; repeatable.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Ask the endpoint about these rows, CSV or JSON.")
    ] = None,
    version: Annotated[
        int | None, typer.Option(min=1, help="What this version looks at; the champion without.")
    ] = None,
    since: Annotated[str, typer.Option(help="Sum stored explanations up from this day on, 2026-07-01.")] = "",
    until: Annotated[str, typer.Option(help="Until this day.")] = "",
    batch: Annotated[
        bool, typer.Option("--batch", help="Explain captured requests, or --rows, in a job, and store them.")
    ] = False,
    rows: Annotated[str, typer.Option(help="With --batch: s3://… of Parquet or CSV with rows.")] = "",
    share: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="With --batch: explain this share of the rows.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(help="With --batch: another seed draws another share.")] = 7,
    reason: Annotated[str, typer.Option(help="With --batch: why; it is audited.")] = "asked for by hand",
    method: Annotated[str, typer.Option(help=f"How: {_METHODS}.")] = "auto",
    counterfactual: Annotated[
        bool, typer.Option("--counterfactual", help="Look for the smallest change that turns the decision.")
    ] = False,
    top: Annotated[int, typer.Option(min=1, max=100, help="How many reasons are told in words.")] = 5,
    day: Annotated[str, typer.Option(help="The day of --inference-id, where it is known.")] = "",
    html: Annotated[Path | None, typer.Option("--html", help="Write a page with plots.")] = None,
    as_json: AsJson = False,
) -> None:
    """Tell why: of an answered request, of rows in a file, of a version, or of all traffic of a time.

    Without --inference-id, --file, --since or --until: what a version looks at, as it was evaluated.
    """
    what = _What(use_case, inference_id or (), day, file, version, since, until)
    how = _How(method, counterfactual, top, html, as_json)
    _refuse_contradiction(what, batch=batch, rows=rows)
    if batch:
        drawn = {"rows": rows, "share": share, "seed": seed, "reason": reason}
        _start(context.obj.platform(), what, how, drawn)
    else:
        _kind(what)(context.obj.platform(), what, how)


def add_to(app: typer.Typer, add: Callable[..., None]) -> None:
    """Register the command."""
    add(
        app,
        "explain",
        explain,
        "penstock explain late_invoices",
        "penstock explain late_invoices --version 2 --html version-2.html",
        "penstock explain late_invoices --file rows.json --counterfactual",
        "penstock explain late_invoices --inference-id 5f0c7c1e-5d0b-4d6e-9a57-b1d2b6f3c1aa",
        "penstock explain late_invoices --batch --since 2026-07-01T00:00:00Z --share 0.1",
        "penstock explain late_invoices --since 2026-07-01 --until 2026-07-31 --json",
    )


def _refuse_contradiction(what: _What, *, batch: bool, rows: str) -> None:
    """Refuse two questions at once, what belongs to batches alone, and times that are none."""
    times = bool(what.since or what.until) and not batch
    if sum((bool(what.inference_ids), what.file is not None, times)) > 1:
        raise typer.BadParameter("give one of --inference-id, --file, or --since and --until")
    if batch and what.file is not None:
        raise typer.BadParameter("--file asks the endpoint; a batch reads --rows of the lake")
    if rows and not batch:
        raise typer.BadParameter("--rows needs --batch")
    for text in (what.since, what.until):
        _moment(text)


def _kind(what: _What) -> Callable[[Platform, _What, _How], None]:
    """Return what answers."""
    if what.file is not None:
        return _asked
    if what.inference_ids:
        return _found
    return _attributions if what.since or what.until else _global


def _start(platform: Platform, what: _What, how: _How, drawn: dict[str, Any]) -> None:
    """Have many predictions explained and stored."""
    times = {"since": _moment(what.since), "until": _moment(what.until, days=1)}
    request = {
        "use_case": what.use_case, "version": what.version, "inference_ids": list(what.inference_ids),
        **{name: one for name, one in times.items() if one}, **drawn, **how.asked,
    }  # fmt: skip
    answer = platform.call("request_explanations", request)
    if how.as_json:
        print_json(answer)
    else:
        say(
            f"Explanations are being made, asked for by {answer['requested_by']}. "
            "Watch it with: penstock executions --follow --workflow explanations"
        )


def _moment(text: str, *, days: int = 0) -> str:
    """Return a moment; of a day its beginning, or that of so many days later."""
    if not text:
        return text
    try:
        if len(text) == len("2026-07-01"):
            return f"{date.fromisoformat(text) + timedelta(days=days)}T00:00:00Z"
        datetime.fromisoformat(text)
    except ValueError as error:
        raise typer.BadParameter(f"{text} is no day or moment: give one such as 2026-07-01") from error
    return text


def _asked(platform: Platform, what: _What, how: _How) -> None:
    """Ask the endpoint."""
    from penstock.cli.predicting import rows_for
    from penstock.explanations.records import StoredExplanation
    from penstock.serving.client import EndpointClient

    assert what.file is not None  # noqa: S101
    client = EndpointClient(platform, what.use_case)
    rows = client.instances(rows_for(client.use_case, what.file))
    with _in_words_of_the_model():
        answers = client.explain(rows, **how.asked)
    found = [
        StoredExplanation.model_validate(
            {
                "time": "", "values": row, **answer, **answer["explanation"],
                "label": _text(answer.get("label")),
            }
        )
        for row, answer in zip(rows, answers, strict=True)
    ]  # fmt: skip
    _tell(found, how, title=f"{what.use_case}: {what.file.name}")


@contextmanager
def _in_words_of_the_model() -> Iterator[None]:
    """Tell why the model refused a request, as it said it."""
    from botocore.exceptions import ClientError

    try:
        yield
    except ClientError as error:
        try:
            told = json.loads(str(error.response.get("OriginalMessage")))
        except ValueError:
            raise error from None
        raise InvalidSpec(str(told.get("message", told))) from error


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _found(platform: Platform, what: _What, how: _How) -> None:
    """Look requests up, or explain them here and now."""
    found = [one for identifier in what.inference_ids for one in _of_request(platform, what, how, identifier)]
    _tell(found, how, title=f"{what.use_case}: {', '.join(what.inference_ids)}"[:200])


def _of_request(platform: Platform, what: _What, how: _How, identifier: str) -> list[StoredExplanation]:
    from penstock.explanations.asking import Ask
    from penstock.explanations.on_the_spot import explain_captured
    from penstock.explanations.store import ExplanationStore

    try:
        return ExplanationStore(platform.lake, what.use_case).find(identifier, day=what.day)
    except NotFound as nothing:
        try:
            with busy("Explaining the request"):
                ask = Ask.model_validate(how.asked)
                return explain_captured(platform, what.use_case, identifier, ask, day=what.day)
        except NotPermitted as error:
            raise error from nothing


def _global(platform: Platform, what: _What, how: _How) -> None:
    """Tell what a version looks at."""
    version = _version(platform, what)
    document = _evaluated(platform, version)
    title = f"{what.use_case}, version {version.version}"
    if _written(how, lambda page: page.global_page(document, title=title)):
        return
    rows = [{"column": name, "mean |shap|": size} for name, size in document["global_shap"].items()]
    if how.as_json:
        print_json({"use_case": what.use_case, "version": version.version, **document})
        return
    say(f"{title}: {document['rows_explained']} test rows, {document['method']}")
    show(rows, ("column", "mean |shap|"), as_json=False, empty="Nothing is known.")


def _attributions(platform: Platform, what: _What, how: _How) -> None:
    """Sum stored explanations up, and compare them with training."""
    from penstock.explanations.drift import LIMIT, attributions
    from penstock.explanations.store import ExplanationStore

    version = _version(platform, what)
    store = ExplanationStore(platform.lake, what.use_case)
    with busy("Reading explanations"):
        stored = store.explanations(version=version.version, since=what.since, until=what.until)
        training = _evaluated(platform, version)["global_shap"]
        found = attributions(stored, use_case=what.use_case, version=version.version, training=training)
    title = f"{what.use_case}, version {version.version}"
    if _written(how, lambda page: page.drift_page(found, title=title)):
        return
    if how.as_json:
        print_json({**found.model_dump(mode="json"), "violations": found.violations["violations"]})
        return
    rows = [
        {"column": name, "live": size, "training": found.training.get(name)}
        for name, size in found.global_shap.items()
    ]
    say(f"{title}: {found.rows:,} explained rows")
    show(rows, ("column", "live", "training"), as_json=False, empty="No explanation of this time is stored.")
    if found.ndcg is not None:
        verdict = f"drift of attributions: below {LIMIT}" if found.drifted else f"no drift: at least {LIMIT}"
        say(f"nDCG against training {found.ndcg:.4f} ({verdict})")


def _version(platform: Platform, what: _What) -> ModelVersion:
    """Return the version that is meant."""
    from penstock.models.aliases import Aliases

    return Aliases(platform.items("models")).resolve(what.use_case, str(what.version or "champion"))


def _evaluated(platform: Platform, version: ModelVersion) -> dict[str, Any]:
    """Read what the evaluation of a version says of it.

    Raises
    ------
    NotFound
        The version was never evaluated, or its run has been removed.
    """
    key = f"{version.evaluation_prefix.rstrip('/')}/explanation.json"
    try:
        found: dict[str, Any] = json.loads(platform.artifacts.read(key))
    except NotFound as error:
        raise NotFound(
            "This version has no explanation.",
            found=f"version {version.version} of {version.use_case}",
            expected=key,
            action="It was registered without an evaluation; train it again: penstock train.",
        ) from error
    return found


def _tell(found: Sequence[StoredExplanation], how: _How, *, title: str) -> None:
    """Print explained rows."""
    if _written(how, lambda page: page.rows_page(found, title=title)):
        return
    if how.as_json:
        print_json([one.model_dump(mode="json") for one in found])
        return
    for one in found:
        label = f", label {one.label}" if one.label is not None else ""
        say(f"{one.inference_id} row {one.row + 1}: score {one.score:.4g}{label} (version {one.version})")
        strongest = sorted(one.shap, key=lambda name: -abs(one.shap[name]))
        rows = [{"column": name, "value": one.values.get(name), "shap": one.shap[name]} for name in strongest]
        console().print(table(rows, _COLUMNS))
        say(f"base value {one.base_value:.4g}, with the SHAP values {one.output:.4g}; {one.method}")
        for reason in one.reasons:
            say(f"  - {reason}")
        _tell_change(one)


def _tell_change(one: StoredExplanation) -> None:
    """Print the smallest change that turns the decision."""
    if one.counterfactual is None:
        return
    changes = one.counterfactual.get("changes") or {}
    told = ", ".join(f"{name} {change['before']} -> {change['after']}" for name, change in changes.items())
    say(
        f"  smallest change that turns the decision: {told or one.counterfactual.get('reason', 'none found')}"
    )


def _written(how: _How, render: Callable[[Any], str]) -> bool:
    """Write the page if one is wanted; say whether nothing else is to be told."""
    if how.html is None:
        return False
    from penstock.explanations import page

    how.html.write_text(render(page), encoding="utf-8")
    if not how.as_json:
        say(f"{how.html} ({how.html.stat().st_size / 1_000:.0f} kB)")
    return not how.as_json
