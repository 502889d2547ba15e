"""Finding stored explanations again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from penstock.errors import NotFound
from penstock.explanations.records import Place, StoredExplanation, home, read_file

if TYPE_CHECKING:
    from penstock.stores import ObjectStore


@dataclass(frozen=True)
class ExplanationStore:
    """The explanations of a use case in the lake.

    Parameters
    ----------
    lake
        The bucket that they lie in.
    use_case
        Its name.
    """

    lake: ObjectStore
    use_case: str

    def places(
        self, *, version: int | None = None, since: str = "", until: str = "", day: str = ""
    ) -> list[Place]:
        """Return where explanations lie, the newest days first.

        Parameters
        ----------
        version
            Of this version only.
        since, until
            From and to these days, both included; or times of them.
        day
            Of this day only.
        """
        found = (Place.of(key) for key in self.lake.keys(f"{home(self.use_case)}/"))
        some = [one for one in found if one and version in (None, one.version) and day in ("", one.date)]
        inside = [one for one in some if since[:10] <= one.date and (not until or one.date <= until[:10])]
        return sorted(inside, key=lambda one: (one.date, one.key), reverse=True)

    def find(self, inference_id: str, *, day: str = "") -> list[StoredExplanation]:
        """Return the explanations of a request in the order of its rows, the newest days first.

        Raises
        ------
        NotFound
            None is stored.
        """
        for place in self.places(day=day):
            rows = {one.identity: one for one in self._read(place, inference_id)}
            if rows:
                return sorted(rows.values(), key=lambda one: (one.row, one.version))
        raise NotFound(
            "No explanation of this request is stored.",
            found=inference_id,
            where=f"{self.use_case}{f' on {day}' if day else ''}",
            action="Have it explained and stored: add --batch; or look at its day: --day.",
        )

    def explanations(
        self, *, version: int | None = None, since: str = "", until: str = ""
    ) -> Iterator[StoredExplanation]:
        """Yield what is stored of a time, each once, however often it was stored.

        Parameters
        ----------
        since, until
            ISO 8601, days or moments: from then on, and before then. An end that is a day is included.
        """
        seen: set[int] = set()
        end = f"{until}T99" if len(until) == len("2026-01-01") else until
        for place in self.places(version=version, since=since, until=until):
            for one in self._read(place):
                identity = hash(one.identity)
                if identity not in seen and one.time >= since and (not end or one.time < end):
                    seen.add(identity)
                    yield one

    def _read(self, place: Place, inference_id: str | None = None) -> Iterator[StoredExplanation]:
        """Yield the explanations of a file, or of one request in it."""
        with tempfile.TemporaryDirectory() as scratch:
            path = Path(scratch) / "explanations.parquet"
            self.lake.download(place.key, path)
            yield from read_file(path, inference_id=inference_id)
