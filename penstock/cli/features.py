"""``feature``: what is defined, who approved it, who uses it, how fresh it is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli import engineering, materialising
from penstock.cli.feeding import UseCaseName
from penstock.cli.telling import AsJson, busy, console, print_json, say, show, table

if TYPE_CHECKING:
    from penstock.features.catalogue import Definition, FeatureCatalogue

OptionalUseCase = Annotated[
    str, typer.Argument(metavar="[USE_CASE]", help="Only this use case.", show_default=False)
]
FeatureName = Annotated[
    str,
    typer.Argument(metavar="NAME", help="A definition: NAME, NAME@VERSION or VIEW.FEATURE."),
]  # fmt: skip
ViewName = Annotated[str, typer.Argument(metavar="VIEW", help="A view: NAME, NAME@VERSION or VIEW.FEATURE.")]
Names = Annotated[
    list[str] | None, typer.Argument(metavar="[NAME]...", help="Which; all that wait when none.")
]
Reason = Annotated[str, typer.Option(help="Why; it is audited.")]
_LIST = ("use_case", "kind", "definition", "status", "features", "entity", "dataset", "sensitivity", "owner",
         "why")  # fmt: skip
_HISTORY = ("definition", "at", "by", "action", "status", "reason")
_FRESHNESS = (
    "use_case",
    "view",
    "materialised_at",
    "newest_event",
    "age",
    "rows",
    "entities",
    "stale",
    "why",
)
_STATISTICS = ("feature", "count", "nulls", "distinct", "minimum", "maximum", "mean", "newest")
_DAY = 86_400


def list_features(  # noqa: PLR0917
    context: typer.Context,
    use_case: OptionalUseCase = "",
    kind: Annotated[str, typer.Option(help="view, on_demand or service.")] = "",
    status: Annotated[str, typer.Option(help="Such as proposed or deprecated.")] = "",
    every: Annotated[bool, typer.Option("--all", help="Also older versions and what was refused.")] = False,
    as_json: AsJson = False,
) -> None:
    """List feature views, on-demand features and services with their status."""
    from penstock.features.catalogue import newest

    with busy("reading the catalogue"):
        known = _catalogue(context).definitions(use_case)
    found = [one for one in known if kind in {"", one.kind} and status in {"", str(one.status)}]
    rows = [_row(one) for one in (found if every or status else newest(found))]
    show(rows, _LIST, as_json=as_json, empty="No features are registered yet: penstock register FOLDER")


def show_feature(
    context: typer.Context, use_case: UseCaseName, name: FeatureName, as_json: AsJson = False
) -> None:
    """Show a definition: what it says, who approved it, its features and their types."""
    catalogue = _catalogue(context)
    found, feature = catalogue.resolve(use_case, name)
    said, types = catalogue.document(found), catalogue.types(found)
    document = said.model_dump(mode="json", exclude_defaults=True)
    versions = catalogue.versions(use_case, found.kind, found.name)
    if as_json:
        said_of = {"definition": found.model_dump(mode="json"), "says": document, "types": types}
        print_json({**said_of, "versions": [one.model_dump(mode="json") for one in versions]})
        return
    models = [str(use.model) for use in catalogue.uses(use_case)
              if use.uses(found.kind, found.name, found.version, feature)]  # fmt: skip
    told = [*_facts(found), ("used by", f"model version {', '.join(models)}" if models else "")]
    facts = [(field, value) for field, value in told if value not in {"", None}]
    console().print(table([{"field": field, "value": value} for field, value in facts], ("field", "value")))
    console().print()
    rows = [
        _feature_row(one, types, found)
        for one in document.get("features", ())
        if feature in {"", one["name"]}
    ]
    if rows:
        console().print(table(rows, ("feature", "type", "computed", "meaning", "deprecated")))
        console().print()
    console().print(table([_row(one) for one in versions], ("definition", "status", "registered_by",
                                                            "decided_by", "why")))  # fmt: skip


def history(
    context: typer.Context, use_case: UseCaseName, name: FeatureName, as_json: AsJson = False
) -> None:
    """Show every change of a definition, of all its versions: who, when, why."""
    catalogue = _catalogue(context)
    found = catalogue.find(use_case, name)
    rows = [
        {"definition": one.reference, **change.model_dump(mode="json")}
        for one in catalogue.versions(use_case, found.kind, found.name)
        for change in one.history
    ]
    rows.sort(key=lambda row: str(row["at"]))
    show(rows, _HISTORY, as_json=as_json, empty="Nothing has happened yet.")


def impact_of(
    context: typer.Context, use_case: UseCaseName, name: FeatureName, as_json: AsJson = False
) -> None:
    """Show what would break without a definition, or without a feature of a view."""
    from penstock.features.catalogue import impact_on

    with busy("looking at models and services"):
        found = impact_on(context.obj.platform(), use_case, name)
    if as_json:
        print_json(
            {**found.model_dump(mode="json"), "breaks": list(found.breaks), "holds": list(found.holds)}
        )
    else:
        _tell_breaks(found.reference, found.breaks)


def deprecate(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    name: FeatureName,
    reason: Reason,
    replaced_by: Annotated[str, typer.Option(help="What to use in its place.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take a deprecation back.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say that a definition should not be used any more; it is computed still for those who use it."""
    action = "restore" if undo else "deprecate"
    answer = _ask(context, action, use_case, [name], reason, replaced_by=replaced_by)
    _tell(answer, as_json=as_json)


def retire(
    context: typer.Context, use_case: UseCaseName, name: FeatureName, reason: Reason, as_json: AsJson = False
) -> None:
    """Stop computing a deprecated version for good; refused while a champion uses it."""
    _tell(_ask(context, "retire", use_case, [name], reason), as_json=as_json)


def approve(
    context: typer.Context,
    use_case: UseCaseName,
    reason: Reason,
    names: Names = None,
    as_json: AsJson = False,
) -> None:
    """Approve features that wait; who registered them may not."""
    _tell(_ask(context, "approve", use_case, names or [], reason), as_json=as_json)


def reject(
    context: typer.Context,
    use_case: UseCaseName,
    reason: Reason,
    names: Names = None,
    as_json: AsJson = False,
) -> None:
    """Reject features that wait; the versions in force stay so."""
    _tell(_ask(context, "reject", use_case, names or [], reason), as_json=as_json)


def stats(context: typer.Context, use_case: UseCaseName, name: ViewName, as_json: AsJson = False) -> None:
    """Show what the values of a view's features are like, as they were last materialised."""
    from penstock.errors import NotFound

    catalogue = _catalogue(context)
    found, feature = catalogue.resolve(use_case, name)
    observed = catalogue.observed(use_case, found.name, found.version) if found.kind == "view" else None
    if observed is None:
        raise NotFound(
            "There are no statistics.",
            found=f"{found.kind} {found.reference}, {found.status}",
            expected="a view that was materialised",
            action=f"See: penstock feature freshness {use_case}",
        )
    statistics = catalogue.observations.statistics(observed)
    rows = [{"feature": one, **values} for one, values in statistics.items() if feature in {"", one}]
    if as_json:
        print_json({**observed.model_dump(mode="json"), "features": rows})
        return
    say(f"{found.reference}: {observed.rows:,} rows of {observed.entities:,} entities, "
        f"snapshot {observed.snapshot_id}, written {observed.write_time}\n")  # fmt: skip
    console().print(table(rows, _STATISTICS))


def freshness(
    context: typer.Context,
    use_case: OptionalUseCase = "",
    name: Annotated[str, typer.Option("--view", help="Only this view.")] = "",
    as_json: AsJson = False,
) -> None:
    """Show when views were materialised, how old their newest event is; exit code 1 when one is stale."""
    from penstock.features.catalogue import freshness_of

    with busy("looking at the views"):
        found = freshness_of(context.obj.platform(), use_case, name)
    rows = [{**one.model_dump(mode="json"), "stale": one.stale, "why": list(one.why)} for one in found]
    if as_json:
        print_json(rows)
    else:
        told = [
            {**row, "view": f"{row['view']}@{row['version']}", "why": "; ".join(row["why"]), "age": _age(row)}
            for row in rows
        ]
        show(told, _FRESHNESS, as_json=False, empty="No view is in force.")
    if any(one.stale for one in found):
        raise typer.Exit(1)


def add_to(feature: typer.Typer, add: Callable[..., None]) -> None:
    """Register the commands."""
    place = "late_invoices customer_history"
    approver = "penstock --profile approver feature"
    add(
        feature,
        "list",
        list_features,
        "penstock feature list",
        "penstock feature list late_invoices --status proposed",
    )
    add(
        feature,
        "show",
        show_feature,
        f"penstock feature show {place}",
        f"penstock feature show {place}@1 --json",
    )
    add(feature, "history", history, f"penstock feature history {place}")
    add(
        feature,
        "impact",
        impact_of,
        f"penstock feature impact {place}",
        f"penstock feature impact {place}.late_share",
    )
    add(
        feature,
        "deprecate",
        deprecate,
        f"penstock feature deprecate {place}.mean_amount --reason 'the median is steadier'",
        f"penstock feature deprecate {place} --reason 'it is needed after all' --undo",
    )
    add(feature, "retire", retire, f"penstock feature retire {place}@1 --reason 'no model uses it'")
    add(
        feature,
        "approve",
        approve,
        f"{approver} approve late_invoices --reason 'reviewed all that waits'",
        f"{approver} approve {place} --reason 'the window fits'",
    )
    add(feature, "reject", reject, f"{approver} reject {place} --reason 'the window is too long'")
    add(
        feature,
        "stats",
        stats,
        f"penstock feature stats {place}",
        f"penstock feature stats {place}.late_share",
    )
    add(
        feature,
        "freshness",
        freshness,
        "penstock feature freshness",
        "penstock feature freshness late_invoices --json",
    )
    materialising.add_to(feature, add)
    engineering.add_to(feature, add)


def _catalogue(context: typer.Context) -> FeatureCatalogue:
    from penstock.features.catalogue import feature_catalogue

    return feature_catalogue(context.obj.platform())


def _ask(  # noqa: PLR0917
    context: typer.Context,
    action: str,
    use_case: str,
    names: Iterable[str],
    reason: str,
    replaced_by: str = "",
) -> dict[str, Any]:
    from penstock.features.catalogue import change_features

    with busy(f"asking to {action}"):
        return change_features(
            context.obj.platform(), action, use_case, names, reason=reason, replaced_by=replaced_by
        )


def _row(one: Definition) -> dict[str, Any]:
    ending = one.ending.reason if one.ending else ""
    return {
        **one.model_dump(mode="json", exclude={"history"}),
        "definition": one.reference,
        "features": one.feature_count,
        "why": "; ".join(one.needs) if one.status == "proposed" else ending or one.reason,
    }


def _facts(one: Definition) -> list[tuple[str, Any]]:
    return [
        ("kind", one.kind), ("definition", one.reference), ("status", str(one.status)),
        ("meaning", one.meaning), ("owner", one.owner), ("tags", ", ".join(one.tags)),
        ("entity", one.entity), ("dataset", one.dataset), ("sensitivity", one.sensitivity),
        ("made of", ", ".join(map(str, one.pins))), ("registered by", one.registered_by),
        ("registered at", one.registered_at), ("waits because", "; ".join(one.needs)
                                               if one.status == "proposed" else ""),
        ("decided by", one.decided_by), ("because", one.reason),
        ("deprecated", one.ending.reason if one.ending else ""),
        ("use instead", one.ending.replaced_by if one.ending else ""), ("digest", one.digest[:16]),
    ]  # fmt: skip


def _feature_row(said: dict[str, Any], types: dict[str, str], one: Definition) -> dict[str, Any]:
    """Return a feature as a row: in words how it is computed."""
    of = said.get("of") or said.get("expression") or "rows"
    computed = f"{said['aggregate']} of {of}" if said.get("aggregate") else f"newest {of}"
    more = [f"where {said['where']}" if said.get("where") else "",
            f"over {said['window']}" if said.get("window") else ""]  # fmt: skip
    ended = one.ended_features.get(said["name"])
    return {
        "feature": said["name"],
        "type": types.get(said["name"], ""),
        "computed": " ".join([computed, *filter(None, more)]),
        "meaning": said.get("meaning", ""),
        "deprecated": ended.reason if ended else (said.get("deprecated") or {}).get("reason", ""),
    }


def _age(row: dict[str, Any]) -> str:
    seconds = row["age_seconds"]
    if seconds is None:
        return ""
    return f"{seconds / 3_600:.1f} hours" if seconds < 2 * _DAY else f"{seconds // _DAY:,} days"


def _tell(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print_json(answer)
        return
    for one in answer["definitions"]:
        say(f"{one['kind']} {one['name']}@{one['version']} is {one['status']}, by {answer['by']}")
    for one in answer["impact"]:
        _tell_breaks(one["reference"], one["breaks"])
    for due in answer["due"]:
        say(f"{', '.join(due['views'])}: materialised now. "
            "Watch it with: penstock executions --follow --workflow features")  # fmt: skip


def _tell_breaks(reference: str, breaks: Iterable[str]) -> None:
    """Print what would break."""
    found = list(breaks)
    if not found:
        say(f"Nothing uses {reference}.")
        return
    say(f"Without {reference} these would break:")
    for one in found:
        say(f"  {one}")
