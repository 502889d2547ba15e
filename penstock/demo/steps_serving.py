"""Steps about serving: the first deployment, live rows, a canary under traffic, a rollback."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from penstock.cli import operations
from penstock.demo.play import Play
from penstock.demo.traffic import BATCH_ROWS, flowing
from penstock.demo.waiting import StepFailed, wait_for

if TYPE_CHECKING:
    from penstock.governance import AuditRecord

_DEPLOYMENT_SECONDS = 300.0
_LIVE_ROWS = 1_000
_LIVE_MONTH = 7
_OUTCOMES = frozenset({"version deployed", "deployment rolled_back", "deployment failed"})


def first_deployment(play: Play) -> None:
    """Wait until the first version answers."""
    with play.stage.step(
        "Version 1 is smoke-tested and deployed", "penstock executions --follow --workflow deployment"
    ):
        _expect(play, 0, "version deployed", number=1)
        _tell_endpoint(play)


def live_rows(play: Play) -> None:
    """Predict live rows through the runtime API, with the customers' history from the online store."""
    rows = play.live or _open_invoices(play, drift=False)
    _predict(play, f"{len(rows):,} live rows are predicted through InvokeEndpoint", rows)


def changed_rows(play: Play) -> None:
    """Predict rows of a changed world."""
    rows = _open_invoices(play, drift=True)
    _predict(
        play,
        f"The world changes: {len(rows):,} rows of other countries, terms and amounts are predicted",
        rows,
    )


def canary(play: Play) -> None:
    """Follow the canary of version 2 while clients go on asking."""
    with play.stage.step(
        "Version 2 goes live by canary, while traffic flows",
        "penstock executions --follow --workflow deployment",
    ):
        with flowing(play.endpoint, _open_invoices(play, drift=True)) as traffic:
            _expect(play, 1, "version deployed", number=2)
        play.stage.note(
            f"{traffic.answered} requests of {BATCH_ROWS} rows answered, {traffic.refused} refused"
        )
        _tell_champion(play)


def rollback(play: Play) -> None:
    """Deploy version 2 with a mis-set limit, and see it taken back by itself."""
    setting = "PENSTOCK_MAX_BATCH_ROWS=1"
    with play.stage.step(
        "A version whose canary raises errors is rolled back by itself",
        f"penstock deploy {play.use_case} --version 2 --set {setting}",
    ):
        done = len(_outcomes(play))
        with flowing(play.endpoint, _open_invoices(play, drift=True)) as traffic:
            time.sleep(0.5)
            operations.deploy(
                play.dana,
                play.use_case,
                2,
                reason="a mis-set limit",
                environment=dict([operations.parse_setting(setting)]),
            )
            outcome = _expect(play, done, "deployment rolled_back", number=2)
        play.stage.note(
            f"of {traffic.answered + traffic.refused} requests {traffic.share_refused:.0%} were refused "
            f"by the canary: {traffic.last_refusal[:160]}"
        )
        play.stage.note(f"rolled back: {outcome.details.get('reason') or 'alarms went off'}", style="bold")
        _tell_champion(play)
        _tell_endpoint(play)


def _expect(play: Play, done: int, action: str, *, number: int) -> AuditRecord:
    """Wait for the next outcome of a deployment after ``done`` others, which must be the expected one."""
    found = wait_for(
        lambda: next(iter(_outcomes(play)[done:]), None),
        what=f"the deployment of version {number}",
        timeout=_DEPLOYMENT_SECONDS,
        watch=lambda: _tell_status(play),
    )
    if found.action != action:
        raise StepFailed(
            "The deployment did not end as expected.",
            found=f"{found.action}: {found.details}",
            expected=action,
            action="penstock logs shows the endpoint's log.",
        )
    return found


def _outcomes(play: Play) -> list[AuditRecord]:
    """Return how deployments ended, the oldest first."""
    return [record for record in play.audited() if record.action in _OUTCOMES]


def _open_invoices(play: Play, *, drift: bool) -> list[dict[str, Any]]:
    """Return open invoices of the month after the first half-year."""
    from examples.late_invoices.generate import live

    request = play.request
    return live(_LIVE_ROWS, request.seed, drift=drift, month=_LIVE_MONTH, of_rows=request.rows)


def _predict(play: Play, title: str, rows: list[dict[str, Any]]) -> None:
    """Predict rows, each in a request of its own, and tell how fast and what."""
    with play.stage.step(title, f"penstock predict {play.use_case} rows.json"):
        begin = time.monotonic()
        answers = play.endpoint.predict(rows, batch_rows=1)
        took = time.monotonic() - begin
        told = _summed(answers, play.endpoint.use_case.model.problem)
        play.stage.note(f"{len(answers):,} answers, {len(answers) / took:,.0f} requests a second; {told}")


def _summed(answers: list[dict[str, Any]], problem: str) -> str:
    """Sum answers up: the mean, and how many are flagged or of each class."""
    mean = sum(answer["score"] for answer in answers) / len(answers)
    if problem == "regression":
        return f"mean {mean:,.1f}"
    labels = Counter(answer["label"] for answer in answers)
    if problem == "binary":
        return f"mean score {mean:.3f}, {labels[1] / len(answers):.0%} flagged"
    return ", ".join(f"{label}: {count}" for label, count in sorted(labels.items(), key=str))


def _tell_status(play: Play) -> None:
    """Show what the endpoint is doing."""
    from botocore.exceptions import ClientError

    try:
        found = play.dana.session.client("sagemaker").describe_endpoint(EndpointName=play.endpoint.endpoint)
    except ClientError:
        play.stage.now("the model is smoke-tested")
        return
    play.stage.now(f"endpoint {found['EndpointStatus']}")


def _tell_endpoint(play: Play) -> None:
    """Tell the endpoint's state."""
    found = play.dana.session.client("sagemaker").describe_endpoint(EndpointName=play.endpoint.endpoint)
    play.stage.note(f"endpoint {found['EndpointName']} is {found['EndpointStatus']}")


def _tell_champion(play: Play) -> None:
    """Tell which version serves."""
    champion = play.models.champion(play.use_case)
    play.stage.note(
        f"champion: version {champion.version} ({champion.candidate})" if champion else "no champion"
    )
