"""``feature materialise``, ``backfill``, ``get`` and ``erase``: what is done with the values of features."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli.feeding import UseCaseName
from penstock.cli.telling import AsJson, busy, print_json, say, show

if TYPE_CHECKING:
    from penstock.platform import Platform

ViewName = Annotated[str, typer.Argument(metavar="VIEW", help="A feature view.")]
EntityName = Annotated[str, typer.Argument(metavar="ENTITY", help="An entity, such as customer.")]
Reason = Annotated[str, typer.Option(help="Why; it is audited.")]
_WATCH = "Watch it with: penstock executions --follow --workflow"
_STATUS = "status"


def materialise(
    context: typer.Context,
    use_case: UseCaseName,
    view: ViewName,
    reason: Reason = "asked for by hand",
    as_json: AsJson = False,
) -> None:
    """Materialise a view as of the newest rows, instead of waiting for its schedule."""
    asked = {"use_case": use_case, "view": view, "reason": reason}
    answer = context.obj.platform().call("request_features", asked)
    _started(answer, f"{view} is being materialised. {_WATCH} features", as_json=as_json)


def backfill(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    view: ViewName,
    since: Annotated[str, typer.Option("--from", metavar="TIME", help="First moment, ISO 8601 in UTC.")],
    until: Annotated[str, typer.Option("--to", metavar="TIME", help="The moment after the last.")],
    reason: Reason = "asked for by hand",
    as_json: AsJson = False,
) -> None:
    """Compute a range of a view again, in parts side by side; it counts when all are there."""
    asked = {"use_case": use_case, "view": view, "since": since, "until": until, "reason": reason}
    answer = context.obj.platform().call("request_features", asked)
    _started(answer, f"A backfill of {view} has started. {_WATCH} backfill", as_json=as_json)


def get(
    context: typer.Context,
    use_case: UseCaseName,
    entity: EntityName,
    keys: Annotated[list[str], typer.Argument(metavar="KEY...", help="Keys of entities.")],
    as_json: AsJson = False,
) -> None:
    """Read the features of entities from the online store, as an endpoint would now."""
    with busy("reading the online store"):
        rows = list(entity_features(context.obj.platform(), use_case, entity, keys))
    names = [name for name in rows[0] if name not in {entity, _STATUS}] if rows else []
    show(rows, (entity, *names, _STATUS), as_json=as_json, empty="Nothing was asked for.")


def erase(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    entity: EntityName,
    key: Annotated[str, typer.Argument(metavar="KEY", help="Key of the entity; it is kept nowhere.")],
    reason: Annotated[str, typer.Option(help="Why; it is audited.")],
    as_json: AsJson = False,
) -> None:
    """Erase an entity from all features, online and in every version of the offline store; approvers may."""
    asked = {"use_case": use_case, "entity": entity, "key": key, "reason": reason}
    answer = context.obj.platform().call("erase_entity", asked)
    told = f"The {entity} is being erased. {_WATCH} erasure\n"
    told += f"The certificate will be in the lake: erasures/{use_case}/{answer['id']}.json"
    _started(answer, told, as_json=as_json)


def add_to(feature: typer.Typer, add: Callable[..., None]) -> None:
    """Register the commands."""
    view = "late_invoices customer_history"
    add(feature, "materialise", materialise, f"penstock feature materialise {view}")
    add(
        feature,
        "backfill",
        backfill,
        f"penstock feature backfill {view} --from 2025-01-01 --to 2025-04-01",
    )
    add(feature, "get", get, "penstock feature get late_invoices customer C000001 C000002")
    add(
        feature,
        "erase",
        erase,
        "penstock --profile approver feature erase late_invoices customer C000001 --reason 'request 17'",
    )


def entity_features(
    platform: Platform, use_case: str, entity: str, keys: Iterable[str]
) -> Iterable[dict[str, Any]]:
    """Yield what the online store knows of each entity, and which views do not know it."""
    from penstock.catalog import Catalog
    from penstock.errors import NotFound
    from penstock.features import DynamoEntities, OnlineStore, layouts
    from penstock.features.catalogue import FeatureCatalogue

    declared = Catalog(platform.items("catalog")).use_case(use_case)
    known = FeatureCatalogue(platform.items("features")).in_force(declared)
    views = [layout for layout in layouts(known) if layout.entity == entity]
    if not views:
        entities = sorted({view.entity.name for view in known.features if view.online})
        raise NotFound(
            "No features of this entity are kept online.", found=entity, where=use_case,
            expected=", ".join(entities) or "an entity of a view that is online",
        )  # fmt: skip
    store = OnlineStore(DynamoEntities(platform.session.client("dynamodb"), platform.tables["online"]))
    asked = list(keys)
    found = store.read(use_case, views, asked)
    for place, (key, row) in enumerate(zip(asked, found.rows(), strict=True)):
        wrong = [f"{name}: {one[place]}" for name, one in found.statuses.items() if one[place] != "found"]
        yield {entity: key, **row, _STATUS: "; ".join(wrong) or "found"}


def _started(answer: dict[str, Any], told: str, *, as_json: bool) -> None:
    """Say what was started."""
    if as_json:
        print_json(answer)
    else:
        say(told)
