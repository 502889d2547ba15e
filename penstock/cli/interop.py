"""``feature export`` and ``feature import``: definitions and rows of other tools, offline."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli.telling import AsJson, busy, print_json, say
from penstock.errors import InvalidSpec

if TYPE_CHECKING:
    from penstock.features.interop.differences import Unsaid
    from penstock.specs import FeatureView, UseCase


class Tool(StrEnum):
    """What features are written for."""

    feast = "feast"
    sagemaker = "sagemaker"


class Source(StrEnum):
    """What definitions are read from."""

    feast = "feast"


class Store(StrEnum):
    """Feast's offline stores on one machine."""

    file = "file"
    duckdb = "duckdb"


def export(  # noqa: PLR0917
    folder: Annotated[Path, typer.Argument(help="The use case's folder.", exists=True, file_okay=False)],
    to: Annotated[Tool, typer.Option(help="For which tool.")],
    output: Annotated[Path, typer.Option(help="Folder to write.")],
    rows: Annotated[
        Path | None, typer.Option(help="A copy of the lake, with the folder 'features': write rows too.")
    ] = None,
    lake: Annotated[
        str, typer.Option(help="feast: address of the lake, for definitions that read it as it is.")
    ] = "",
    store: Annotated[Store, typer.Option(help="feast: its offline store.")] = Store.file,
    role: Annotated[str, typer.Option(help="sagemaker: ARN of the role that writes the offline store.")] = "",
    s3_uri: Annotated[str, typer.Option(help="sagemaker: where the offline store lies.")] = "",
    as_json: AsJson = False,
) -> None:
    """Write a use case's features for another tool, and tell what that cannot say the same."""
    from penstock.specs import load_use_case

    use_case = load_use_case(folder)
    output.mkdir(parents=True, exist_ok=True)
    with busy(f"writing the features of {use_case.name}"):
        if to == Tool.feast:
            written, unsaid = _feast(use_case, output, rows, (lake, store.value))
        else:
            written, unsaid = list(_sagemaker(use_case, output, rows, (role, s3_uri))), ()
    if as_json:
        print_json({"files": [str(file) for file in written], "unsaid": [vars(one) for one in unsaid]})
        return
    for file in written:
        say(str(file))
    for one in unsaid:
        say(f"# {one}")


def import_(
    file: Annotated[
        Path, typer.Argument(help="What feast registry-dump prints.", exists=True, dir_okay=False)
    ],
    of: Annotated[Source, typer.Option("--from", help="From which tool.")],
    to: Annotated[Path | None, typer.Option(help="Write features.yaml to this file.")] = None,
    as_json: AsJson = False,
) -> None:
    """Read another tool's definitions as features.yaml, and tell what could not be taken over."""
    import yaml

    from penstock.features.interop.feast import from_feast

    try:
        registry = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        action = f"Print it with: {of.value} registry-dump > registry.json"
        raise InvalidSpec(
            "The registry is not JSON.", found=str(error), where=str(file), action=action
        ) from error
    imported = from_feast(registry if isinstance(registry, dict) else {})
    if as_json:
        print_json({**imported.document(), "unsaid": [vars(one) for one in imported.unsaid]})
        return
    notes = "".join(f"# {one}\n" for one in imported.unsaid)
    text = notes + yaml.safe_dump(imported.document(), sort_keys=False, allow_unicode=True)
    if to is None:
        print(text, end="")
        return
    to.write_text(text, encoding="utf-8")
    say(f"{len(imported.views)} views, {len(imported.services)} services are in {to}.")
    for one in imported.unsaid:
        say(f"# {one}")


def add_to(feature: typer.Typer, add: Callable[..., None]) -> None:
    """Register the commands."""
    place = "examples/late_invoices"
    add(
        feature, "export", export,
        f"penstock feature export {place} --to feast --lake s3://lake --output feast",
        f"penstock feature export {place} --to feast --rows lake --output feast",
        f"penstock feature export {place} --to sagemaker --role arn:aws:iam::123456789012:role/features "
        "--s3-uri s3://lake/offline --output groups",
    )  # fmt: skip
    add(feature, "import", import_, "penstock feature import registry.json --from feast --to features.yaml")


def _feast(
    use_case: UseCase, output: Path, rows: Path | None, how: tuple[str, Any]
) -> tuple[list[Path], Sequence[Unsaid]]:
    """Write a Feast repository, and the rows that it reads if there are some."""
    from penstock.features.interop.feast import copy_rows, to_feast

    lake, store = how
    if (rows is None) == (not lake):
        raise InvalidSpec("Nothing says where the rows are.", expected="--rows FOLDER or --lake ADDRESS")
    written = []
    if rows is not None:
        for view in use_case.features:
            written.append(output / "rows" / f"{view.name}.parquet")
            copy_rows(view, _types(use_case, view), _rows(use_case, view, rows), written[-1])
        made = to_feast(use_case, source=lambda view: f"rows/{view.name}.parquet", store=store)
    else:
        from penstock.features.offline import view_prefix

        made = to_feast(
            use_case, rows="stored", store=store,
            source=lambda view: f"{lake.rstrip('/')}/{view_prefix(use_case.name, view)}/data",
        )  # fmt: skip
    (output / "data").mkdir(exist_ok=True)
    for name, text in made.files.items():
        written.append(output / name)
        written[-1].write_text(text, encoding="utf-8")
    return written, made.unsaid


def _sagemaker(use_case: UseCase, output: Path, rows: Path | None, how: tuple[str, str]) -> Iterator[Path]:
    """Write a request a view, and its rows in the layout of the offline store if there are some."""
    from penstock.features.interop.sagemaker import creation_request, feature_group, write_offline

    role, s3_uri = how
    if not role or not s3_uri:
        raise InvalidSpec(
            "A feature group needs a role and a place.", expected="--role ARN and --s3-uri ADDRESS"
        )
    for view in use_case.features:
        group = feature_group(view, _types(use_case, view), use_case=use_case.name)
        request = creation_request(
            group, role_arn=role, s3_uri=s3_uri, online=view.online, description=view.meaning,
            time_to_live_days=view.time_to_live_days,
            tags={"penstock:use_case": use_case.name, "penstock:view": view.name},
        )  # fmt: skip
        file = output / f"{group.name}.json"
        file.write_text(f"{json.dumps(request, indent=1)}\n", encoding="utf-8")
        yield file
        if rows is not None:
            write_offline(group, _rows(use_case, view, rows), output / group.name)
            yield output / group.name


def _types(use_case: UseCase, view: FeatureView) -> dict[str, Any]:
    """Return the types of a view's features."""
    from penstock.specs.feature_sets import feature_types

    contract = use_case.contract(view.dataset)
    return dict(feature_types(view, contract)) if contract else {}


def _rows(use_case: UseCase, view: FeatureView, lake: Path) -> Path:
    """Return the folder of a view's rows in a copy of the lake."""
    from penstock.features.offline import view_prefix

    return lake / view_prefix(use_case.name, view) / "data"
