"""The verdict on a column: what its name says, and how many of its values are of a kind."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from penstock.catalog.classification.detector import Detector
from penstock.catalog.classification.free_text import read_texts
from penstock.catalog.classification.naming import hints, says
from penstock.catalog.classification.records import Classification, Evidence, Source
from penstock.catalog.classification.registry import detectors

MOST = 1_000
"""Distinct values that are looked at."""
_FIRST, _SURE = 60, 0.6
"""Values after which a detector that accepted none is given up; a sixth of them when it wants most values."""
_ODDS = math.log(1e6)
"""How improbable it must be that so many values pass by chance."""
_SHOWN = 3
_FLOAT = re.compile(r"(\d{6,})\.0+")
_YES_NO = frozenset("true false yes no y n t f ja nein oui non si sí 0 1".split())


def classify_column(
    name: str, values: Iterable[object], *, traces: Sequence[str] = (), most: int = MOST
) -> Classification:
    """Tell what kind of personal data a column holds.

    Parameters
    ----------
    name
        The column's name, in any language and manner of writing.
    values
        Values, or a sample of the distinct ones; the first ``most`` distinct ones are looked at.
    traces
        Texts of the column that were picked because they might hold personal data; they are searched too.
    most
        Bound of the distinct values.

    Returns
    -------
    Classification
        Kind ``none`` when nothing suffices. It holds shares and kinds, never values.

    Examples
    --------
    >>> found = classify_column("contact", ["ann@example.org", "bob@example.org", "cy@example.org"])
    >>> found.kind, found.sensitivity, found.protect
    ('email', 'personal', 'hash')
    >>> print(found.evidence[0])
    email: the name, and 100% of 3 distinct values
    >>> classify_column("invoice_no", range(4_000_000_000_000_000, 4_000_000_000_000_500)).kind
    'none'
    """
    texts = _distinct(values, most)
    found = [finding for detector in detectors().values() if (finding := _finding(detector, name, texts))]
    found.sort(key=lambda pair: (-pair[0], pair[1].kind))
    if not found:
        return read_texts(name, texts, traces)
    confidence, best = found[0]
    detector = detectors()[best.kind]
    return Classification(
        column=name,
        kind=best.kind,
        sensitivity=detector.sensitivity,
        protect=detector.protect,
        confidence=round(confidence, 3),
        evidence=tuple(evidence for _, evidence in found[:_SHOWN]),
    )


def _distinct(values: Iterable[object], most: int) -> list[str]:
    """Return the first distinct texts without blanks around them; whole floats without their zeros."""
    texts: dict[str, None] = {}
    for value in values:
        text = str(value).strip() if value is not None else ""
        if text:
            whole = _FLOAT.fullmatch(text)
            texts[whole.group(1) if whole else text] = None
        if len(texts) == most:
            break
    return list(texts)


def _finding(detector: Detector, name: str, texts: Sequence[str]) -> tuple[float, Evidence] | None:
    """Return how sure a detector is, and why; None when it is not."""
    named = detector.named is not None and says(name, detector)
    findings = [
        _by_name(detector, texts) if named else None,
        _by_content(detector, texts, hinted=named or hints(name, detector)),
    ]
    return max((one for one in findings if one), key=lambda one: one[0], default=None)


def _by_name(detector: Detector, texts: Sequence[str]) -> tuple[float, Evidence] | None:
    """Return the finding of a column whose name says the kind; its values must not speak against it."""
    if not texts:
        return 0.4, _evidence(detector, "name", 0.0, 0)
    if not detector.flags and all(text.lower() in _YES_NO for text in texts) and len(texts) > 1:
        return None
    share = _share(detector, texts, detector.named or 0.0, alone=False)
    if detector.named is None or share < detector.named:
        return None
    if detector.alone is None and detector.test is None:
        return 0.6 + 0.2 * share, _evidence(detector, "name and content", share, len(texts))
    return 0.8 + 0.19 * share, _evidence(detector, "name and content", share, len(texts))


def _by_content(detector: Detector, texts: Sequence[str], *, hinted: bool) -> tuple[float, Evidence] | None:
    """Return the finding of a column of whose values enough are of the kind."""
    needed = detector.hinted if hinted and detector.hinted is not None else detector.alone
    if needed is None or not texts:
        return None
    share = _share(detector, texts, needed, alone=True)
    least = 2 if hinted and detector.hinted is not None else detector.least
    if share < needed or share * len(texts) < least or _by_chance(share, len(texts), detector.chance):
        return None
    base, source = (0.65, "name and content") if hinted else (0.55, "content")
    return base + (0.3 if hinted else 0.4) * share, _evidence(detector, source, share, len(texts))


def _share(detector: Detector, texts: Sequence[str], needed: float, *, alone: bool) -> float:
    """Return which part of the texts a detector accepts; 0 when it accepts none of the first."""
    accepted = 0
    for start, end in pairwise((0, _FIRST // 6 if needed >= _SURE else _FIRST, _FIRST, len(texts))):
        accepted += sum(detector.accepts(text, alone=alone) for text in texts[start:end])
        if not accepted and end > start:
            return 0.0
    return accepted / len(texts)


def _by_chance(share: float, tested: int, chance: float) -> bool:
    """Tell whether so many might pass by chance: Chernoff's bound of the tail is above one in a million."""
    if share <= chance:
        return True
    rest = (1 - share) * math.log((1 - share) / (1 - chance)) if share < 1 else 0.0
    return tested * (share * math.log(share / chance) + rest) < _ODDS


def _evidence(detector: Detector, source: str, share: float, tested: int) -> Evidence:
    """Return evidence with a share that tells no more than needed."""
    kinds: dict[str, Source] = {"name": "name", "content": "content", "name and content": "name and content"}
    return Evidence(kind=detector.kind, source=kinds[source], share=round(share, 3), tested=tested)
