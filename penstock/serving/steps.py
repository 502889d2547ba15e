"""The steps of the deployment workflow: plan, complete, fail."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Protocol

from penstock.catalog import Catalog
from penstock.catalog.lineage import Edge
from penstock.errors import InvalidSpec, NotFound, NotPermitted
from penstock.features import ModelFeatures
from penstock.governance.audit import AuditTrail, record_version
from penstock.governance.seals import check_seal
from penstock.models import ModelRepository, ModelVersion, Stage
from penstock.platform.failures import read_failure
from penstock.platform.jobs import JobSettings, Source, processing_job
from penstock.serving.plan import plan_serving
from penstock.specs import parse_use_case
from penstock.stores import ObjectStore

_ACTOR = "serving"
_ROUTES = {None: "create", "Failed": "replace"}
_SETTABLE = frozenset(
    {"PENSTOCK_MAX_BATCH_ROWS", "PENSTOCK_EXPLAIN_SHARE", "PENSTOCK_EXPLAIN_TOP", "PENSTOCK_EXPLAIN_ROWS"}
)
_DEPLOYABLE = {
    Stage.APPROVED,
    Stage.CHAMPION,
    Stage.RETIRED,
    Stage.ROLLED_BACK,
    Stage.FAILED,
    Stage.DEPLOYING,
}


class Endpoints(Protocol):
    """What is asked about live endpoints."""

    def status(self, name: str) -> str | None:
        """Return the status of an endpoint, or None when there is none of that name."""
        ...


@dataclass(frozen=True)
class Deployment:
    """What the steps need; a handler makes one and keeps it."""

    catalog: Catalog
    models: ModelRepository
    audit: AuditTrail
    artifacts: ObjectStore
    endpoints: Endpoints
    job: JobSettings
    now: Callable[[], str]
    poll_seconds: int = 30
    online_table: str = ""
    """From which containers read features; empty where requests must have all columns."""

    def plan(self, detail: Mapping[str, Any], execution: str) -> dict[str, Any]:
        """Prepare all requests that bring an approved version to its endpoint.

        Parameters
        ----------
        detail
            ``use_case`` and ``version``; ``environment`` may set container variables, ``requested_by`` and
            ``reason`` tell who wants it and why.

        Raises
        ------
        NotPermitted
            The version was never approved.
        ChangedModel
            Its package is not the one that was registered.
        InvalidSpec
            A variable is not among those that may be set.
        """
        use_case, number = self.catalog.use_case(detail["use_case"]), int(detail["version"])
        version = self.models.version(use_case.name, number)
        if version.stage not in _DEPLOYABLE:
            raise NotPermitted(
                "Only an approved version is deployed.",
                found=f"stage {version.stage}",
                where=f"version {number} of {use_case.name}",
            )
        signature = check_seal(self.audit, self.artifacts, version)
        environment = {str(name): str(value) for name, value in (detail.get("environment") or {}).items()}
        if unknown := sorted(set(environment) - _SETTABLE):
            raise InvalidSpec(
                "A deployment cannot set this.",
                found=", ".join(unknown),
                expected=", ".join(sorted(_SETTABLE)),
            )
        unique = hashlib.sha256(execution.encode()).hexdigest()[:8]
        plan = plan_serving(
            use_case,
            version=str(number),
            deployment=unique,
            environment=environment,
            kms_key_id=self.job.key,
            capture_uri=f"{self.artifacts.uri}/capture/{use_case.name}",
        )
        by, model_uri = str(detail.get("requested_by") or _ACTOR), f"{self.artifacts.uri}/{version.model_key}"
        if version.stage is not Stage.CHAMPION:
            self.models.move(use_case.name, number, Stage.DEPLOYING, by=by, at=self.now())
        self._record(
            use_case.name,
            "deployment started",
            by,
            number,
            {
                "endpoint": plan.endpoint_name,
                "config": plan.endpoint_config_name,
                "environment": environment,
                "reason": detail.get("reason", ""),
            },
            once=True,
        )
        return {
            "use_case": use_case.name,
            "version": number,
            "was": str(_settled(version)),
            "route": _ROUTES.get(self.endpoints.status(plan.endpoint_name), "update"),
            "endpoint": plan.endpoint_name,
            "endpoint_config": plan.endpoint_config_name,
            "poll_seconds": self.poll_seconds,
            "smoke": self._smoke(
                use_case.model_dump(mode="json"), version.evaluation_prefix, model_uri, number, unique
            ),
            "model": {
                "ModelName": plan.model_name,
                "ExecutionRoleArn": self.job.role,
                "PrimaryContainer": {
                    "Image": self.job.image,
                    "ModelDataUrl": model_uri,
                    "Environment": {
                        **plan.environment,
                        **self._features(version),
                        "PENSTOCK_MODEL_DIGEST": signature.digest,
                    },
                },
            },
            "config": plan.endpoint_config,
            "alarms": list(plan.alarms),
            "update": {
                "EndpointName": plan.endpoint_name,
                "EndpointConfigName": plan.endpoint_config_name,
                "DeploymentConfig": plan.deployment_config,
            },
        }

    def _features(self, version: ModelVersion) -> dict[str, str]:
        """Return what a container must know to read features as the version was trained with them."""
        if not self.online_table:
            return {}
        request = f"runs/{version.use_case}/{version.run_id}/requests/prepare/request.json"
        trained = parse_use_case(json.loads(self.artifacts.read(request))["use_case"], where=request)
        found = ModelFeatures.of(trained)
        if not found.names:
            return {}
        return {"PENSTOCK_ONLINE_TABLE": self.online_table, **found.environment()}

    def complete(self, planned: Mapping[str, Any], described: Mapping[str, Any]) -> dict[str, Any]:
        """Read how the rollout ended: the new version is the champion, or the old one still is."""
        use_case, number = planned["use_case"], planned["version"]
        live, wanted = described.get("EndpointConfigName"), planned["endpoint_config"]
        status, reason = described.get("EndpointStatus"), str(described.get("FailureReason") or "")
        told = {"use_case": use_case, "version": number, "endpoint": planned["endpoint"]}
        if status == "InService" and live == wanted:
            self.models.move(
                use_case, number, Stage.CHAMPION, by=_ACTOR, at=self.now(), reason="live on the endpoint"
            )
            served = Edge(
                source=f"model:{use_case}/{number}",
                target=f"endpoint:{use_case}/{planned['endpoint']}",
                by=_ACTOR,
                at=self.now(),
            )
            self.catalog.lineage.record(served)
            facts = {"endpoint": planned["endpoint"], "config": wanted}
            self._record(use_case, "version deployed", _ACTOR, number, facts, once=True)
            return {**told, "outcome": "deployed"}
        outcome = "rolled_back" if status == "InService" else "failed"
        self._leave(use_case, number, Stage.ROLLED_BACK if outcome == "rolled_back" else Stage.FAILED, reason)
        facts = {"endpoint_status": status, "reason": reason, "config": wanted}
        self._record(use_case, f"deployment {outcome}", _ACTOR, number, facts, once=True)
        return {**told, "outcome": outcome, "message": reason}

    def fail(self, detail: Mapping[str, Any], failure: Mapping[str, Any]) -> dict[str, Any]:
        """Record a deployment that broke off before any traffic moved."""
        error, number = read_failure(failure), int(detail["version"])
        self._leave(detail["use_case"], number, Stage.FAILED, f"{error.name}: {error.message}")
        self._record(detail["use_case"], "deployment failed", _ACTOR, number, error.model_dump())
        return {
            "use_case": detail["use_case"],
            "version": number,
            "outcome": "failed",
            "error": error.name,
            "message": error.message,
        }

    def _leave(self, use_case: str, number: int, stage: Stage, reason: str) -> None:
        """Move a version out of deployment; a champion whose redeployment failed stays champion."""
        with suppress(NotFound):
            if self.models.version(use_case, number).stage is Stage.DEPLOYING:
                self.models.move(use_case, number, stage, by=_ACTOR, at=self.now(), reason=reason)

    def _smoke(
        self, document: dict[str, Any], evaluation: str, model_uri: str, number: int, unique: str
    ) -> dict[str, Any]:
        """Write the smoke test's request and return its job."""
        name = f"smoke-{document['name'].replace('_', '-')[:32]}-{number}-{unique}"
        home = f"deployments/{document['name']}/{name}"
        self.artifacts.write(
            f"{home}/request.json",
            json.dumps({"use_case": document, "version": number}).encode(),
            content_type="application/json",
        )
        root = self.artifacts.uri
        return processing_job(
            self.job,
            name=name,
            job="smoke",
            instance=document["model"]["processing_instance"],
            sources=[
                Source("request", f"{root}/{home}/request.json"),
                Source("model", model_uri),
                Source("samples", f"{root}/{evaluation}/samples.json"),
            ],
            outputs={"smoke": f"{root}/{home}"},
        )

    def _record(
        self,
        use_case: str,
        action: str,
        actor: str,
        number: int,
        details: dict[str, Any],
        *,
        once: bool = False,
    ) -> None:
        record_version(
            self.audit,
            use_case,
            number,
            action=action,
            actor=actor,
            at=self.now(),
            details=details,
            once=once,
        )


def _settled(version: ModelVersion) -> Stage:
    """Return the stage before deployment, also when the step is repeated."""
    stages = (change.stage for change in reversed(version.history))
    return next((stage for stage in stages if stage is not Stage.DEPLOYING), version.stage)
