"""What the steps of a story share."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.demo.waiting import Watch

if TYPE_CHECKING:
    from local_cloud.lifecycle import Cloud
    from penstock.catalog import Catalog
    from penstock.demo.stage import Stage
    from penstock.governance import AuditRecord
    from penstock.models import ModelRepository
    from penstock.platform import Platform
    from penstock.serving.client import EndpointClient

SUBMITTER, APPROVER = "scientist", "approver"


@dataclass(frozen=True)
class Request:
    """What a demo is asked to show.

    Attributes
    ----------
    root
        The folder whose ``.penstock`` holds the local cloud.
    use_case
        One of ``penstock.demo.story.STORIES``.
    rows, seed
        Of the generated data.
    fresh
        Begin with an empty cloud; None: only if the use case has been shown before.
    report
        Where the report goes.
    environment
        Environment of the platform.
    """

    root: Path
    use_case: str
    rows: int = 200_000
    seed: int = 7
    fresh: bool | None = None
    report: Path = Path("report.html")
    environment: str = "dev"


@dataclass
class Play:
    """A story under way: who acts, on which platform, with which data."""

    request: Request
    stage: Stage
    data: Path
    project: Path
    cloud: Cloud | None = None
    generator: subprocess.Popen[bytes] | None = None
    live: list[dict[str, Any]] = field(default_factory=list)

    @property
    def use_case(self) -> str:
        """Name of the use case."""
        return self.request.use_case

    @cached_property
    def dana(self) -> Platform:
        """The platform as the data scientist sees it."""
        return self._platform(SUBMITTER)

    @cached_property
    def priya(self) -> Platform:
        """The platform as the approver sees it."""
        return self._platform(APPROVER)

    @cached_property
    def catalog(self) -> Catalog:
        """The catalogue, read by the data scientist."""
        from penstock.catalog import Catalog

        return Catalog(self.dana.items("catalog"))

    @cached_property
    def models(self) -> ModelRepository:
        """The model repository, read by the data scientist."""
        from penstock.models import ModelRepository

        return ModelRepository(self.dana.items("models"))

    @cached_property
    def endpoint(self) -> EndpointClient:
        """The live endpoint, as an application uses it."""
        from penstock.serving.client import EndpointClient

        return EndpointClient(self.dana, self.use_case)

    def watch(self, *workflows: str) -> Watch:
        """Watch over workflows that must not fail from now on."""
        return Watch(self.dana, self.use_case, workflows, tell=self.stage.now)

    def audited(self, after: int = 0) -> list[AuditRecord]:
        """Return the audit records beyond a sequence number."""
        from penstock.governance import AuditTrail

        records = AuditTrail(self.dana.items("audit")).records(self.use_case)
        return [record for record in records if record.sequence > after]

    def _platform(self, profile: str) -> Platform:
        """Find the platform in the name of somebody."""
        from penstock.platform import Platform

        assert self.cloud is not None  # noqa: S101
        return Platform.discover(self.cloud.session(profile), self.request.environment)
