"""What the commands ask of a platform, without a word printed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from penstock.errors import InvalidSpec, NotFound

if TYPE_CHECKING:
    from penstock.platform import Platform
    from penstock.specs import UseCase

_UPLOADS_AT_ONCE = 4


def read(folder: Path) -> UseCase:
    """Read a folder of specifications; :class:`~penstock.errors.InvalidSpec` names each mistake."""
    from penstock.specs import load_use_case

    return load_use_case(folder)


def register(platform: Platform, use_case: UseCase) -> dict[str, Any]:
    """Register a use case and return what the platform made of it."""
    return platform.call("register_use_case", {"use_case": use_case.model_dump(mode="json")})


def must_exist(*paths: Path) -> None:
    """Raise NotFound unless all paths are files."""
    if missing := [str(path) for path in paths if not path.is_file()]:
        raise NotFound("There is no such file.", found=", ".join(missing))


def upload(platform: Platform, use_case: str, dataset: str, files: Iterable[Path]) -> list[str]:
    """Put files where they land, several at once, and return their keys.

    Raises
    ------
    NotFound
        One of the files is not there; then none is uploaded.
    """
    paths = list(files)
    must_exist(*paths)
    landing = platform.landing

    def put(path: Path) -> str:
        key = f"{use_case}/{dataset}/{path.name}"
        landing.upload(path, key)
        return key

    with ThreadPoolExecutor(_UPLOADS_AT_ONCE) as pool:
        return list(pool.map(put, paths))


def decide_contract(
    platform: Platform, use_case: str, dataset: str, decision: str, *, reason: str
) -> dict[str, Any]:
    """Approve or reject the version of a contract that waits, in the name of the session's person."""
    request = {"use_case": use_case, "dataset": dataset, "decision": decision, "reason": reason}
    return platform.call("decide_contract", request)


def registered(platform: Platform, use_case: str) -> UseCase:
    """Return a registered use case; :class:`~penstock.errors.NotFound` if there is none of the name."""
    from penstock.catalog import Catalog

    return Catalog(platform.items("catalog")).use_case(use_case)


def train(
    platform: Platform,
    use_case: str,
    *,
    reason: str,
    train_rows: int | None = None,
    candidates: Sequence[dict[str, Any]] = (),
) -> dict[str, Any]:
    """Ask for a training; candidates given here replace the declared ones."""
    overrides: dict[str, Any] = {}
    if candidates:
        overrides["candidates"] = list(candidates)
    if train_rows is not None:
        overrides["train_rows"] = train_rows
    request = {"use_case": use_case, "reason": reason, "overrides": overrides}
    return platform.call("request_training", request)


def decide(
    platform: Platform, approval_id: str, decision: Literal["approve", "reject"], *, reason: str
) -> dict[str, Any]:
    """Answer an approval."""
    request = {"approval_id": approval_id, "decision": decision, "reason": reason}
    return platform.call("decide_approval", request)


def deploy(
    platform: Platform, use_case: str, version: int, *, reason: str, environment: dict[str, str]
) -> dict[str, Any]:
    """Ask for the deployment of a version that has been approved before."""
    request = {"use_case": use_case, "version": version, "reason": reason, "environment": environment}
    return platform.call("request_deployment", request)


def monitor(platform: Platform, use_case: str) -> str:
    """Start the monitoring workflow of a use case now, and return its execution's ARN."""
    if "monitoring" not in platform.workflows:
        raise NotFound(
            "The platform has no monitoring workflow.", action="Deploy the module `all` (cdk.json)."
        )
    answer = platform.session.client("stepfunctions").start_execution(
        stateMachineArn=platform.workflows["monitoring"], input=json.dumps({"use_case": use_case})
    )
    return str(answer["executionArn"])


def parse_candidate(text: str) -> dict[str, Any]:
    """Read ``NAME=ALGORITHM`` or ``NAME=ALGORITHM:{json}``.

    Raises
    ------
    InvalidSpec
        The text has another form.

    Examples
    --------
    >>> parse_candidate('stump=xgboost:{"max_depth": 1}')
    {'name': 'stump', 'algorithm': 'xgboost', 'hyperparameters': {'max_depth': 1}}
    """
    name, equals, rest = text.partition("=")
    algorithm, _, document = rest.partition(":")
    try:
        parameters = json.loads(document or "{}")
    except ValueError:
        parameters = None
    if not (name and equals and algorithm and isinstance(parameters, dict)):
        raise InvalidSpec(
            "This candidate cannot be read.",
            found=text,
            expected="NAME=ALGORITHM or NAME=ALGORITHM:{json}",
            action='Such as stump=xgboost:{"max_depth": 1}, in single quotes.',
        )
    return {"name": name, "algorithm": algorithm, "hyperparameters": parameters}


def parse_setting(text: str) -> tuple[str, str]:
    """Read ``VARIABLE=value``.

    Examples
    --------
    >>> parse_setting("PENSTOCK_MAX_BATCH_ROWS=500")
    ('PENSTOCK_MAX_BATCH_ROWS', '500')
    """
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise InvalidSpec("This setting cannot be read.", found=text, expected="VARIABLE=value")
    return name, value
