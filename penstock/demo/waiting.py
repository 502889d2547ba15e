"""Waiting for what the platform does by itself, and failing clearly when it does not."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeVar

from penstock.errors import PenstockError
from penstock.reports.executions import FAILED, Executions

if TYPE_CHECKING:
    from penstock.platform import Platform
    from penstock.reports.facts import ExecutionFact

T = TypeVar("T")
POLL_SECONDS = 0.3
_WATCH_EVERY = 4


class StepFailed(PenstockError):
    """A step of the story did not end as it should."""


def wait_for(
    look: Callable[[], T | None],
    *,
    what: str,
    timeout: float,
    watch: Callable[[], None] = lambda: None,
    poll: float = POLL_SECONDS,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> T:
    """Look until there is something, and return it.

    Parameters
    ----------
    look
        Returns None as long as there is nothing.
    what
        What is waited for, for the error.
    timeout, poll
        Seconds, in all and between two looks.
    watch
        Called now and then; raises when waiting has become pointless.
    clock, sleep
        The time.

    Raises
    ------
    StepFailed
        Nothing came in time.

    Examples
    --------
    >>> wait_for(iter([None, "here"]).__next__, what="it", timeout=1, sleep=lambda _: None)
    'here'
    """
    end, looks = clock() + timeout, 0
    while (found := look()) is None:
        if looks % _WATCH_EVERY == 0:
            watch()
        if clock() > end:
            raise StepFailed(
                f"Waited {timeout:g} s for {what}, and it did not come.",
                action="See what happened: penstock executions, penstock logs.",
            )
        looks += 1
        sleep(poll)
    return found


class Watch:
    """Raises when a workflow that the story relies on has failed since the watch began.

    Parameters
    ----------
    platform
        Where workflows run.
    use_case
        Whose runs count.
    workflows
        Names of the workflows that must not fail.
    since
        Runs that started before do not count; now when left out.
    tell
        Told the state that a running workflow is in.
    """

    def __init__(
        self,
        platform: Platform,
        use_case: str,
        workflows: Iterable[str],
        *,
        since: datetime | None = None,
        tell: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._runs = Executions(platform)
        self._use_case, self._workflows = use_case, tuple(workflows)
        self._since, self._tell = since or datetime.now(UTC), tell

    def __call__(self) -> None:
        """Look once."""
        found = [
            one
            for name in self._workflows
            for one in self._runs.recent(name, use_case=self._use_case, limit=20)
            if self._counts(one)
        ]
        for one in found:
            if one.status in FAILED:
                raise failure(self._runs.detailed(one))
        if running := [one for one in found if one.status == "RUNNING"]:
            states = {f"{one.workflow}: {self._runs.current_state(one.arn)}" for one in running}
            self._tell(", ".join(sorted(states)))

    def _counts(self, one: ExecutionFact) -> bool:
        """Say whether a run belongs to the watch; clocks may differ by a second."""
        return one.started.timestamp() >= self._since.timestamp() - 1.0


def failure(one: ExecutionFact) -> StepFailed:
    """Make the error of a workflow's run that failed: its state, error and cause, and where the logs are."""
    return StepFailed(
        f"The workflow {one.workflow} failed.",
        found=f"{one.error}: {one.cause}"[:1_500],
        where=f"state {one.failed_state!r} of run {one.name}",
        action=f"Read its logs: penstock logs {one.workflow}",
    )
