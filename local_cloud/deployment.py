"""Deployment of a CDK cloud assembly through the CloudFormation API, as the CDK command line does it."""

import json
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local_cloud import assembly as cdk
from local_cloud.bootstrap import bootstrap, publish
from local_cloud.errors import DeploymentError
from local_cloud.lambda_runtime import LAYER_LOCK, build_layer
from local_cloud.progress import Progress, Report, silent

_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
_SETTLED = ("CREATE_COMPLETE", "UPDATE_COMPLETE")
_POLL_SECONDS = 0.1
_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a deployment did.

    Attributes
    ----------
    created, updated, unchanged
        Names of stacks.
    assets
        How many assets were uploaded.
    """

    created: tuple[str, ...]
    updated: tuple[str, ...]
    unchanged: tuple[str, ...]
    assets: int


@dataclass(slots=True)
class _Watch:
    """Follows the events of one stack operation."""

    client: Any
    stack: cdk.Stack
    report: Report
    token: str
    total: int
    seen: set[str] = field(default_factory=set)
    finished: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)

    def skip_old(self) -> None:
        """Forget the events of earlier operations."""
        try:
            self.seen.update(event["EventId"] for event in self._events())
        except ClientError:
            return

    def _events(self) -> list[dict[str, Any]]:
        """Return the events not seen yet, oldest first."""
        fresh: list[dict[str, Any]] = []
        for page in self.client.get_paginator("describe_stack_events").paginate(StackName=self.stack.name):
            events = [event for event in page["StackEvents"] if event["EventId"] not in self.seen]
            fresh += events
            if len(events) < len(page["StackEvents"]):
                break
        return fresh[::-1]

    def follow(self) -> str:
        """Read new events, report them, and return the stack's status."""
        for event in self._events():
            self.seen.add(event["EventId"])
            self._note(event)
        described = self.client.describe_stacks(StackName=self.stack.name)["Stacks"][0]
        return str(described["StackStatus"])

    def _note(self, event: dict[str, Any]) -> None:
        """Count a finished resource or keep the reason of a failure."""
        logical, status = event["LogicalResourceId"], event["ResourceStatus"]
        reason = event.get("ResourceStatusReason", "")
        if status.endswith("_FAILED") and "cancelled" not in reason:
            self.failures.append(f"{logical} ({event['ResourceType']}): {reason}")
        if event["ResourceType"] != "AWS::CloudFormation::Stack" and status.endswith("_COMPLETE"):
            self.finished.add(logical)
        done = min(len(self.finished), self.total)
        self.report(Progress("stack", self.stack.name, done, self.total, f"{logical} {status}"))


def _current(client: Any, name: str) -> dict[str, Any] | None:
    """Describe a stack, or return None if there is none."""
    try:
        found: dict[str, Any] = client.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError:
        return None
    return None if found["StackStatus"] == "DELETE_COMPLETE" else found


def _is_unchanged(client: Any, stack: cdk.Stack, current: dict[str, Any]) -> bool:
    """Tell whether a stack was deployed from the very same template, whose keys hold the assets' hashes."""
    if current["StackStatus"] not in _SETTLED:
        return False
    deployed = client.get_template(StackName=stack.name, TemplateStage="Original")["TemplateBody"]
    local = json.loads(stack.template_text())
    tags = {tag["Key"]: tag["Value"] for tag in current.get("Tags", [])}
    return (json.loads(deployed) if isinstance(deployed, str) else deployed) == local and tags == dict(
        stack.tags
    )


def _request(stack: cdk.Stack, template: dict[str, str]) -> dict[str, Any]:
    """Return the request that creates or updates a stack."""
    return {
        "StackName": stack.name,
        **template,
        "Capabilities": _CAPABILITIES,
        "Parameters": [{"ParameterKey": key, "ParameterValue": value} for key, value in stack.parameters],
        "Tags": [{"Key": key, "Value": value} for key, value in stack.tags],
    }


class _Deployment:
    """One deployment of one assembly."""

    def __init__(self, session: Any, content: cdk.Assembly, report: Report) -> None:
        self._session = session
        self._content = content
        lock = threading.Lock()

        def locked(progress: Progress) -> None:
            """Report from one thread at a time."""
            with lock:
                report(progress)

        self.report = locked
        self._cloudformation = session.client("cloudformation")
        self._endpoint = self._cloudformation.meta.endpoint_url
        self._urls = {asset.source.resolve(): (asset.bucket, asset.key) for asset in content.assets}

    def _template(self, stack: cdk.Stack) -> dict[str, str]:
        """Return the stack's template, or where it was published as an asset."""
        place = self._urls.get(stack.template.resolve())
        if place is None:
            return {"TemplateBody": stack.template_text()}
        return {"TemplateURL": f"{self._endpoint}/{place[0]}/{place[1]}"}

    def one(self, stack: cdk.Stack) -> str:
        """Bring one stack up to date and return what was done."""
        client, resources = self._cloudformation, json.loads(stack.template_text()).get("Resources", {})
        watch = _Watch(client, stack, self.report, token="", total=len(resources))
        current = _current(client, stack.name)
        if current is not None and _is_unchanged(client, stack, current):
            self.report(Progress("stack", stack.name, watch.total, watch.total, "unchanged"))
            return "unchanged"
        if current is not None and current["StackStatus"] in (
            "ROLLBACK_COMPLETE",
            "CREATE_FAILED",
            "ROLLBACK_FAILED",
        ):
            self._delete(stack.name)
            current = None
        watch.skip_old()
        done = self._submit(stack, is_update=current is not None)
        if done != "unchanged":
            self._finish(stack, watch)
        return done

    def _submit(self, stack: cdk.Stack, *, is_update: bool) -> str:
        """Ask CloudFormation to create or update a stack."""
        request = _request(stack, self._template(stack))
        try:
            if is_update:
                self._cloudformation.update_stack(**request)
            else:
                self._cloudformation.create_stack(**request, OnFailure="ROLLBACK")
        except ClientError as error:
            if "No updates are to be performed" in str(error):
                return "unchanged"
            raise DeploymentError(f"CloudFormation refused the stack {stack.name}: {error}") from error
        return "updated" if is_update else "created"

    def _delete(self, name: str) -> None:
        """Delete a stack that never came to be."""
        self._cloudformation.delete_stack(StackName=name)
        while _current(self._cloudformation, name) is not None:
            time.sleep(_POLL_SECONDS)

    def _finish(self, stack: cdk.Stack, watch: _Watch) -> None:
        """Wait for the end of an operation."""
        while (status := watch.follow()).endswith(("_IN_PROGRESS", "REVIEW_IN_PROGRESS")):
            time.sleep(_POLL_SECONDS)
        watch.follow()
        if status not in _SETTLED:
            reasons = "\n  ".join(watch.failures) or "no reason was given"
            raise DeploymentError(f"The stack {stack.name} ended as {status}:\n  {reasons}")

    def all(self) -> dict[str, str]:
        """Deploy the stacks, several at once where their dependencies allow, and return what was done."""
        done: dict[str, str] = {}
        running: dict[Future[str], cdk.Stack] = {}
        left = list(self._content.stacks)
        with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
            while left or running:
                ready = [stack for stack in left if stack.depends_on <= done.keys()]
                for stack in ready:
                    running[pool.submit(self.one, stack)] = stack
                    left.remove(stack)
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    done[running.pop(future).artifact] = future.result()
        return done


def _build_layers(assets: tuple[cdk.FileAsset, ...], cache: Path, report: Report) -> None:
    """Build the layers that carry a lock, so that the first invocations need not wait for it."""
    locks = [
        asset.source / LAYER_LOCK
        for asset in assets
        if asset.is_folder and (asset.source / LAYER_LOCK).exists()
    ]
    for done, lock in enumerate(locks, start=1):
        build_layer(cache, lock.read_text())
        report(Progress("layer", "layers", done, len(locks)))


def deploy(session: Any, folder: Path, *, cache: Path | None = None, report: Report = silent) -> Deployed:
    """Deploy a cloud assembly: publish its assets, then create or update its stacks in order.

    Parameters
    ----------
    session
        A boto3 session, of the account's owner, whose endpoint is the local cloud.
    folder
        The cloud assembly.
    cache
        Where built layers are kept; without it they are built when first used.
    report
        Told of each step.

    Raises
    ------
    DeploymentError
        With the failing resource and CloudFormation's reason.
    """
    content = cdk.read(folder)
    bootstrap(session, sorted({asset.bucket for asset in content.assets}))
    builder = _in_thread(lambda: _build_layers(content.assets, cache, report)) if cache else None
    uploaded = publish(session, content.assets, report)
    done = _Deployment(session, content, report).all()
    if builder is not None:
        builder.result()
    names = {stack.artifact: stack.name for stack in content.stacks}
    by_kind = {
        kind: tuple(names[key] for key, value in done.items() if value == kind) for kind in set(done.values())
    }
    return Deployed(
        by_kind.get("created", ()), by_kind.get("updated", ()), by_kind.get("unchanged", ()), uploaded
    )


def _in_thread(work: Callable[[], None]) -> "Future[None]":
    """Run work beside the deployment."""
    pool = ThreadPoolExecutor(max_workers=1)
    future = pool.submit(work)
    pool.shutdown(wait=False)
    return future
