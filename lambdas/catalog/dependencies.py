"""What the catalogue's handlers share."""

from __future__ import annotations

import hashlib
import tempfile
from functools import cache
from pathlib import Path

from lambdas.runtime import client, now, setting, table
from penstock.catalog import Catalog
from penstock.catalog.curation import Curation
from penstock.catalog.search import S3Shelf, SearchIndex
from penstock.governance.audit import AuditTrail


@cache
def catalog() -> Catalog:
    """Return the catalogue."""
    return Catalog(table("catalog"))


@cache
def curation() -> Curation:
    """Return what people ask of the catalogue, wired to this function's tables."""
    return Curation(catalog=catalog(), audit=AuditTrail(table("audit")), now=now)


@cache
def index() -> SearchIndex:
    """Return the index, wired to this function's bucket; copies of it outlive an invocation in /tmp."""
    bucket, key = setting("ARTIFACTS_BUCKET"), setting("INDEX_KEY")
    name = hashlib.sha256(f"{bucket}/{key}".encode()).hexdigest()[:16]
    return SearchIndex(
        shelf=S3Shelf(client("s3"), bucket, key),
        cache=Path(tempfile.gettempdir()),
        now=now,
        name=f"penstock-search-{name}",
    )
