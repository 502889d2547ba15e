"""Requests of features jobs, and the documents that they are asked with."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.catalog.evidence import write_manifest
from penstock.features.manifests import read_feature_manifest
from penstock.features.work import FeatureWork
from penstock.platform.jobs import JobSettings, Source, manifest, processing_job

if TYPE_CHECKING:
    from penstock.catalog import SnapshotHead
    from penstock.catalog.snapshots import Snapshots
    from penstock.specs import UseCase
    from penstock.stores import ObjectStore


@dataclass(frozen=True)
class FeatureJobs:
    """Makes the requests of jobs that write features.

    Parameters
    ----------
    environment
        Variables of the container: where the job writes.
    """

    lake: ObjectStore
    snapshots: Snapshots
    job: JobSettings
    environment: Mapping[str, str]

    def request(
        self, use_case: UseCase, head: SnapshotHead, work: FeatureWork, *, name: str, key: str
    ) -> dict[str, Any]:
        """Write what a job is asked to do, and return the request of the job.

        Parameters
        ----------
        name
            Of the job.
        key
            Prefix of the request's documents in the lake.

        Notes
        -----
        The job writes into the lake itself, with its own role: SageMaker uploads the outputs of a job when it
        has ended, and the online store must not be ahead of the offline one.
        """
        write_request(self.lake, key, use_case, work)
        sources = [Source("request", f"{self.lake.uri}/{key}/request.json")]
        if head.part_count:
            data = write_manifest(self.lake, self.snapshots, head)
            sources.append(Source("data", data, manifest=True))
        if files := list(self._written_before(work)):
            self.lake.write(f"{key}/known.manifest", manifest(self.lake.uri, files))
            sources.append(Source("known", f"{self.lake.uri}/{key}/known.manifest", manifest=True))
        return processing_job(
            self.job, name=name, job="features", instance=use_case.model.processing_instance,
            sources=sources, outputs={}, environment=self.environment,
        )  # fmt: skip

    def _written_before(self, work: FeatureWork) -> Iterator[str]:
        """Yield the keys of the files that the views consist of so far."""
        for one in work.views:
            if one.writing.base is not None and one.mode != "close":
                found = read_feature_manifest(self.lake, work.place(one), one.writing.base)
                yield from (file.key for file in found.files)


def write_request(lake: ObjectStore, key: str, use_case: UseCase, work: FeatureWork) -> None:
    """Write what a job is asked to do, below a prefix of the lake."""
    document = work.model_dump(mode="json") | {"use_case": use_case.model_dump(mode="json")}
    lake.write(f"{key}/request.json", json.dumps(document).encode(), content_type="application/json")


def read_work(lake: ObjectStore, key: str) -> FeatureWork:
    """Read what a job was asked to do."""
    document = json.loads(lake.read(f"{key}/request.json"))
    return FeatureWork.model_validate({**document, "use_case": document["use_case"]["name"]})
