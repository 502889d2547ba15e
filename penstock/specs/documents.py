"""Reading YAML so that every mistake has a line, and so that nothing means what nobody meant.

Scalars are resolved as YAML 1.2's core schema does, not as YAML 1.1: ``no``, ``on`` and ``y`` are words,
``2025-01-01`` and ``12:30`` are texts, ``01234`` keeps its zero. A key that stands twice is a mistake.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from penstock.errors import InvalidSpec

Location = tuple[int | str, ...]
_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*)")
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|(?:0|[1-9][0-9]*)(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None,
          ".inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan")}  # fmt: skip
_LARGEST = 8_000_000
_MOST_NODES = 150_000
_DEEPEST = 60


@dataclass(frozen=True)
class Mistake:
    """Something that is wrong in a file."""

    where: str
    what: str

    def __str__(self) -> str:
        """Write it as one line."""
        return f"{self.where}: {self.what}"


@dataclass
class Document:
    """A file as it was read.

    Attributes
    ----------
    file
        Its name, for messages.
    content
        What it says.
    lines
        The line of each field, by its location.
    mistakes
        What is wrong with it as a YAML document.
    """

    file: str
    content: dict[str, Any] = field(default_factory=dict)
    lines: dict[Location, int] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def place(self, location: Location) -> str:
        r"""Return file, line and field of a location, or of the nearest one above it that is there.

        Examples
        --------
        >>> parse_document("a:\n  - b: 1\n", "x.yaml").place(("a", 0, "b"))
        'x.yaml:2 a.0.b'
        """
        name = ".".join(map(str, location))
        for end in range(len(location), -1, -1):
            if location[:end] in self.lines:
                return f"{self.file}:{self.lines[location[:end]]} {name}".rstrip()
        return f"{self.file} {name}".rstrip()


def read_document(path: Path, name: str) -> Document:
    """Read a YAML mapping.

    Raises
    ------
    InvalidSpec
        The file is missing, too large, no YAML or no mapping.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise InvalidSpec(
                "A specification file is too large.", found=f"{path.stat().st_size:,} bytes", where=str(path),
                expected=f"at most {_LARGEST:,}",
            )  # fmt: skip
        return parse_document(path.read_text(encoding="utf-8"), name, where=str(path))
    except FileNotFoundError as error:
        raise InvalidSpec(
            "A specification file is missing.",
            expected=str(path),
            action="Create it, or name another folder.",
        ) from error
    except UnicodeDecodeError as error:
        raise _no_yaml(error, str(path)) from error


def parse_document(text: str, name: str, *, where: str = "") -> Document:
    """Read a YAML mapping from a text; see :func:`read_document`."""
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except (yaml.YAMLError, RecursionError) as error:
        raise _no_yaml(error, where or name) from error
    if not isinstance(root, yaml.MappingNode):
        raise InvalidSpec(
            "A specification file must be a mapping.",
            found="nothing" if root is None else type(root).__name__.removesuffix("Node").lower(),
            expected="key: value lines",
            where=where or name,
        )
    document = Document(name)
    try:
        document.content = _Reader(document).mapping(root, ())
    except _TooMuch as error:
        raise InvalidSpec(
            "A specification file becomes too large.",
            found=str(error),
            expected=f"at most {_MOST_NODES:,} values, {_DEEPEST} levels deep",
            where=where or name,
            action="Write out what its anchors and aliases repeat.",
        ) from error
    return document


class _TooMuch(Exception):
    """Aliases make more of a document than anybody writes."""


class _Reader:
    """Turns nodes into values, and notes where each stands."""

    def __init__(self, document: Document) -> None:
        self._document, self._count = document, 0

    def mapping(self, node: yaml.MappingNode, at: Location) -> dict[str, Any]:
        """Return a mapping; its keys are texts, each once."""
        found: dict[str, Any] = {}
        self._document.lines.setdefault(at, node.start_mark.line + 1)
        for key_node, value_node in self._pairs(node, at):
            line = key_node.start_mark.line + 1
            key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
            if key is None:
                self._wrong(at, line, "a key must be a text")
                continue
            here = (*at, str(key))
            if key in found:
                self._wrong(here, line, f"stands twice; first in line {self._document.lines[here]}")
                continue
            self._document.lines[here] = line
            found[str(key)] = self.value(value_node, here)
        return found

    def value(self, node: yaml.Node, at: Location) -> Any:
        """Return what a node says."""
        self._count += 1
        if self._count > _MOST_NODES or len(at) > _DEEPEST:
            raise _TooMuch(f"more, at {'.'.join(map(str, at[:6]))}")
        self._document.lines.setdefault(at, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            return self.mapping(node, at)
        if isinstance(node, yaml.SequenceNode):
            return [self.value(one, (*at, place)) for place, one in enumerate(node.value)]
        return self._scalar(node, at)

    def _scalar(self, node: yaml.Node, at: Location) -> Any:
        text = str(node.value)
        if isinstance(node, yaml.ScalarNode) and node.style is None:
            return plain_value(text)
        if node.tag.startswith("!") and not node.tag.startswith("!!"):
            self._wrong(at, node.start_mark.line + 1, f"the tag {node.tag} is not understood")
        return text

    def _pairs(self, node: yaml.MappingNode, at: Location) -> Iterator[tuple[yaml.Node, yaml.Node]]:
        """Yield keys and values; what is merged in (``<<``) comes last, where it is not overridden."""
        own = [pair for pair in node.value if pair[0].tag != "tag:yaml.org,2002:merge"]
        yield from own
        seen = {key.value for key, _ in own if isinstance(key, yaml.ScalarNode)}
        for key, merged in node.value:
            if key.tag != "tag:yaml.org,2002:merge":
                continue
            parts = merged.value if isinstance(merged, yaml.SequenceNode) else [merged]
            for part in parts:
                if not isinstance(part, yaml.MappingNode) or part is node:
                    self._wrong(at, key.start_mark.line + 1, "<< can merge other mappings only")
                    continue
                for pair in part.value:
                    if pair[0].value not in seen:
                        seen.add(pair[0].value)
                        yield pair

    def _wrong(self, at: Location, line: int, what: str) -> None:
        name = ".".join(map(str, at))
        self._document.mistakes.append(Mistake(f"{self._document.file}:{line} {name}".rstrip(), what))


def plain_value(text: str) -> Any:
    """Return what a text without quotes means.

    Examples
    --------
    >>> plain_value("1e3"), plain_value("no")
    (1000.0, 'no')
    """
    if text.lower() in _WORDS and text in {text.lower(), text.capitalize(), text.upper()}:
        return _WORDS[text.lower()]
    if _INTEGER.fullmatch(text):
        return int(text) if len(text) < 400 else text  # noqa: PLR2004 - Python refuses to read more digits
    return float(text) if _NUMBER.fullmatch(text) else text


def _no_yaml(error: Exception, where: str) -> InvalidSpec:
    """Make the error of a text that is no YAML; its own message has the line."""
    found = "brackets or lists nested too deeply" if isinstance(error, RecursionError) else str(error)
    return InvalidSpec(
        "A specification file is not YAML.",
        found=found,
        where=where,
        action="Correct the line named above.",
    )
