"""``model compare``, ``model find``, ``model alias`` and ``model aliases``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli.feeding import UseCaseName
from penstock.cli.governing import moment
from penstock.cli.telling import AsJson, console, print_json, say, show, table

if TYPE_CHECKING:
    from penstock.models.comparison import Comparison

Version = Annotated[str, typer.Argument(metavar="VERSION", help="A number, an alias, champion or latest.")]
_FOUND = ("use_case", "version", "stage", "candidate", "requested_by", "created_at", "run_id")


def model_compare(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    first: Version,
    second: Version,
    every: Annotated[bool, typer.Option("--all", help="Also what is the same in both.")] = False,
    as_json: AsJson = False,
) -> None:
    """Put two versions beside each other: data, code, parameters, metrics, gates, explanation, package."""
    from penstock.governance.dossier import compare_versions
    from penstock.models.aliases import Aliases

    platform = context.obj.platform()
    aliases = Aliases(platform.items("models"))
    one, other = (aliases.resolve(use_case, name) for name in (first, second))
    found = compare_versions(platform, one, other)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print_comparison(found, every=every)


def model_find(  # noqa: PLR0917
    context: typer.Context,
    use_case: Annotated[str, typer.Argument(metavar="[USE_CASE]", help="Only this use case.")] = "",
    text: Annotated[str, typer.Option(help="A part of run, candidate, submitter, snapshot or reason.")] = "",
    stage: Annotated[list[str] | None, typer.Option(help="Such as champion. Repeatable.")] = None,
    metric: Annotated[list[str] | None, typer.Option(help="Such as 'auc>=0.9'. Repeatable.")] = None,
    since: Annotated[str, typer.Option(help="Registered from this time on.")] = "",
    until: Annotated[str, typer.Option(help="Registered before this time.")] = "",
    as_json: AsJson = False,
) -> None:
    """Find versions by what is known of them."""
    from penstock.cli.listing import use_cases
    from penstock.models import ModelRepository, Stage
    from penstock.models.filters import VersionFilter

    known = {str(one) for one in Stage}
    if unknown := sorted(set(stage or ()) - known):
        raise typer.BadParameter(f"no such stage: {', '.join(unknown)}; there are {', '.join(sorted(known))}")
    wanted = VersionFilter(
        text=text,
        stages=tuple(Stage(one) for one in stage or ()),
        metrics=tuple(metric or ()),
        since=moment(since),
        until=moment(until),
    )
    platform = context.obj.platform()
    models = ModelRepository(platform.items("models"))
    found = [one for name in use_cases(platform, use_case) for one in wanted.of(models.versions(name))]
    rows = [one.model_dump(mode="json") for one in found]
    show(rows, _FOUND, as_json=as_json, empty="No version is like that.")


def model_alias(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    alias: Annotated[str, typer.Argument(metavar="ALIAS", help="Lower case, digits, _ and -.")],
    version: Annotated[int, typer.Option(min=0, help="What it stands for; 0 for the alias's end.")],
    expect: Annotated[
        int | None, typer.Option(min=0, help="Only if the alias has this revision; 0 for a new one.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Let a name of your own stand for a version; it is audited."""
    change: dict[str, Any] = {"version": version, "expect": expect} if version else {"remove": True}
    request = {"use_case": use_case, "alias": alias, **change}
    answer = context.obj.platform().call("name_version", request)
    if as_json:
        print_json(answer)
    elif answer["version"]:
        say(f"{alias} is version {answer['version']} of {use_case} (revision {answer['revision']}).")
    else:
        say(f"{alias} stands for no version of {use_case} any more.")


def model_aliases(context: typer.Context, use_case: UseCaseName, as_json: AsJson = False) -> None:
    """List the aliases of a use case's versions."""
    from penstock.models.aliases import Aliases

    found = Aliases(context.obj.platform().items("models")).all(use_case)
    rows = [one.model_dump(mode="json") for one in found]
    columns = ("name", "version", "by", "at", "revision")
    show(rows, columns, as_json=as_json, empty="There are none: penstock model alias.")


def model_review(
    context: typer.Context,
    use_case: UseCaseName,
    version: Version,
    reason: Annotated[str, typer.Option(help="What was looked at, and what was found.")],
    as_json: AsJson = False,
) -> None:
    """Record that you have reviewed a version that serves; needs an approver's role, and is audited."""
    from penstock.models.aliases import Aliases

    platform = context.obj.platform()
    found = Aliases(platform.items("models")).resolve(use_case, version)
    request = {"use_case": use_case, "version": found.version, "reason": reason}
    answer = platform.call("review_version", request)
    if as_json:
        print_json(answer)
    else:
        say(f"Version {answer['version']} of {use_case} is reviewed by {answer['reviewed_by']}.")


def model_ageing(context: typer.Context, use_case: UseCaseName, as_json: AsJson = False) -> None:
    """Show quality against model age: what earlier versions reach on the newest rows of each training."""
    from penstock.catalog import Catalog
    from penstock.evaluation.history import AgedQuality, staleness
    from penstock.models import ModelRepository
    from penstock.models.ageing import known_ages

    platform = context.obj.platform()
    model = Catalog(platform.items("catalog")).use_case(use_case).model
    versions = ModelRepository(platform.items("models")).versions(use_case)
    ages = known_ages(platform.artifacts, versions, model.metric)
    found = staleness(
        [AgedQuality.model_validate(one) for one in ages],
        metric=model.metric,
        tolerance=model.gates.champion_tolerance,
    )
    rows = [
        {"version": one["version"], "age_days": round(one["age_days"], 2), model.metric: one["metric"],
         "rows": one["rows"], "measured_at": one["at"]}
        for one in ages
    ]  # fmt: skip
    if as_json:
        print_json(found.model_dump(mode="json") if found else {"metric": model.metric, "measurements": []})
        return
    columns = ("version", "age_days", model.metric, "rows", "measured_at")
    show(rows, columns, as_json=False, empty="Nothing has been measured yet: each training measures.")
    if found and found.change_in_30_days is not None:
        due = (
            f"; a fall by the tolerance after {found.days_to_tolerance:,.3g} days"
            if found.days_to_tolerance
            else ""
        )
        say(f"{model.metric} changes by {found.change_in_30_days:+.4f} in 30 days{due}.")


def add_to(model: typer.Typer, add: Callable[..., None]) -> None:
    """Register these commands."""
    add(
        model,
        "compare",
        model_compare,
        "penstock model compare late_invoices 1 2",
        "penstock model compare late_invoices champion latest --json",
    )
    add(model, "ageing", model_ageing, "penstock model ageing late_invoices")
    add(model, "find", model_find, "penstock model find --stage champion --metric 'auc>=0.9'")
    add(
        model,
        "review",
        model_review,
        "penstock --profile approver model review late_invoices champion --reason 'no drift since'",
    )
    add(model, "alias", model_alias, "penstock model alias late_invoices spring --version 2")
    add(model, "aliases", model_aliases, "penstock model aliases late_invoices")


def _print_comparison(found: Comparison, *, every: bool) -> None:
    """Print what differs, a table a section."""
    say(f"{found.use_case}: version {found.first} and version {found.second}")
    shown = found.sections if every else found.changed()
    for section, rows in shown.items():
        lines = [
            {
                section: one.what,
                f"version {found.first}": _short(one.first),
                f"version {found.second}": _short(one.second),
                "change": None if one.change is None else f"{one.change:+.4g}",
            }
            for one in rows
        ]
        if lines:
            say("")
            console().print(table(lines, tuple(lines[0])))
    if not shown:
        say("They are the same in everything that is known of them.")


def _short(value: Any) -> Any:
    """Return a value as a cell: a hash by its beginning."""
    whole = isinstance(value, str) and len(value) == 64  # noqa: PLR2004
    return value[:12] if whole else value
