"""What people ask of the catalogue: tags of datasets and columns, terms of the glossary; all audited."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from penstock.catalog.metadata import Term
from penstock.errors import InvalidSpec, NotFound, UnregisteredDataset

if TYPE_CHECKING:
    from penstock.catalog.catalog import Catalog
    from penstock.governance.audit import AuditTrail

GLOSSARY = "glossary"
"""The audit chain of terms, which belong to no use case."""


class _Request(BaseModel):
    """What one may ask."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class TagRequest(_Request):
    """Add and remove tags of a dataset, or of one of its columns."""

    action: Literal["tag"]
    use_case: str
    dataset: str
    column: str = ""
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    @property
    def node(self) -> str:
        """What is tagged."""
        path = f"{self.use_case}/{self.dataset}"
        return f"column:{path}/{self.column}" if self.column else f"dataset:{path}"


class DefineRequest(_Request):
    """Add a term to the glossary, or change what it means."""

    action: Literal["define"]
    name: str
    definition: str
    synonyms: tuple[str, ...] = ()
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Curation:
    """What the requests need; a handler makes one and keeps it."""

    catalog: Catalog
    audit: AuditTrail
    now: Callable[[], str]

    def curate(self, payload: Mapping[str, Any], by: str) -> dict[str, Any]:
        """Do what a person asks, and record who asked.

        Raises
        ------
        InvalidSpec
            The request, a tag or a term is not as it must be.
        NotFound
            There is no such dataset or column.
        """
        request = _parse(payload)
        return self._tag(request, by) if isinstance(request, TagRequest) else self._define(request, by)

    def _tag(self, request: TagRequest, by: str) -> dict[str, Any]:
        self._check(request.node)
        tagged = self.catalog.metadata.tag(
            request.node, add=request.add, remove=request.remove, by=by, at=self.now()
        )
        self.audit.append(
            request.use_case,
            action="tags changed",
            actor=by,
            subject=request.node,
            at=self.now(),
            details={"added": list(request.add), "removed": list(request.remove), "tags": list(tagged.tags)},
        )
        return tagged.model_dump(mode="json")

    def _define(self, request: DefineRequest, by: str) -> dict[str, Any]:
        for node in request.nodes:
            self._check(node)
        said = request.model_dump(exclude={"action"})
        defined = self.catalog.metadata.define(Term(**said, by=by, at=self.now()))
        self.audit.append(
            GLOSSARY,
            action="term defined",
            actor=by,
            subject=f"term {defined.name}",
            at=self.now(),
            details=request.model_dump(mode="json", exclude={"action", "name"}),
        )
        return defined.model_dump(mode="json")

    def _check(self, node: str) -> None:
        """Raise NotFound unless a node is a registered dataset, or a column of one."""
        kind, _, path = node.partition(":")
        use_case, dataset, *column = path.split("/") if path.count("/") else (path, "")
        try:
            contract = self.catalog.contract(use_case, dataset)
        except UnregisteredDataset as error:
            raise _unknown(node, error.expected) from error
        names = {one.name for one in contract.columns}
        wanted = {"dataset": not column, "column": len(column) == 1 and column[0] in names}
        if not wanted.get(kind, False):
            raise _unknown(
                node, f"dataset:{use_case}/{dataset}, or column:{use_case}/{dataset}/ and one of its columns"
            )


def _parse(payload: Mapping[str, Any]) -> TagRequest | DefineRequest:
    """Read a request."""
    kind: type[TagRequest | DefineRequest] = TagRequest if payload.get("action") == "tag" else DefineRequest
    try:
        return kind.model_validate(dict(payload))
    except ValidationError as error:
        first = error.errors()[0]
        raise InvalidSpec(
            "The request cannot be read.",
            found=f"{'.'.join(map(str, first['loc']))}: {first['msg']}",
            expected="action tag or define, with its fields",
        ) from error


def _unknown(node: str, expected: str) -> NotFound:
    return NotFound(
        "There is nothing of that name to describe.",
        found=node,
        expected=expected,
        action="Search for it: penstock search.",
    )
