"""Full-text search over what the catalogue knows: an SQLite file with FTS5, kept on S3."""

from penstock.catalog.search.document import KINDS, Document
from penstock.catalog.search.documents import collect
from penstock.catalog.search.find import Hit, SearchResults, Snippet, find
from penstock.catalog.search.index import build
from penstock.catalog.search.query import FILTERS, Query, parse_query
from penstock.catalog.search.shelf import FolderShelf, S3Shelf, Shelf
from penstock.catalog.search.steps import SearchIndex, search

__all__ = [
    "FILTERS",
    "KINDS",
    "Document",
    "FolderShelf",
    "Hit",
    "Query",
    "S3Shelf",
    "SearchIndex",
    "SearchResults",
    "Shelf",
    "Snippet",
    "build",
    "collect",
    "find",
    "parse_query",
    "search",
]
