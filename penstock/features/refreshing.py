"""What a features job does: offline rows of all views first, then the online store, and the manifests last.

A crash in between leaves rows that no manifest names, or online features that are as right as those before;
the repeated job writes the same again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from penstock.features.closing import close_view
from penstock.features.erased import erased_keys, without
from penstock.features.manifests import (
    PartManifest,
    read_feature_manifest,
    read_part,
    write_feature_manifest,
    write_part,
)
from penstock.features.offline import (
    FeatureFile,
    FeatureManifest,
    MaterialisedView,
    feature_manifest,
    materialise,
)
from penstock.features.work import FeatureWork, ViewWork

if TYPE_CHECKING:
    from penstock.specs import FeatureView
    from penstock.specs.base import ColumnType
    from penstock.stores import ObjectStore

_FIRST, _LAST = datetime(1000, 1, 1), datetime(9999, 12, 31)
"""The ends of a range that has none."""


class Latest(NamedTuple):
    """The newest rows of a view's entities, as a Parquet file."""

    view: FeatureView
    types: dict[str, ColumnType]
    path: Path


class OnlineWriter(Protocol):
    """Where the newest features of each entity go."""

    def write(self, use_case: str, views: Sequence[Latest], write_time: datetime) -> int:
        """Write the newest rows of views of one entity; return how many entities changed."""
        ...

    def erase(self, use_case: str, entity: str, key: str) -> bool:
        """Remove all features of one entity; tell whether there were any."""
        ...


@dataclass(frozen=True)
class Refreshing:
    """What the job works with.

    Parameters
    ----------
    data
        Folder of the snapshot's curated files, in folders ``arrival=<id>``; absent when there are none.
    known
        Folder of the offline store's files so far, by their keys in the lake.
    scratch
        Where files are made.
    hash_key
        Secret of the keyed hash by which erased entities are known.
    """

    lake: ObjectStore
    online: OnlineWriter
    data: Path
    known: Path
    scratch: Path
    hash_key: bytes = b""

    def run(self, work: FeatureWork) -> None:
        """Write all views of the work, each of them to its end."""
        parts = [one for one in work.views if one.mode == "part"]
        for one in parts:
            self._part(work, one)
        made = [(one, *self._offline(work, one)) for one in work.views if one.mode != "part"]
        changed = self._online(work.use_case, ((one, latest) for one, latest, _ in made))
        self._stay_erased(work)
        for one, _, manifest in made:
            write_feature_manifest(self.lake, work.place(one), one.writing.id, manifest)
            print(f"{work.place(one).node}: {manifest.rows:,} rows of {manifest.entities:,} entities "
                  f"in {len(manifest.files):,} files", flush=True)  # fmt: skip
        print(f"{changed:,} entities changed online", flush=True)

    def _offline(self, work: FeatureWork, one: ViewWork) -> tuple[Path, FeatureManifest]:
        """Put a view's files into the lake; return its newest rows and the manifest to write."""
        if one.mode == "close":
            return self._closed(work, one)
        before = self._before(work, one)
        fresh = one.mode == "renew"
        made = self._materialised(work, one, known=() if fresh or before is None else before.files)
        latest = made.latest
        if fresh and before is not None:
            # What is stored says which entities have no rows any more; nothing of this goes into the lake.
            latest = self._materialised(work, one, known=before.files, folder="compared").latest
        self._upload(work, one, made)
        manifest = feature_manifest(
            work.use_case,
            one.view,
            made,
            snapshot_id=one.writing.snapshot_id,
            previous=None if fresh else before,
        )
        return latest, manifest

    def _part(self, work: FeatureWork, one: ViewWork) -> None:
        """Write the rows of a range of event times, and what they are."""
        before = self._before(work, one)
        made = self._materialised(work, one, known=before.files if before else ())
        files = self._upload(work, one, made)
        manifest = PartManifest(files=tuple(files), source=asdict(made.source))
        write_part(self.lake, work.place(one), one.writing.id, one.part, manifest)
        print(f"{work.place(one).node}: {made.rows:,} rows written of part {one.part}", flush=True)

    def _closed(self, work: FeatureWork, one: ViewWork) -> tuple[Path, FeatureManifest]:
        """Put the parts of a backfill together with what was there before."""
        place, before = work.place(one), self._before(work, one)
        parts = [read_part(self.lake, place, one.writing.id, part) for part in range(one.parts)]
        files = {file.key: file for file in (*(before.files if before else ()), *_files(parts))}
        paths = [self._home(one, "known") / key for key in sorted(files)]
        for key, path in zip(sorted(files), paths, strict=True):
            self.lake.download(key, path)
        latest = self._home(one, "latest.parquet")
        statistics = close_view(one.view, one.types, paths, latest=latest)
        manifest = FeatureManifest(
            view=one.view.name, version=one.view.version, definition=one.writing.definition,
            snapshot_id=one.writing.snapshot_id, dataset=work.dataset, write_time=one.writing.write_time,
            files=tuple(files[key] for key in sorted(files)), rows=statistics.rows,
            entities=statistics.entities, source=parts[0].source if parts else {}, statistics=statistics,
        )  # fmt: skip
        return latest, manifest

    def _materialised(
        self, work: FeatureWork, one: ViewWork, *, known: Iterable[FeatureFile], folder: str = "data"
    ) -> MaterialisedView:
        """Compute a view into the scratch folder."""
        files = sorted(self.data.rglob("*.parquet")) or [self._nothing(work)]
        view = without(one.view, self._erased(work, one.view))
        return materialise(
            view, files, self._home(one, folder), types=one.types, write_time=one.writing.write_time,
            write_id=one.writing.id, known=[self.known / file.key for file in known],
            changed=_of(files, one.arrivals), between=_between(one),
            latest=self._home(one, f"{folder}.parquet"),
        )  # fmt: skip

    def _upload(self, work: FeatureWork, one: ViewWork, made: MaterialisedView) -> list[FeatureFile]:
        """Put files into the lake and return what they are there."""
        found, home = [], f"{work.place(one).prefix}/data"
        for file in made.files:
            key = f"{home}/{file.path.relative_to(made.path).as_posix()}"
            self.lake.upload(file.path, key)
            found.append(FeatureFile(key=key, rows=file.rows, bytes=file.path.stat().st_size))
        return found

    def _online(self, use_case: str, made: Iterable[tuple[ViewWork, Path]]) -> int:
        """Write the newest rows, all views of an entity together."""
        by_entity: dict[str, list[Latest]] = {}
        moment = datetime.min.replace(tzinfo=UTC)
        for one, path in made:
            moment = max(moment, datetime.fromisoformat(one.writing.write_time))
            if one.view.online:
                by_entity.setdefault(one.view.entity.name, []).append(Latest(one.view, one.types, path))
        return sum(self.online.write(use_case, views, moment) for views in by_entity.values())

    def _erased(self, work: FeatureWork, view: FeatureView) -> list[str]:
        """Return the erased entities of which the dataset has rows still."""
        files, hashes = sorted(self.data.rglob("*.parquet")), work.erased.get(view.entity.name, ())
        return erased_keys(view, files, hashes, self.hash_key)

    def _stay_erased(self, work: FeatureWork) -> None:
        """Remove what a job that ran while an entity was erased may have written online after that."""
        views = {one.view.entity.name: one.view for one in work.views}
        for entity, view in views.items():
            for key in self._erased(work, view):
                self.online.erase(work.use_case, entity, key)

    def _before(self, work: FeatureWork, one: ViewWork) -> FeatureManifest | None:
        if one.writing.base is None:
            return None
        return read_feature_manifest(self.lake, work.place(one), one.writing.base)

    def _home(self, one: ViewWork, name: str) -> Path:
        return self.scratch / f"{one.view.name}_v{one.view.version}" / name

    def _nothing(self, work: FeatureWork) -> Path:
        """Write a file without rows, for a dataset of which nothing is left."""
        from penstock.features.offline.chunks import arrow_schema

        path = self.scratch / "nothing.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        parquet: Any = import_module("pyarrow.parquet")
        parquet.write_table(arrow_schema(work.columns.items()).empty_table(), path)
        return path


def _files(parts: Iterable[PartManifest]) -> Iterable[FeatureFile]:
    for part in parts:
        yield from part.files


def _of(files: Sequence[Path], arrivals: Sequence[str] | None) -> list[Path] | None:
    """Return the files of arrivals; None for all."""
    if arrivals is None:
        return None
    folders = {f"arrival={arrival}" for arrival in arrivals}
    return [file for file in files if folders & set(file.parts)]


def _between(one: ViewWork) -> tuple[datetime, datetime] | None:
    """Return the event times of a part; None for all."""
    if one.mode != "part":
        return None
    return (
        datetime.fromisoformat(one.since).replace(tzinfo=None) if one.since else _FIRST,
        datetime.fromisoformat(one.until).replace(tzinfo=None) if one.until else _LAST,
    )
