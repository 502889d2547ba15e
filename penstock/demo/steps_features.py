"""Steps about features: what the platform has made of the rows that came."""

from __future__ import annotations

from penstock.cli.materialising import entity_features
from penstock.demo.play import Play
from penstock.demo.waiting import wait_for

CUSTOMERS = ("C000001", "C000002")
_SECONDS = 600.0


def features_ready(play: Play, dataset: str) -> bool:
    """Say whether the features of a dataset's newest snapshot have been made."""
    head = play.catalog.head(play.use_case, dataset)
    made = (record for record in play.audited() if record.action == "features materialised")
    return head is not None and any(record.details.get("snapshot_id") == head.id for record in made)


def await_features(play: Play, dataset: str) -> None:
    """Wait until the features of the newest rows count."""
    wait_for(
        lambda: features_ready(play, dataset) or None,
        what="the features of the new snapshot",
        timeout=_SECONDS,
        watch=play.watch("features"),
    )


def look_at_customers(play: Play) -> None:
    """Show what is known about two customers, as the endpoint will read it."""
    with play.stage.step(
        "What is known about customers: endpoints read it by their number, trainings as it was then",
        f"penstock feature get late_invoices customer {' '.join(CUSTOMERS)}",
    ):
        await_features(play, "invoices")
        rows = list(entity_features(play.dana, play.use_case, "customer", CUSTOMERS))
        play.stage.table(rows, tuple(rows[0]))
