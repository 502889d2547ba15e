"""How an endpoint moves to a new fleet: the steps of its policy, and the alarms that turn it back."""

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]
_WHOLE = 1.0
_PERCENT = 100.0


class RollbackError(Exception):
    """A deployment is given up; the text becomes the endpoint's FailureReason."""


@dataclass(frozen=True)
class Step:
    """A share of the traffic for the new fleet, and for how many seconds it is watched."""

    share: float
    bake: float
    waiting: str
    capacity: str

    @property
    def message(self) -> str:
        """The status message that DescribeEndpoint shows during the step."""
        return f"Baking for {self.bake:g} seconds ({self.waiting}) with traffic enabled on {self.capacity}."


def plan(deployment: Json | None, instances: int) -> list[Step]:
    """Return the steps of a ``DeploymentConfig``; none given means all at once without a wait.

    Examples
    --------
    >>> policy = {"TrafficRoutingConfiguration": {"Type": "CANARY", "WaitIntervalInSeconds": 60,
    ...           "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10}}, "TerminationWaitInSeconds": 30}
    >>> [(step.share, step.bake) for step in plan({"BlueGreenUpdatePolicy": policy}, 1)]
    [(0.1, 60), (1.0, 30)]
    """
    deployment = deployment or {}
    if "RollingUpdatePolicy" in deployment:
        rolling = deployment["RollingUpdatePolicy"]
        size = _share(rolling["MaximumBatchSize"], instances)
        return _ladder(size, rolling["WaitIntervalInSeconds"], rolling["WaitIntervalInSeconds"], instances)
    policy = deployment.get("BlueGreenUpdatePolicy", {})
    routing = policy.get("TrafficRoutingConfiguration", {"Type": "ALL_AT_ONCE"})
    last = policy.get("TerminationWaitInSeconds", 0)
    if routing["Type"] == "CANARY":
        size = _share(routing["CanarySize"], instances)
        canary = Step(
            size,
            routing["WaitIntervalInSeconds"],
            "WaitIntervalInSeconds",
            f"canary capacity of {_count(size, instances)} instance(s)",
        )
        return [canary, _final(last, instances)]
    if routing["Type"] == "LINEAR":
        return _ladder(
            _share(routing["LinearStepSize"], instances), routing["WaitIntervalInSeconds"], last, instances
        )
    return [_final(last, instances)]


def alarm_names(deployment: Json | None) -> list[str]:
    """Return the alarms that roll a deployment back."""
    configured = (deployment or {}).get("AutoRollbackConfiguration", {}).get("Alarms", [])
    return [alarm["AlarmName"] for alarm in configured]


def time_limit(deployment: Json | None) -> float:
    """Return after how many seconds a deployment is given up."""
    deployment = deployment or {}
    policy = deployment.get("BlueGreenUpdatePolicy") or deployment.get("RollingUpdatePolicy") or {}
    return float(policy.get("MaximumExecutionTimeoutInSeconds", float("inf")))


@dataclass(frozen=True)
class Watch:
    """Looks at alarms while a step bakes.

    Parameters
    ----------
    alarms
        Names; none means that nothing is looked at.
    states
        Returns the states of alarms by name.
    deadline
        Monotonic moment at which the deployment is given up.
    interval
        Seconds between two looks.
    halted
        Set when the host stops.
    """

    alarms: Sequence[str]
    states: Callable[[Sequence[str]], dict[str, str]]
    deadline: float
    interval: float
    halted: threading.Event

    def bake(self, seconds: float) -> None:
        """Wait, and raise if an alarm goes off, the time is over or the host stops.

        Raises
        ------
        RollbackError
            With the reason.
        """
        end = time.monotonic() + seconds
        self.check()
        while (left := end - time.monotonic()) > 0:
            if self.halted.wait(min(self.interval, left)):
                raise RollbackError("InternalServerError: the host was stopped during the deployment")
            self.check()

    def check(self) -> None:
        """Look once."""
        if time.monotonic() > self.deadline:
            raise RollbackError("The deployment did not complete within MaximumExecutionTimeoutInSeconds.")
        if not self.alarms:
            return
        states = self.states(self.alarms)
        missing = [name for name in self.alarms if name not in states]
        if missing:
            raise RollbackError(f"Alarms do not exist: [{', '.join(missing)}]")
        ringing = [name for name in self.alarms if states[name] == "ALARM"]
        if ringing:
            raise RollbackError(
                f"One or more configured alarm(s) have gone into ALARM status: [{', '.join(ringing)}]"
            )


def _ladder(size: float, wait: float, last: float, instances: int) -> list[Step]:
    """Return equal steps up to the whole traffic."""
    steps: list[Step] = []
    share = size
    while share < _WHOLE - 1e-9:
        capacity = f"{_count(share, instances)} of {instances} instance(s)"
        steps.append(Step(round(share, 9), wait, "WaitIntervalInSeconds", capacity))
        share += size
    return [*steps, _final(last, instances)]


def _final(bake: float, instances: int) -> Step:
    """Return the step with the whole traffic."""
    return Step(_WHOLE, bake, "TerminationWaitInSeconds", f"full capacity of {instances} instance(s)")


def _share(size: Json, instances: int) -> float:
    """Return a capacity as a share of the traffic."""
    if size["Type"] == "CAPACITY_PERCENT":
        return min(_WHOLE, float(size["Value"]) / _PERCENT)
    return min(_WHOLE, float(size["Value"]) / max(1, instances))


def _count(share: float, instances: int) -> int:
    """Return how many instances a share is."""
    return max(1, round(share * instances))
