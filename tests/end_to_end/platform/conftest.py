"""The platform, deployed once into a local cloud of its own, with IAM enforced, for these tests."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from local_cloud import lifecycle
from penstock.errors import AlreadyDecided
from penstock.models import ModelVersion, Stage
from stacks.synth import synthesise
from tests.end_to_end.platform import use_cases
from tests.end_to_end.platform.world import World

HERE = Path(__file__).parent
LAST = ("test_command_line", "test_every_state")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder; those that look back at all others come last."""
    ours = [item for item in items if HERE in item.path.parents]
    for item in ours:
        item.add_marker("end_to_end")
    place = {HERE / f"{name}.py": number for number, name in enumerate(LAST, start=1)}
    items.sort(key=lambda item: place.get(item.path, 0))


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the local cloud."""
    return tmp_path_factory.mktemp("platform")


@pytest.fixture(scope="session")
def world(root: Path) -> Iterator[World]:
    """Deploy the platform and let the use cases begin whose models take a while."""
    try:
        world = World(lifecycle.up(root, assembly=synthesise()))
        world.inbox.subscribe()
        _begin(world)
        yield world
    finally:
        lifecycle.down(root)


@pytest.fixture(scope="module", autouse=True)
def audit_chains_verify(world: World) -> Iterator[None]:
    """Verify every audit chain when the tests of a module have ended."""
    yield
    for use_case in sorted(world.use_cases):
        assert world.audit.verify(use_case) > 0


@pytest.fixture(scope="session")
def pilot(world: World) -> ModelVersion:
    """Let the pilot's first version go live; a second answer to the same question is refused."""
    request = {"approval_id": world.pending("pilot").approval_id, "decision": "approve", "reason": "reviewed"}
    world.priya.call("decide_approval", request)
    with pytest.raises(AlreadyDecided):
        world.priya.call("decide_approval", request)
    return world.version("pilot", 1, Stage.CHAMPION)


def _begin(world: World) -> None:
    """Register what trains by itself and land its first file."""
    document, data = use_cases.document, use_cases.as_csv(use_cases.rows(400))
    canary = {"strategy": "canary", "percent": 50, "wait_seconds": 2, "maximum_error_rate": 0.05,
              "maximum_latency_milliseconds": 30_000}  # fmt: skip
    world.register(
        document("pilot", risk=use_cases.PERSON, features=[use_cases.view()], serving={"rollout": canary},
                 model=use_cases.model(views=["meter_history"]))
    )  # fmt: skip
    world.register(document("lapsing", risk=use_cases.PERSON))
    world.register(document("owned", risk=use_cases.PERSON), by=world.engineer)
    world.register(document("strict", model=use_cases.model(gates={"minimum": {"auc": 0.9999}})))
    world.register(document("one_class", model=use_cases.model(gates={})))
    world.register(document("intake", model=use_cases.model(train_after_arrivals=use_cases.NEVER)))
    for name in ("pilot", "lapsing", "owned", "strict"):
        world.land(name, "first.csv", data)
    world.land("one_class", "first.csv", use_cases.as_csv(use_cases.rows(100, late=1)))
