"""``lineage --prediction`` and ``lineage NODE --predictions``: between one prediction and the files."""

from __future__ import annotations

from typing import Annotated

import typer

from penstock.cli.telling import console, print_json, say, show, table

PredictionId = Annotated[
    str, typer.Option("--prediction", help="The inference id of a request, in place of NODE.")
]
OfUseCase = Annotated[str, typer.Option("--use-case", help="The use case of the prediction.")]
Day = Annotated[str, typer.Option(help="Look at one day of captures only, such as 2026-07-01.")]
Predictions = Annotated[
    int, typer.Option("--predictions", min=0, help="List so many requests that NODE has gone into.")
]
_FILES = ("dataset", "file_name", "object_version", "received_at", "contract", "rows_curated")
_REQUESTS = ("inference_id", "at", "version", "rows", "variant", "capture_key")


def lineage_of(
    context: typer.Context, node: str, prediction: str, *, use_case: str, day: str, most: int, as_json: bool
) -> None:
    """Answer for a prediction, or for the predictions of a node."""
    if prediction:
        _back(context, prediction, use_case, day, as_json=as_json)
    else:
        _forward(context, node, most, as_json=as_json)


def _back(context: typer.Context, prediction: str, use_case: str, day: str, *, as_json: bool) -> None:
    """Show what a prediction came from."""
    from penstock.catalog import Catalog
    from penstock.governance.predictions import trace
    from penstock.models import ModelRepository

    if not use_case:
        raise typer.BadParameter("--prediction needs --use-case")
    platform = context.obj.platform()
    models, catalog = ModelRepository(platform.items("models")), Catalog(platform.items("catalog"))
    found = trace(catalog, models, platform.artifacts, use_case, prediction, day=day)
    if as_json:
        print_json(found.model_dump(mode="json"))
        return
    one, model = found.prediction, found.model
    say(f"prediction {one.inference_id} at {one.at}: {one.rows} rows, {one.capture_key} line {one.line}")
    say(f"  endpoint  {one.endpoint}, variant {one.variant}")
    package = model["package_sha256"][:12]
    say(f"  model     version {model['version']}, {model['candidate']}, package {package}")
    say(f"  run       {model['run_id']}")
    for title, nodes in (("features", found.features), ("snapshot", found.snapshots)):
        for name in nodes:
            say(f"  {title}  {name.partition(':')[2]}")
    say("files:")
    console().print(table([file.model_dump(mode="json") for file in found.files], _FILES))


def _forward(context: typer.Context, node: str, most: int, *, as_json: bool) -> None:
    """Show requests that something has gone into."""
    from penstock.catalog import Catalog
    from penstock.governance.predictions import predictions_of, versions_from
    from penstock.models import ModelRepository

    platform = context.obj.platform()
    versions = versions_from(Catalog(platform.items("catalog")), node)
    use_case = node.partition(":")[2].partition("/")[0]
    models = ModelRepository(platform.items("models"))
    found = predictions_of(platform.artifacts, models, use_case, versions, limit=most)
    rows = [one.model_dump(mode="json") for one in found]
    show(rows, _REQUESTS, as_json=as_json, empty="No captured request was answered from it.")
