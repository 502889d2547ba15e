"""Texts that hold personal data here and there."""

from __future__ import annotations

import re
from collections.abc import Sequence

from penstock.catalog.classification.detector import Detector
from penstock.catalog.classification.records import FREE_TEXT, Classification, Evidence, Source
from penstock.catalog.classification.registry import detectors

LONG = 12
"""Shorter values are no texts."""
_READ = 400
_LONGEST = 2_000
_WORDS = 3
"""Words that texts have on average, at least."""
_MARKED = frozenset({"email", "credential"})
"""Kinds that are unmistakable, so that they are looked for in what is no prose, such as URLs."""
_CHECKED = 0.5
"""Part of what has the shape that must pass the test too: one in ten random numbers passes Luhn."""
_DIGITS = re.compile(r"\d{2}")


def read_texts(name: str, texts: Sequence[str], traces: Sequence[str] = ()) -> Classification:
    """Search texts for personal data; ``traces`` are texts of which more is expected.

    Examples
    --------
    >>> found = read_texts("note", ["please do call us", "write to ann@example.org", "and bob@example.org"])
    >>> found.kind, found.contains
    ('free_text', ('email',))
    """
    read = [text[:_LONGEST] for text in texts[:_READ]]
    words = [len(text.split()) for text in read if len(text) >= LONG]
    prose = sum(words) >= _WORDS * max(len(words), 1)
    kinds = [one for one in detectors().values() if one.within and (prose or one.kind in _MARKED)]
    picked = [text[:_LONGEST] for text in traces]
    found = [
        evidence
        for detector in kinds
        if (evidence := _searched(detector, read, "content") or _searched(detector, picked, "picked texts"))
    ]
    if not found:
        return Classification(column=name)
    found.sort(key=lambda evidence: (-evidence.share, evidence.kind))
    contains = tuple(sorted(evidence.kind for evidence in found))
    special = any(detectors()[kind].sensitivity == "special" for kind in contains)
    return Classification(
        column=name,
        kind=FREE_TEXT,
        sensitivity="special" if special else "personal",
        protect="drop",
        confidence=round(min(0.95, 0.7 + found[0].share), 3),
        evidence=tuple(found),
        contains=contains,
    )


def _searched(detector: Detector, texts: Sequence[str], source: Source) -> Evidence | None:
    """Return how many texts hold a value of the kind, when they are enough not to be an accident."""
    tested = len(texts)
    answers = [detector.found_in(text) for text in texts if _may_hold(detector, text)]
    shaped, held = sum(answer is not None for answer in answers), sum(answer is True for answer in answers)
    picky = detector.test is not None and detector.test_within is None
    if held < 2 or held < detector.within_share * tested or (picky and held < _CHECKED * shaped):  # noqa: PLR2004
        return None
    return Evidence(kind=detector.kind, source=source, share=round(held / tested, 3), tested=tested)


def _may_hold(detector: Detector, text: str) -> bool:
    """Tell cheaply whether it is worth searching a text."""
    if len(text) < LONG:
        return False
    if detector.kind == "email":
        return "@" in text
    return detector.test_within is not None or _DIGITS.search(text) is not None
