"""Documents that may be larger than an item: JSON in as many items as it takes."""

from __future__ import annotations

import json
from typing import Any

from penstock.errors import DamagedData
from penstock.stores.items import ItemStore

PIECE = 90_000
"""Characters of JSON in an item: at four bytes each still below the 400 kB that DynamoDB allows."""


def put_document(items: ItemStore, pk: str, sk: str, document: Any) -> None:
    """Store a document under a key, its first item last, so that a reader finds all of it or nothing.

    What is stored is meant to stay: a key is written with one document only, such as one named by its digest.

    Examples
    --------
    >>> from penstock.stores import MemoryItems
    >>> items = MemoryItems()
    >>> put_document(items, "documents", "a", {"words": "water " * 50_000})
    >>> len(list(items.query("documents")))
    4
    >>> len(get_document(items, "documents", "a")["words"])
    300000
    """
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    pieces = [text[start : start + PIECE] for start in range(0, len(text), PIECE)]
    for number, piece in list(enumerate(pieces))[:0:-1]:
        items.put({"pk": pk, "sk": f"{sk}#{number:06d}", "text": piece})
    items.put({"pk": pk, "sk": sk, "text": pieces[0], "pieces": len(pieces)})


def get_document(items: ItemStore, pk: str, sk: str) -> Any:
    """Return a document, or None when there is none.

    Raises
    ------
    DamagedData
        A part of it is missing.
    """
    head = items.get(pk, sk)
    if head is None:
        return None
    texts = [str(head["text"])]
    for number in range(1, int(head["pieces"])):
        piece = items.get(pk, f"{sk}#{number:06d}")
        if piece is None:
            raise DamagedData(
                "A part of a document is missing.", found=f"no part {number}", where=f"{pk} / {sk}"
            )
        texts.append(str(piece["text"]))
    return json.loads("".join(texts))
