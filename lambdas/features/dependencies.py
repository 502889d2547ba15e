"""What the features handlers share."""

from __future__ import annotations

from functools import cache

from lambdas.runtime import bucket, client, hash_key, job_settings, now, setting, table
from lambdas.scheduling import EventBridgeScheduler
from penstock.catalog import Catalog
from penstock.features.answers import FeatureAnswers
from penstock.features.backfilling import Backfills
from penstock.features.catalogue import FeatureCatalogue, FeatureStewardship
from penstock.features.erased import ErasedEntities
from penstock.features.erasure import Erasure
from penstock.features.jobs import FeatureJobs
from penstock.features.materialisations import Materialisations
from penstock.features.purging import Purge
from penstock.features.requests import FeatureRequests
from penstock.features.schedules import FeatureSchedules
from penstock.features.steps import FeatureRefresh
from penstock.features.tables import GlueFeatureTables
from penstock.governance.audit import AuditTrail
from penstock.models import ModelRepository


@cache
def refresh() -> FeatureRefresh:
    """Return the steps, wired to this function's tables and buckets."""
    catalog, items, lake = Catalog(table("catalog")), table("features"), bucket("lake")
    environment = {name: setting(name) for name in ("LAKE_BUCKET", "ONLINE_TABLE", "HASH_KEY_SECRET")}
    return FeatureRefresh(
        catalog=catalog,
        features=FeatureCatalogue(items),
        known=Materialisations(items),
        erased=ErasedEntities(items),
        models=ModelRepository(table("models")),
        audit=AuditTrail(table("audit")),
        tables=GlueFeatureTables(client("glue"), setting("GLUE_DATABASE"), lake.uri),
        jobs=FeatureJobs(lake, catalog.snapshots, job_settings(), environment),
        now=now,
    )


@cache
def backfills() -> Backfills:
    """Return the steps of the backfill workflow."""
    return Backfills(refresh())


@cache
def requests() -> FeatureRequests:
    """Return what people ask of materialisation."""
    catalog, features = Catalog(table("catalog")), FeatureCatalogue(table("features"))
    return FeatureRequests(catalog, features, AuditTrail(table("audit")), now)


@cache
def schedules() -> FeatureSchedules:
    """Return what keeps the schedules of views."""
    items = table("features")
    return FeatureSchedules(Catalog(table("catalog")), FeatureCatalogue(items), items, EventBridgeScheduler())


@cache
def purging() -> Purge:
    """Return what removes features of rows that were removed."""
    catalog, known = Catalog(table("catalog")), Materialisations(table("features"))
    return Purge(catalog, known, AuditTrail(table("audit")), bucket("lake"), now)


@cache
def erasure() -> Erasure:
    """Return the steps of an erasure."""
    from penstock.features.online import DynamoEntities, OnlineStore

    items = table("features")
    return Erasure(
        catalog=Catalog(table("catalog")),
        features=FeatureCatalogue(items),
        known=Materialisations(items),
        erased=ErasedEntities(items),
        online=OnlineStore(DynamoEntities(client("dynamodb"), setting("ONLINE_TABLE"))),
        audit=AuditTrail(table("audit")),
        lake=bucket("lake"),
        hash_key=hash_key,
        now=now,
    )


@cache
def stewardship() -> FeatureStewardship:
    """Return what people decide about features."""
    return FeatureStewardship(
        features=FeatureCatalogue(table("features")),
        catalog=Catalog(table("catalog")),
        models=ModelRepository(table("models")),
        audit=AuditTrail(table("audit")),
        now=now,
    )


@cache
def answers() -> FeatureAnswers:
    """Return what answers requests for features."""
    from penstock.features.online import DynamoEntities, OnlineStore

    store = OnlineStore(DynamoEntities(client("dynamodb"), setting("ONLINE_TABLE")))
    return FeatureAnswers(Catalog(table("catalog")).use_case, store)
