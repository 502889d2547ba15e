"""Which of many are taken: by a hash of what they are, so that the same are taken again."""

from __future__ import annotations

from hashlib import blake2b

_RANGE = 2**64


def sampled(what: bytes, *, share: float, seed: int = 0) -> bool:
    """Say whether one of many belongs to a sample of a share of them.

    Parameters
    ----------
    what
        What tells it from the others.
    share
        From 0 (none) to 1 (all).
    seed
        Another seed takes others.

    Examples
    --------
    >>> taken = [n for n in range(1000) if sampled(str(n).encode(), share=0.1)]
    >>> 70 < len(taken) < 130, taken == [n for n in taken if sampled(str(n).encode(), share=0.5)]
    (True, True)
    """
    if share <= 0.0 or share >= 1.0:
        return share >= 1.0
    place = blake2b(what, digest_size=8, key=seed.to_bytes(8, "big", signed=True)).digest()
    return int.from_bytes(place, "big") < share * _RANGE
