"""Endpoints: created, moved to new configurations by deployments, invoked, brought back, deleted."""

import logging
import re
import threading
import time
import uuid
from typing import Any

from local_cloud.sagemaker.capture import Capture, summary
from local_cloud.sagemaker.cloud import CloudError
from local_cloud.sagemaker.context import Context
from local_cloud.sagemaker.deployment import RollbackError, Step, Watch, alarm_names, plan, time_limit
from local_cloud.sagemaker.errors import JobError, ValidationError, ValidationException
from local_cloud.sagemaker.fleet import Fleet, Variant, build_fleet
from local_cloud.sagemaker.invocation import Invocation, Invoker, Live, Prediction, Serving
from local_cloud.sagemaker.invocation_metrics import InvocationMetrics
from local_cloud.sagemaker.kinds import ENDPOINT
from local_cloud.sagemaker.models import EndpointConfigs, Models, variants
from local_cloud.sagemaker.resources import Json, Operation, Resources

logger = logging.getLogger(__name__)
_HOST_STOPPED = "InternalServerError: the host was stopped during the update"
_DEPLOYMENT_EVENT = "SageMaker Endpoint Deployment State Change"
_BUSY = ("Creating", "Updating", "SystemUpdating", "RollingBack", "Deleting")


class Endpoints(Resources):
    """The endpoint operations and the processes behind them."""

    def __init__(self, context: Context, models: Models, configs: EndpointConfigs) -> None:
        super().__init__(context, ENDPOINT)
        self._models = models
        self._configs = configs
        self._live: dict[str, Live] = {}
        self._metrics = InvocationMetrics()
        self._invoker = Invoker(context.config, self._metrics)
        self._halted = threading.Event()
        self._publisher = threading.Thread(target=self._publish_always, name="sagemaker-publish", daemon=True)

    def operations(self) -> dict[str, Operation]:
        """Return the operations by their names on the wire."""
        return {
            "CreateEndpoint": self.create,
            "DescribeEndpoint": self.describe,
            "ListEndpoints": self.list_all,
            "UpdateEndpoint": self.update,
            "UpdateEndpointWeightsAndCapacities": self.update_weights,
            "DeleteEndpoint": self.delete,
        }

    # Operations.

    def create(self, request: Json) -> Json:
        """Start an endpoint in the background."""
        name = request["EndpointName"]
        fleet_plan = self._plan(request["EndpointConfigName"])
        config = fleet_plan["config"]
        record = self.insert(
            name,
            {
                **request,
                "EndpointStatus": "Creating",
                "DataCaptureConfig": summary(config.get("DataCaptureConfig")),
                "_plan": fleet_plan,
            },
        )
        if record is None:
            raise ValidationException(f'Cannot create already existing endpoint "{self.arn(name)}".')
        self.announce(record)
        self._background(self._bring_up, name, fleet_plan)
        return {"EndpointArn": record["EndpointArn"]}

    def update(self, request: Json) -> Json:
        """Move an endpoint to another configuration in the background."""
        record = self._idle(request["EndpointName"])
        fleet_plan = self._plan(request["EndpointConfigName"])
        if request.get("RetainAllVariantProperties"):
            fleet_plan["weights"] = {
                variant["VariantName"]: variant["DesiredWeight"] for variant in record["ProductionVariants"]
            }
        deployment = request.get("DeploymentConfig")
        if deployment is None and request.get("RetainDeploymentConfig"):
            deployment = record.get("LastDeploymentConfig")
        self.change(record["EndpointName"], EndpointStatus="Updating", FailureReason=None)
        self._background(self._deploy, record["EndpointName"], fleet_plan, deployment)
        return {"EndpointArn": record["EndpointArn"]}

    def update_weights(self, request: Json) -> Json:
        """Set the weights of variants at once."""
        record = self._idle(request["EndpointName"])
        name = record["EndpointName"]
        live = self._live[name]
        by_name = {variant.name: variant for variant in live.blue.fleet.production}
        for wanted in request["DesiredWeightsAndCapacities"]:
            if wanted["VariantName"] not in by_name:
                raise ValidationException(
                    f'The variant name(s) "{wanted["VariantName"]}" is/are not present within endpoint '
                    f'configuration "{record["EndpointConfigName"]}".'
                )
        self.change(name, EndpointStatus="Updating")
        for wanted in request["DesiredWeightsAndCapacities"]:
            variant = by_name[wanted["VariantName"]]
            variant.weight = wanted.get("DesiredWeight", variant.weight)
            variant.definition["InitialInstanceCount"] = wanted.get("DesiredInstanceCount", variant.instances)
        weights = {variant.name: variant.weight for variant in by_name.values()}
        fleet_plan = {**record["_plan"], "weights": weights}
        self.change(name, EndpointStatus="InService", _plan=fleet_plan, **_shown(live.blue.fleet))
        return {"EndpointArn": record["EndpointArn"]}

    def delete(self, request: Json) -> Json:
        """Stop and forget an endpoint in the background."""
        record = self.find(request["EndpointName"])
        if record["EndpointStatus"] in _BUSY:
            raise ValidationException(f'Cannot update in-progress endpoint "{record["EndpointArn"]}".')
        name = record["EndpointName"]
        self.change(name, EndpointStatus="Deleting")
        self._background(self._take_down, name)
        return {}

    def invoke(self, invocation: Invocation) -> Prediction:
        """Answer an invocation.

        Raises
        ------
        ValidationError
            There is no such endpoint in service.
        ModelError
            The container answered with an error, or not in time.
        """
        live = self._live.get(invocation.endpoint)
        if live is None:
            raise ValidationError(
                f"Endpoint {invocation.endpoint} of account {self.context.config.account} not found."
            )
        return self._invoker.invoke(live, invocation)

    # Life of the host.

    def start(self) -> None:
        """Bring back the endpoints of an earlier server, and begin to publish."""
        self._publisher.start()
        for record in self.context.store.all(self.kind.name):
            name, status = record["EndpointName"], record["EndpointStatus"]
            if status == "Deleting":
                self.remove(name)
            elif status != "Failed":
                interrupted = (
                    {"FailureReason": _HOST_STOPPED} if status in ("Updating", "RollingBack") else {}
                )
                resumed = "Creating" if status == "Creating" else "SystemUpdating"
                self.change(name, EndpointStatus=resumed, PendingDeploymentSummary=None, **interrupted)
                self._background(self._bring_up, name, record["_plan"])

    def shutdown(self) -> None:
        """End all processes and write what is waiting."""
        self._halted.set()
        self._invoker.close()
        servings = [one for live in self._live.values() for one in (live.blue, live.green) if one]
        for serving in servings:
            serving.fleet.stop(at_once=True)
        self.publish()

    def publish(self) -> None:
        """Write captured data and metrics now."""
        metrics = self._metrics.take(self.context.clock())
        if metrics:
            try:
                self.context.cloud.put_metrics("AWS/SageMaker", metrics)
            except CloudError as error:
                logger.warning("metrics were not published: %s", error)
        for live in list(self._live.values()):
            for serving in (live.blue, live.green):
                if serving and serving.capture:
                    serving.capture.flush()

    def announce(self, record: Json) -> None:
        """Emit the state change of an endpoint, its status as events spell it."""
        self._emit(ENDPOINT.event or "", record)

    # Background work.

    def _bring_up(self, name: str, fleet_plan: Json) -> None:
        """Start the first fleet of an endpoint."""
        patience = time.monotonic() + self.context.config.timings.resume
        while not self._halted.is_set():
            try:
                self._start_first(name, fleet_plan)
            except (JobError, OSError) as error:
                self._live.pop(name, None)
                if _unreachable(error) and time.monotonic() < patience:
                    self._halted.wait(self.context.config.timings.restart_delay)
                    continue
                if not self._halted.is_set():
                    self.change(name, EndpointStatus="Failed", FailureReason=str(error)[:1024])
            return

    def _start_first(self, name: str, fleet_plan: Json) -> None:
        """Start the processes; requests to an endpoint that comes back wait for them."""
        fleet = self._fleet(name, fleet_plan)
        live = Live(Serving(fleet, self._capture(name, fleet_plan)))
        if self.find(name)["EndpointStatus"] != "Creating":
            self._live[name] = live
        fleet.start()
        self._live[name] = live
        self.change(name, EndpointStatus="InService", **_shown(fleet))

    def _deploy(self, name: str, fleet_plan: Json, deployment: Json | None) -> None:
        """Move an endpoint to a new fleet, or leave it on the old one."""
        live = self._live[name]
        green: Fleet | None = None
        try:
            green = self._fleet(name, fleet_plan)
            self._show_pending(name, green, "Creating", f"Launching {green.instances} instance(s).", 0.0)
            green.start()
            serving = Serving(green, self._capture(name, fleet_plan))
            self._shift(name, live, serving, deployment)
        except (JobError, RollbackError, CloudError, OSError) as error:
            self._roll_back(name, live, green, str(error), deployment)
            return
        old = live.promote(serving)
        config = fleet_plan["config"]
        self.change(
            name,
            EndpointStatus="InService",
            EndpointConfigName=green.config_name,
            LastDeploymentConfig=deployment,
            DataCaptureConfig=summary(config.get("DataCaptureConfig")),
            PendingDeploymentSummary=None,
            FailureReason=None,
            _plan=fleet_plan,
            **_shown(green),
        )
        self._emit(_DEPLOYMENT_EVENT, self.find(name))
        self._retire(old)

    def _shift(self, name: str, live: Live, green: Serving, deployment: Json | None) -> None:
        """Take the steps of the deployment's policy, watching the alarms at each."""
        role = green.fleet.production[0].model["ExecutionRoleArn"]
        watch = Watch(
            alarms=alarm_names(deployment),
            states=self.context.session(role).alarm_states,
            deadline=time.monotonic() + time_limit(deployment),
            interval=self.context.config.timings.alarm_check,
            halted=self._halted,
        )
        for step in plan(deployment, green.fleet.instances):
            self._take(name, live, green, step)
            watch.bake(step.bake)

    def _take(self, name: str, live: Live, green: Serving, step: Step) -> None:
        """Give the new fleet the traffic of one step."""
        live.shift(green, step.share)
        self._show_pending(name, green.fleet, "Baking", step.message, step.share)

    def _roll_back(
        self, name: str, live: Live, green: Fleet | None, reason: str, deployment: Json | None
    ) -> None:
        """Give all traffic back to the old fleet and end the new one."""
        with live.lock:
            abandoned = live.green
        live.shift(None, 0.0)
        if self._halted.is_set():
            if green:
                green.stop(at_once=True)
            return
        self.change(name, EndpointStatus="RollingBack")
        if abandoned:
            self._retire(abandoned)
        elif green and not green.stopped:
            green.stop()
        self.change(
            name,
            EndpointStatus="InService",
            FailureReason=reason[:1024],
            LastDeploymentConfig=deployment,
            PendingDeploymentSummary=None,
        )
        self._emit(_DEPLOYMENT_EVENT, self.find(name))

    def _retire(self, serving: Serving) -> None:
        """End a fleet once its last requests are answered, and write what was captured of them."""
        time.sleep(self.context.config.timings.drain)
        serving.fleet.stop()
        if serving.capture:
            serving.capture.flush()

    def _take_down(self, name: str) -> None:
        """End an endpoint's processes and forget it."""
        live = self._live.pop(name, None)
        if live:
            self._retire(live.blue)
        self.remove(name)

    # Parts.

    def _idle(self, name: str) -> Json:
        """Return an endpoint that may be changed."""
        record = self.find(name)
        if record["EndpointStatus"] in _BUSY:
            raise ValidationException(f'Cannot update in-progress endpoint "{record["EndpointArn"]}".')
        if record["EndpointStatus"] == "Failed":
            raise ValidationException(f'Cannot update failed endpoint "{record["EndpointArn"]}"; delete it.')
        return record

    def _plan(self, config_name: str) -> Json:
        """Return everything that a fleet needs, so that it outlives its models and configuration."""
        config = self._configs.find(config_name)
        names = {variant["ModelName"] for variant in variants(config)}
        return {"config": config, "models": {name: self._models.resolved(name) for name in sorted(names)}}

    def _fleet(self, name: str, fleet_plan: Json) -> Fleet:
        """Make a fleet in a folder of its own."""
        folder = self.context.config.state_dir / "endpoints" / name
        config_name = fleet_plan["config"]["EndpointConfigName"]
        return build_fleet(self.context, name, fleet_plan, folder / f"{config_name}-{uuid.uuid4().hex[:12]}")

    def _capture(self, name: str, fleet_plan: Json) -> Capture | None:
        """Return the data capture of a configuration."""
        config = fleet_plan["config"]
        wanted = config.get("DataCaptureConfig")
        if not wanted or not wanted.get("EnableCapture", False):
            return None
        model = fleet_plan["models"][config["ProductionVariants"][0]["ModelName"]]
        return Capture(name, wanted, self.context.session(model["ExecutionRoleArn"]))

    def _show_pending(self, name: str, green: Fleet, status: str, message: str, share: float) -> None:
        """Show the state of a deployment in the record and as an event."""
        now = self.context.clock()
        states = [{"Status": status, "StatusMessage": message, "StartTime": now}]
        shown = [
            {**_variant(variant), "VariantStatus": states, "CurrentWeight": variant.weight if share else 0.0}
            for variant in green.production
        ]
        earlier = self.find(name).get("PendingDeploymentSummary", {})
        pending = {
            "EndpointConfigName": green.config_name,
            "ProductionVariants": shown,
            "StartTime": earlier.get("StartTime", now),
        }
        self._emit(_DEPLOYMENT_EVENT, self.change(name, PendingDeploymentSummary=pending))

    def _emit(self, detail_type: str, record: Json) -> None:
        """Emit an event about an endpoint."""
        detail = self.context.api.event_detail(self.kind.describe, record)
        status = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", detail["EndpointStatus"]).upper()
        self.context.emit(detail_type, {**detail, "EndpointStatus": status}, record["EndpointArn"])

    def _background(self, work: Any, *arguments: Any) -> None:
        """Run long work in a thread of its own."""
        threading.Thread(
            target=work, args=arguments, name=f"sagemaker-endpoint-{arguments[0]}", daemon=True
        ).start()

    def _publish_always(self) -> None:
        """Publish at intervals until the host stops."""
        while not self._halted.wait(self.context.config.timings.publish):
            try:
                self.publish()
            except Exception:
                logger.exception("publishing failed")


def _unreachable(error: Exception) -> bool:
    """Tell whether another service did not answer, as while the cloud around is still starting."""
    cause = error.__cause__
    return isinstance(cause, CloudError) and cause.code == "ServiceUnavailable"


def _shown(fleet: Fleet) -> Json:
    """Return the members of DescribeEndpoint that tell of a fleet."""
    shadows = [_variant(variant) for variant in fleet.shadows]
    return {
        "ProductionVariants": [_variant(variant) for variant in fleet.production],
        "ShadowProductionVariants": shadows or None,
    }


def _variant(variant: Variant) -> Json:
    """Return a variant as DescribeEndpoint shows it."""
    image = variant.model["Containers"][0]["Image"]
    shown: Json = {
        "VariantName": variant.name,
        "DeployedImages": [{"SpecifiedImage": image, "ResolvedImage": image}],
        "CurrentWeight": variant.weight,
        "DesiredWeight": variant.weight,
    }
    if "ServerlessConfig" in variant.definition:
        serverless = variant.definition["ServerlessConfig"]
        return {**shown, "CurrentServerlessConfig": serverless, "DesiredServerlessConfig": serverless}
    return {
        **shown,
        "CurrentInstanceCount": variant.instances,
        "DesiredInstanceCount": variant.instances,
    }
