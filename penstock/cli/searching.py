"""``search``, ``lineage``, ``dataset tag``, ``dataset untag`` and ``glossary add|show|list``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from penstock.cli import tracing
from penstock.cli.feeding import UseCaseName
from penstock.cli.telling import AsJson, console, print_json, say, show, table

if TYPE_CHECKING:
    from penstock.catalog.lineage import LineageGraph
    from penstock.catalog.search import Hit, SearchResults, Snippet
    from penstock.platform import Platform

DatasetName = Annotated[str, typer.Argument(metavar="DATASET", help="One of its datasets.")]
Tags = Annotated[list[str], typer.Argument(metavar="TAG...", help="Letters, digits and _ . : / -")]
ColumnName = Annotated[str, typer.Option("--column", help="One of its columns instead of the whole dataset.")]
TermName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the term.")]
_HIT_COLUMNS = ("kind", "name", "place", "about", "updated")
_TERM_COLUMNS = ("name", "definition", "synonyms", "about", "by", "at")


def _several(name: str, help: str) -> Any:
    return typer.Option(f"--{name}", help=f"{help} Repeatable.", show_default=False)


def search(  # noqa: PLR0917
    context: typer.Context,
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[WORDS]...", help='Words, "phrases" and kind:column filters.'),
    ] = None,
    kind: Annotated[
        list[str] | None, _several("kind", "Datasets, columns, features, models ... only.")
    ] = None,
    owner: Annotated[list[str] | None, _several("owner", "What somebody owns.")] = None,
    tag: Annotated[list[str] | None, _several("tag", "What carries a tag.")] = None,
    use_case: Annotated[list[str] | None, _several("use-case", "What belongs to a use case.")] = None,
    classification: Annotated[list[str] | None, _several("classification", "Such as confidential.")] = None,
    sensitivity: Annotated[list[str] | None, _several("sensitivity", "Such as personal.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many results to show.")] = 20,
    as_json: AsJson = False,
) -> None:
    """Search use cases, datasets, columns, features, models and the glossary."""
    from penstock.catalog.search import search as ask

    filters = {
        "kind": kind,
        "owner": owner,
        "tag": tag,
        "use_case": use_case,
        "classification": classification,
        "sensitivity": sensitivity,
    }
    asked: dict[str, Any] = {name: values for name, values in filters.items() if values}
    found = ask(context.obj.platform(), " ".join(words or ()), limit=limit, **asked)
    if as_json:
        print_json(found.model_dump(mode="json"))
    else:
        _print_results(found)


def lineage(  # noqa: PLR0917
    context: typer.Context,
    node: Annotated[
        str, typer.Argument(metavar="NODE", help="Such as model:late_invoices/1, or dataset:uc/ds.")
    ] = "",
    depth: Annotated[int, typer.Option(min=1, max=1_000, help="How many steps to go each way.")] = 8,
    prediction: tracing.PredictionId = "",
    use_case: tracing.OfUseCase = "",
    day: tracing.Day = "",
    predictions: tracing.Predictions = 0,
    as_json: AsJson = False,
) -> None:
    """Show what something was made from, and what was made from it; or the files behind a prediction."""
    if prediction or predictions:
        tracing.lineage_of(
            context, node, prediction, use_case=use_case, day=day, most=predictions, as_json=as_json
        )
        return
    if not node:
        raise typer.BadParameter("give a NODE, or --prediction ID with --use-case")
    from penstock.catalog import Catalog
    from penstock.catalog.openlineage import run_events

    catalog = Catalog(context.obj.platform().items("catalog"))
    root = _newest(catalog, node)
    above, below = catalog.lineage.upstream(root, depth=depth), catalog.lineage.downstream(root, depth=depth)
    if as_json:
        both = above.model_copy(update={"edges": (*above.edges, *below.edges)})
        facts = {"upstream": above.model_dump(mode="json"), "downstream": below.model_dump(mode="json")}
        print_json({"node": root, **facts, "openlineage": run_events(both)})
        return
    say(root)
    for title, graph, lines in (("made from", above, True), ("gone into", below, False)):
        say(
            "\n".join(
                [f"{title}:", *(tree_lines(graph, upwards=lines) if graph.edges else ["  nothing known"])]
            )
        )


def dataset_tag(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    dataset: DatasetName,
    tags: Tags,
    column: ColumnName = "",
    as_json: AsJson = False,
) -> None:
    """Tag a dataset or a column; it is audited, and found by its tags."""
    _tag(context.obj.platform(), use_case, dataset, column, {"add": tags}, as_json=as_json)


def dataset_untag(  # noqa: PLR0917
    context: typer.Context,
    use_case: UseCaseName,
    dataset: DatasetName,
    tags: Tags,
    column: ColumnName = "",
    as_json: AsJson = False,
) -> None:
    """Remove tags from a dataset or a column; it is audited."""
    _tag(context.obj.platform(), use_case, dataset, column, {"remove": tags}, as_json=as_json)


def glossary_add(  # noqa: PLR0917
    context: typer.Context,
    name: TermName,
    definition: Annotated[str, typer.Option(help="What it means.")],
    synonym: Annotated[list[str] | None, _several("synonym", "Another word for it.")] = None,
    about: Annotated[
        list[str] | None,
        _several("about", "What it explains, such as column:late_invoices/invoices/days_late."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Add a term to the glossary, or change what it means; what it meant before is kept."""
    said = {"definition": definition, "synonyms": synonym or [], "nodes": about or []}
    answer = context.obj.platform().call("curate", {"action": "define", "name": name, **said})
    if as_json:
        print_json(answer)
    else:
        say(f"{answer['name']} is defined by {answer['by']}.")


def glossary_show(context: typer.Context, name: TermName, as_json: AsJson = False) -> None:
    """Show what a term means, and what it has meant."""
    from penstock.catalog import Catalog

    metadata = Catalog(context.obj.platform().items("catalog")).metadata
    term, history = metadata.term(name), metadata.term_history(name)
    if as_json:
        past = [one.model_dump(mode="json") for one in history]
        print_json({**term.model_dump(mode="json"), "history": past})
        return
    say(f"{term.name}: {term.definition}\n")
    console().print(table([_term_row(one) for one in history], _TERM_COLUMNS))


def glossary_list(context: typer.Context, as_json: AsJson = False) -> None:
    """List the terms of the glossary."""
    from penstock.catalog import Catalog

    terms = Catalog(context.obj.platform().items("catalog")).metadata.terms()
    rows = [one.model_dump(mode="json") if as_json else _term_row(one) for one in terms]
    show(rows, _TERM_COLUMNS, as_json=as_json, empty="No term is defined yet: penstock glossary add.")


def add_to(app: typer.Typer, dataset: typer.Typer, add: Callable[..., None]) -> None:
    """Register these commands."""
    add(
        app,
        "search",
        search,
        "penstock search customer email",
        "penstock search --kind column --owner finance",
    )
    add(
        app,
        "lineage",
        lineage,
        "penstock lineage model:late_invoices/1",
        "penstock --profile approver lineage --use-case late_invoices --prediction ID",
        "penstock --profile approver lineage model:late_invoices/1 --predictions 10",
    )
    add(dataset, "tag", dataset_tag, "penstock dataset tag late_invoices invoices gold domain:finance")
    add(dataset, "untag", dataset_untag, "penstock dataset untag late_invoices invoices gold")
    group = typer.Typer(
        name="glossary", help="The words of the business.", no_args_is_help=True, rich_markup_mode=None
    )
    add(
        group,
        "add",
        glossary_add,
        "penstock glossary add 'Late payment' --definition 'Paid after the due day.' --synonym overdue",
    )
    add(group, "show", glossary_show, "penstock glossary show 'Late payment'")
    add(group, "list", glossary_list, "penstock glossary list")
    app.add_typer(group)


def tree_lines(graph: LineageGraph, *, upwards: bool) -> Iterator[str]:
    """Yield a graph as the lines of a tree; what stood there before is not opened again."""
    below: dict[str, list[tuple[str, str]]] = {}
    for edge in graph.edges:
        parent, child = (edge.target, edge.source) if upwards else (edge.source, edge.target)
        below.setdefault(parent, []).append((child, f"{edge.by}, {edge.at}"))
    waiting, seen = [("", graph.root, "", True)], set[str]()
    while waiting:
        indent, node, told, last = waiting.pop()
        branch = "" if node == graph.root and not told else "└─ " if last else "├─ "
        if told:
            again = " (see above)" if node in seen and below.get(node) else ""
            yield f"  {indent}{branch}{node}  ({told}){again}"
        children = [] if node in seen else below.get(node, [])
        seen.add(node)
        deeper = indent + ("" if not told else "   " if last else "│  ")
        waiting += [(deeper, child, by, place == 0) for place, (child, by) in enumerate(reversed(children))]
    if graph.truncated:
        yield "  ... and more: raise --depth"


def _newest(catalog: Any, node: str) -> str:
    """Return a node; of a dataset its newest snapshot, which is what lineage knows."""
    from penstock.errors import NotFound

    kind, _, path = node.partition(":")
    if kind != "dataset":
        return node
    use_case, _, dataset = path.partition("/")
    catalog.contract(use_case, dataset)
    head = catalog.latest(use_case, dataset)
    if head is None:
        raise NotFound(
            "The dataset has no snapshot yet.", found=node, action="Upload a file: penstock upload."
        )
    return f"snapshot:{path}/{head.id}"


def _tag(
    platform: Platform,
    use_case: str,
    dataset: str,
    column: str,
    change: dict[str, list[str]],
    *,
    as_json: bool,
) -> None:
    place = {"use_case": use_case, "dataset": dataset, "column": column}
    answer = platform.call("curate", {"action": "tag", **place, **change})
    if as_json:
        print_json(answer)
    else:
        say(f"{answer['node']} has the tags: {', '.join(answer['tags']) or 'none'}.")


def _print_results(found: SearchResults) -> None:
    """Print results for a person: what was searched, the results, and what else they could be narrowed by."""
    if found.corrected:
        say(f"Nothing has {found.text!r}; searched for: {found.corrected}")
    if found.relaxed:
        say("Nothing has all of the words; these have some.")
    if not found.hits:
        say(
            "Nothing was found."
            if found.indexed_at
            else "Nothing is registered yet: penstock register FOLDER"
        )
        return
    console().print(table([_hit_row(hit) for hit in found.hits], _HIT_COLUMNS))
    say(f"\n{len(found.hits)} of {found.total:,}")
    for key, values in found.facets.items():
        if len(values) > 1:
            say(
                f"{key.replace('_', ' ')}: "
                + ", ".join(f"{value} ({count:,})" for value, count in values.items())
            )


def _hit_row(hit: Hit) -> dict[str, Any]:
    return {
        "kind": hit.kind.replace("_", " "),
        "name": _marked(hit.name),
        "place": hit.place,
        "about": _marked(hit.snippet),
        "updated": hit.updated_at[:10],
    }


def _marked(snippet: Snippet) -> Any:
    """Return a snippet with the words that were asked for in bold."""
    from rich.text import Text

    text = Text(snippet.text)
    for start, end in snippet.marks:
        text.stylize("bold", start, end)
    return text


def _term_row(term: Any) -> dict[str, Any]:
    facts: dict[str, Any] = term.model_dump(mode="json")
    return {**facts, "synonyms": ", ".join(term.synonyms), "about": ", ".join(term.nodes)}
