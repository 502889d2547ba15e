"""Keeping the index up to date, and answering from it."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from penstock.catalog.search.documents import collect
from penstock.catalog.search.find import SearchResults, find
from penstock.catalog.search.index import build, digest
from penstock.catalog.search.query import parse_query
from penstock.catalog.search.shelf import Shelf, cached
from penstock.errors import Conflict, InvalidSpec, NotFound

if TYPE_CHECKING:
    from penstock.catalog.catalog import Catalog
    from penstock.features.catalogue import FeatureCatalogue
    from penstock.models import ModelRepository
    from penstock.platform import Platform

_ATTEMPTS = 12


class SearchRequest(BaseModel):
    """What the search function is asked."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = ""
    filters: dict[str, tuple[str, ...]] = {}
    limit: int = Field(default=20, ge=1, le=100)
    offset: int = Field(default=0, ge=0)


@dataclass(frozen=True)
class SearchIndex:
    """What building and answering need; a handler makes one and keeps it.

    Parameters
    ----------
    shelf
        Where the index file is kept.
    cache
        A folder for local copies of it.
    name
        How the names of copies begin; one a platform.
    pause
        Seconds to wait after a lost race, more after each.
    """

    shelf: Shelf
    cache: Path
    now: Callable[[], str]
    name: str = "index"
    pause: float = 0.05

    def rebuild(
        self, catalog: Catalog, models: ModelRepository, features: FeatureCatalogue | None = None
    ) -> dict[str, Any]:
        """Build the index from all that is registered, and put it in the place of the one before.

        Which file is there is noted before the tables are read, and the new one takes its place only if
        it still is: whoever replaces a file has read at least what its writer had. When another was
        faster, everything is read again. So no change is lost, whatever the order of the writers.

        Returns
        -------
        dict
            ``outcome`` is ``replaced``, or ``unchanged`` when the index says the same already.

        Raises
        ------
        Conflict
            Others kept being first; safe to retry.
        """
        for attempt in range(_ATTEMPTS):
            before, at = self.shelf.edition(), self.now()
            documents, unreadable = collect(catalog, models, features)
            told = {"documents": len(documents), "unreadable": unreadable}
            says = digest(documents)
            if before is not None and before.digest == says:
                return {"outcome": "unchanged", **told}
            with tempfile.TemporaryDirectory(dir=self.cache) as scratch, suppress(Conflict):
                path = Path(scratch) / "index.sqlite"
                build(documents, path, at=at)
                self.shelf.replace(path, digest=says, expect=before.tag if before else None)
                return {"outcome": "replaced", **told}
            time.sleep(self.pause * attempt)
        raise Conflict("Others kept replacing the index first.", action="Retry.")

    def answer(self, payload: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a request; before anything was indexed, nothing is found.

        Raises
        ------
        InvalidSpec
            The request is not one, or its filters are not known.
        """
        try:
            request = SearchRequest.model_validate(dict(payload))
        except ValidationError as error:
            first = error.errors()[0]
            raise InvalidSpec(
                "The search request cannot be read.",
                found=f"{'.'.join(map(str, first['loc']))}: {first['msg']}",
                expected="text, filters, limit, offset",
            ) from error
        query = parse_query(request.text, request.filters)
        for _ in range(_ATTEMPTS):
            path = cached(self.shelf, self.cache, name=self.name)
            if path is None:
                return SearchResults(text=request.text).model_dump(mode="json")
            with suppress(FileNotFoundError):
                found = find(path, query, now=self.now(), limit=request.limit, offset=request.offset)
                return found.model_dump(mode="json")
        raise Conflict("The index kept being replaced.", action="Retry.")


def search(
    platform: Platform, text: str = "", *, limit: int = 20, offset: int = 0, **filters: str | Iterable[str]
) -> SearchResults:
    """Search a deployed platform.

    Parameters
    ----------
    text
        Words, ``"phrases"`` and filters such as ``kind:column``.
    limit, offset
        How many results, and how many to leave out before them.
    **filters
        Values of ``kind``, ``owner``, ``classification``, ``sensitivity``, ``use_case``, ``tag`` or
        ``status``; several are alternatives.

    Examples
    --------
    ::

        from penstock.catalog.search import search
        search(platform, "customer email", kind="column").hits[0].node
    """
    named = {name: [one] if isinstance(one, str) else list(one) for name, one in filters.items() if one}
    if "search" not in platform.functions:
        raise NotFound("The platform has no search.", action="Deploy it again: penstock up, or make deploy.")
    asked = {"text": text, "filters": named, "limit": limit, "offset": offset}
    return SearchResults.model_validate(platform.call("search", asked))
