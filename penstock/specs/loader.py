"""Reading a use case's folder of YAML files, and naming every mistake at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from penstock.errors import InvalidSpec
from penstock.specs.contract import Contract
from penstock.specs.documents import Document, Location, Mistake, read_document
from penstock.specs.mistakes import mistakes
from penstock.specs.usecase import UseCase

_PARTS = {
    "features": "features.yaml",
    "model": "model.yaml",
    "serving": "serving.yaml",
    "monitoring": "monitoring.yaml",
}
_BESIDE_VIEWS = ("entities", "on_demand", "services")
_MOST_SHOWN = 50


def load_use_case(folder: Path) -> UseCase:
    """Read and validate a folder of specifications.

    Parameters
    ----------
    folder
        Holds ``usecase.yaml``, ``model.yaml``, ``datasets/*.yaml`` and, as needed,
        ``features.yaml`` (key ``views``), ``serving.yaml`` and ``monitoring.yaml``.

    Raises
    ------
    InvalidSpec
        A file is missing, is no YAML, or says something that cannot be; the message names file, line and
        field of every mistake.

    Examples
    --------
    >>> load_use_case(Path("examples/breast_cancer")).name
    'breast_cancer'
    """
    files = {"usecase": read_document(folder / "usecase.yaml", "usecase.yaml")}
    contracts = [
        read_document(path, f"datasets/{path.name}") for path in sorted((folder / "datasets").glob("*.yaml"))
    ]
    for part, name in _PARTS.items():
        if (folder / name).exists():
            files[part] = read_document(folder / name, name)
    content: dict[str, Any] = {**files["usecase"].content, "datasets": [one.content for one in contracts]}
    content |= {part: files[part].content for part in _PARTS if part in files}
    if "features" in files:
        told = files["features"].content
        content["features"] = told.get("views", [])
        content |= {part: told[part] for part in _BESIDE_VIEWS if part in told}
    wrong = [mistake for one in (*files.values(), *contracts) for mistake in one.mistakes]
    wrong += [mistake for one in contracts for mistake in _nullable_keys(one)]
    return _parse(content, str(folder), lambda place: _placed(place, files, contracts), wrong)


def load_contract(path: Path) -> Contract:
    """Read and validate the contract of one dataset.

    Raises
    ------
    InvalidSpec
        The file is missing, is no YAML, or says something that cannot be.

    Examples
    --------
    >>> load_contract(Path("examples/late_invoices/datasets/invoices.yaml")).keys
    ('invoice_id',)
    """
    document = read_document(path, path.name)
    wrong = [*document.mistakes, *_nullable_keys(document)]
    try:
        contract = Contract.model_validate(document.content)
    except ValidationError as error:
        _refuse([*wrong, *mistakes(error.errors(), document.place, Contract)], str(path), "contract")
        raise
    _refuse([*wrong, *_impossible(contract, document.place)], str(path), "contract")
    return contract


def parse_use_case(document: dict[str, Any], *, where: str) -> UseCase:
    """Validate a use case given as one document.

    Raises
    ------
    InvalidSpec
        With one line a field that is wrong.
    """
    return _parse(document, where, _unplaced, [])


def _parse(
    content: dict[str, Any], where: str, place: Callable[[Location], str], wrong: list[Mistake]
) -> UseCase:
    """Validate, and raise one error with all mistakes."""
    try:
        use_case = UseCase.model_validate(content)
    except ValidationError as error:
        found = mistakes(error.errors(), place, UseCase, _entities(content))
        _refuse([*wrong, *found], where, "use case")
        raise
    for number, contract in enumerate(use_case.datasets):
        wrong += _impossible(contract, lambda at, number=number: place(("datasets", number, *at)))  # type: ignore[misc]
    _refuse(wrong, where, "use case")
    return use_case


def _entities(content: dict[str, Any]) -> list[str]:
    """Return the names of the entities that a document declares, as far as they can be read."""
    listed = content.get("entities")
    found = (one.get("name") for one in listed if isinstance(one, dict)) if isinstance(listed, list) else ()
    return [name for name in found if isinstance(name, str)]


def _refuse(wrong: list[Mistake], where: str, what: str) -> None:
    """Raise the error of a specification with mistakes, if there are any."""
    if not wrong:
        return
    lines = [str(one) for one in wrong[:_MOST_SHOWN]]
    if len(wrong) > _MOST_SHOWN:
        lines.append(f"and {len(wrong) - _MOST_SHOWN} more")
    raise InvalidSpec(
        f"The {what} has {len(wrong)} mistake(s).",
        found="\n    ".join(lines) if len(lines) > 1 else lines[0],
        where=where,
        action="Correct the fields named above; docs/reference/specs.md lists what each may hold.",
    )


def _impossible(contract: Contract, place: Callable[[Location], str]) -> Iterator[Mistake]:
    """Yield the rule that cannot be checked at all: it is refused now, not at the first file."""
    from penstock.quality import compile_contract

    try:
        compile_contract(contract)
    except InvalidSpec as error:
        context = "; ".join(text for text in (error.found, error.expected, error.where) if text)
        yield Mistake(place(("rules",)), f"{error.message} {context}".strip())


def _nullable_keys(document: Document) -> Iterator[Mistake]:
    """Yield the keys that are said to be nullable; where nothing is said, a key is not."""
    columns = document.content.get("columns")
    for number, column in enumerate(columns if isinstance(columns, list) else ()):
        if isinstance(column, dict) and column.get("key") is True and column.get("nullable") is True:
            at = ("columns", number)
            other = document.place((*at, "nullable"))
            what = f"{column.get('name')} is a key and nullable (see also {other})"
            yield Mistake(document.place((*at, "key")), what)


def _placed(at: Location, files: dict[str, Document], contracts: list[Document]) -> str:
    """Name file, line and field that a location in the whole document is about."""
    if not at:
        return "the use case"
    head, rest = at[0], at[1:]
    if head == "datasets" and rest and isinstance(rest[0], int) and rest[0] < len(contracts):
        return contracts[rest[0]].place(rest[1:])
    if head == "features" and "features" in files:
        return files["features"].place(("views", *rest))
    if head in _BESIDE_VIEWS and "features" in files:
        return files["features"].place(at)
    if head in files:
        return files[str(head)].place(rest)
    return files["usecase"].place(at)


def _unplaced(at: Location) -> str:
    """Name the file and the field of a location in a document that came as a whole."""
    parts = [str(part) for part in at]
    if not parts:
        return "the use case"
    if parts[0] in {"features", *_BESIDE_VIEWS}:
        head = "views" if parts[0] == "features" else parts[0]
        return f"{_PARTS['features']} {'.'.join([head, *parts[1:]])}"
    file = _PARTS.get(parts[0])
    return f"{file} {'.'.join(parts[1:])}".rstrip() if file else f"usecase.yaml {'.'.join(parts)}"
