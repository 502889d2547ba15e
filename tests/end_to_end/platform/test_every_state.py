"""Every state of every deployed workflow was entered by the tests of this folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.platform.world import World

_DEAD = "an endpoint is dead only when its container does not come up after a passed smoke test"
_MEANWHILE = "an entity must be erased in the seconds in which a job runs"
_MANY = "another run goes on only beyond a thousand arrivals at once"
NOT_ENTERED: dict[str, dict[str, str]] = {
    "deployment": {"DeleteFailed": _DEAD, "CreateAgain": _DEAD},
    "gathering": {"PublishDue": _MANY},
    "backfill": {"Discard": _MEANWHILE, "Interrupted": _MEANWHILE},
    "features": {"Discard": _MEANWHILE},
}
"""States that no test enters, by workflow, each with the reason."""


@pytest.fixture(scope="module")
def all_tests_ran(request: pytest.FixtureRequest) -> None:
    """Skip when only some of the folder's tests run: then states are missing for no fault of theirs."""
    here = Path(__file__).parent
    there = set(here.glob("test_*.py"))
    missing = sorted(path.name for path in there - {item.path for item in request.session.items})
    if missing or request.config.option.keyword:
        pytest.skip(f"not all tests of this folder were chosen; left out: {missing}")


def test_every_state_was_entered(world: World, all_tests_ran: None) -> None:
    client = world.aws("stepfunctions")
    missing: dict[str, list[str]] = {}
    for workflow, arn in world.engineer.workflows.items():
        definition = client.describe_state_machine(stateMachineArn=arn)["definition"]
        runs = [one for run in world.executions(workflow) for one in (run, *world.children(run))]
        entered = {state for run in runs for state in world.entered(run)}
        expected = set(_states(definition)) - set(NOT_ENTERED.get(workflow, ()))
        if left := sorted(expected - entered):
            missing[workflow] = left
    assert not missing


def _states(definition: Any) -> Iterator[str]:
    """Yield the names of all states, also those within a Map."""
    document = json.loads(definition) if isinstance(definition, str) else definition
    for name, state in document["States"].items():
        yield name
        if inner := state.get("ItemProcessor"):
            yield from _states(inner)
