"""Reading a use case's folder of YAML files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from penstock.errors import InvalidSpec
from penstock.specs.usecase import UseCase

_PARTS = {
    "features": "features.yaml",
    "model": "model.yaml",
    "serving": "serving.yaml",
    "monitoring": "monitoring.yaml",
}


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
        A file is missing, is no YAML, or says something that cannot be; the message names file and field.

    Examples
    --------
    >>> load_use_case(Path("examples/breast_cancer")).name
    'breast_cancer'
    """
    document = _read(folder / "usecase.yaml")
    contracts = sorted((folder / "datasets").glob("*.yaml"))
    document["datasets"] = [_read(path) for path in contracts]
    for part, name in _PARTS.items():
        path = folder / name
        if path.exists():
            document[part] = _read(path)
    views = document.get("features")
    if isinstance(views, dict):
        document["features"] = views.get("views", [])
    return parse_use_case(document, where=str(folder), files=[path.name for path in contracts])


def parse_use_case(document: dict[str, Any], *, where: str, files: list[str] | None = None) -> UseCase:
    """Validate a use case given as one document.

    Raises
    ------
    InvalidSpec
        With one line a field that is wrong.
    """
    try:
        return UseCase.model_validate(document)
    except ValidationError as error:
        lines = [f"{_place(entry['loc'], files or [])}: {entry['msg']}" for entry in error.errors()]
        raise InvalidSpec(
            f"The use case has {len(lines)} mistake(s).",
            found="; ".join(lines),
            where=where,
            action="Correct the fields named above; docs/reference/specs.md lists what each may hold.",
        ) from error


def _place(location: tuple[int | str, ...], files: list[str]) -> str:
    """Name the file and the field that a validation error is about."""
    parts = [str(part) for part in location]
    if not parts:
        return "the use case"
    head, rest = parts[0], parts[1:]
    if head == "datasets" and rest and rest[0].isdigit() and int(rest[0]) < len(files):
        return f"datasets/{files[int(rest[0])]} {'.'.join(rest[1:])}".rstrip()
    file = _PARTS.get(head)
    return f"{file} {'.'.join(rest)}".rstrip() if file else f"usecase.yaml {'.'.join(parts)}"


def _read(path: Path) -> dict[str, Any]:
    """Read one YAML mapping."""
    try:
        document = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InvalidSpec(
            "A specification file is missing.",
            expected=str(path),
            action="Create it, or name another folder.",
        ) from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise InvalidSpec(
            "A specification file is not YAML.",
            found=str(error),
            where=str(path),
            action="Correct the line named above.",
        ) from error
    if not isinstance(document, dict):
        raise InvalidSpec(
            "A specification file must be a mapping.",
            found=type(document).__name__,
            expected="key: value lines",
            where=str(path),
        )
    return document
