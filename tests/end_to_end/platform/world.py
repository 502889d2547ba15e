"""The deployed platform as the tests use it: its people, what lands in it and what came of that."""

from __future__ import annotations

import copy
import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

from local_cloud.lifecycle import Cloud
from penstock.catalog import Arrival, Catalog, LandedObject, Status
from penstock.errors import NotFound
from penstock.experiments import Run, Runs
from penstock.governance import Approval, Approvals, AuditTrail
from penstock.models import ModelRepository, ModelVersion, Stage
from penstock.platform import Platform

T = TypeVar("T")
Json = dict[str, Any]
_SECONDS = 180.0
_POLL = 0.1
_AT_ONCE = 4


def eventually(
    look: Callable[[], T | None], what: str, *, seconds: float = _SECONDS, poll: float = _POLL
) -> T:
    """Look until there is something that is not false, and return it."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"waited {seconds:g} s in vain for {what}"
        time.sleep(poll)
    return found


@dataclass(frozen=True)
class Landed:
    """A file that was put into the landing bucket."""

    object: LandedObject
    use_case: str
    dataset: str

    @property
    def id(self) -> str:
        """The id of its arrival."""
        return self.object.arrival_id


class World:
    """The session's platform, with the engineer's eyes: what happened, where everything is, what to break."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud
        self.session = cloud.session("engineer")
        self.engineer = Platform.discover(self.session)
        self.dana = Platform.discover(cloud.session("scientist"))
        self.priya = Platform.discover(cloud.session("approver"))
        self.omar = Platform.discover(cloud.session("owner"))
        self.catalog = Catalog(self.engineer.items("catalog"))
        self.models = ModelRepository(self.engineer.items("models"))
        self.runs = Runs(self.engineer.items("experiments"))
        self.approvals = Approvals(self.engineer.items("approvals"))
        self.audit = AuditTrail(self.engineer.items("audit"))
        self.use_cases: set[str] = set()
        self.copies: dict[str, list[str]] = {}
        self.inbox = Inbox(self)
        self._clients: dict[str, Any] = {}
        self._lock = threading.Lock()

    def aws(self, service: str) -> Any:
        """Return the engineer's client of a service."""
        with self._lock:
            make: Any = self.session.client
            return self._clients.setdefault(service, make(service))

    # -- what people do ------------------------------------------------------------------------------

    def register(self, document: Json, *, by: Platform | None = None) -> str:
        """Register a use case, as the data scientist unless told otherwise."""
        answer = (by or self.dana).call("register_use_case", {"use_case": document})
        self.use_cases.add(document["name"])
        return str(answer["use_case"])

    def land(self, use_case: str, name: str, data: bytes, *, dataset: str = "readings") -> Landed:
        """Put a file into the landing bucket as the data scientist."""
        bucket, key = self.dana.buckets["landing"], f"{use_case}/{dataset}/{name}"
        put = self._uploads.put_object(Bucket=bucket, Key=key, Body=data)
        landed = LandedObject(bucket=bucket, key=key, version=put["VersionId"], size=len(data))
        return Landed(landed, use_case, dataset)

    def onboard(self, use_case: str, name: str, data: bytes) -> Arrival:
        """Land a file and wait for what becomes of it."""
        return self.outcome(self.land(use_case, name, data))

    def onboard_all(self, files: dict[str, tuple[str, str, bytes]]) -> dict[str, Arrival]:
        """Onboard files by use case, name and content, a few at once."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return dict(zip(files, pool.map(lambda file: self.onboard(*file), files.values()), strict=True))

    @cached_property
    def _uploads(self) -> Any:
        return self.dana.session.client("s3")

    # -- what came of it -----------------------------------------------------------------------------

    def arrival(self, landed: Landed) -> Arrival | None:
        """Return an arrival as the catalogue has it."""
        try:
            return self.catalog.arrival(landed.use_case, landed.dataset, landed.id)
        except NotFound:
            return None

    def outcome(self, landed: Landed, *, other_than: str = "", seconds: float = _SECONDS) -> Arrival:
        """Wait until the workflow of an arrival has ended; ``other_than`` names one that had it before."""

        def ended() -> Arrival | None:
            found = self.arrival(landed)
            if found is None or found.status is Status.RECEIVED or found.execution in {"", other_than}:
                return None
            status = self.describe(self.execution("onboarding", found.execution))["status"]
            return None if status == "RUNNING" else self.arrival(landed)

        return eventually(ended, f"the outcome of {landed.object.key}", seconds=seconds)

    def replay(self, arrival: Arrival) -> Json:
        """Send the event of an arrival once more, and wait for the end of the workflow run."""
        event = self.describe(self.execution("onboarding", arrival.execution))["input"]
        return self.run("onboarding", json.loads(event))

    def report(self, arrival: Arrival) -> Json:
        """Return the report of an arrival."""
        key = f"reports/{arrival.use_case}/{arrival.dataset}/{arrival.id}/report.json"
        found: Json = json.loads(self.engineer.lake.read(key))
        return found

    def stored_rows(self, arrival: Arrival, folder: Path) -> tuple[int, int]:
        """Count the rows that are really curated and really quarantined."""
        import duckdb

        place, counts = f"{arrival.use_case}/{arrival.dataset}/arrival={arrival.id}", []
        for part in ("curated", "quarantine"):
            keys, rows = list(self.engineer.lake.keys(f"{part}/{place}/")), 0
            for number, key in enumerate(keys):
                path = folder / f"{arrival.id}-{part}-{number}.parquet"
                self.engineer.lake.download(key, path)
                rows += duckdb.from_parquet(str(path)).count("*").fetchall()[0][0]
            counts.append(rows)
        return counts[0], counts[1]

    def refused_copy(self, arrival: Arrival) -> bytes:
        """Return the copy that is kept of a refused file."""
        folder = f"refused/{arrival.use_case}/{arrival.dataset}/{arrival.id}"
        return self.engineer.lake.read(f"{folder}/{arrival.file_name}")

    def version(self, use_case: str, number: int, *stages: Stage, seconds: float = _SECONDS) -> ModelVersion:
        """Wait until a version has one of some stages."""

        def there() -> ModelVersion | None:
            found = {one.version: one for one in self.models.versions(use_case)}.get(number)
            return found if found and found.package_arn and (not stages or found.stage in stages) else None

        return eventually(there, f"version {number} of {use_case} to be {stages}", seconds=seconds)

    def pending(self, use_case: str, version: int = 1) -> Approval:
        """Wait for the question whether a version may go live."""

        def asked() -> Approval | None:
            waiting = self.approvals.pending(use_case)
            return next((one for one in waiting if one.version == version), None)

        return eventually(asked, f"the approval of version {version} of {use_case}")

    def run_of(self, use_case: str, status: str, after: int = 0) -> Run:
        """Wait for a training run of a status, not counting the first ``after`` of it."""

        def there() -> Run | None:
            found = [run for run in self.runs.runs(use_case) if run.status == status]
            return found[after] if len(found) > after else None

        return eventually(there, f"a {status} run of {use_case}")

    def actions(self, use_case: str) -> list[str]:
        """Return what the audit trail says was done."""
        return [record.action for record in self.audit.records(use_case)]

    # -- workflows -----------------------------------------------------------------------------------

    def execution(self, workflow: str, name: str) -> str:
        """Return the ARN of a workflow run."""
        return f"{self.engineer.workflows[workflow].replace(':stateMachine:', ':execution:')}:{name}"

    def describe(self, arn: str) -> Json:
        """Describe a workflow run."""
        found: Json = self.aws("stepfunctions").describe_execution(executionArn=arn)
        return found

    def start(self, workflow: str, data: Json, *, machine: str = "") -> str:
        """Start a workflow as the engineer."""
        target = machine or self.engineer.workflows[workflow]
        started = self.aws("stepfunctions").start_execution(stateMachineArn=target, input=json.dumps(data))
        return str(started["executionArn"])

    def ended(self, arn: str, *, seconds: float = _SECONDS) -> Json:
        """Wait for the end of a workflow run."""
        return eventually(
            lambda: (found := self.describe(arn))["status"] != "RUNNING" and found,
            f"the end of {arn}",
            seconds=seconds,
        )

    def run(self, workflow: str, data: Json) -> Json:
        """Run a workflow to its end."""
        return self.ended(self.start(workflow, data))

    def executions(self, workflow: str) -> list[str]:
        """Return all runs of a workflow, and of copies of it that a test made."""
        pages = self.aws("stepfunctions").get_paginator("list_executions")
        machines = [self.engineer.workflows[workflow], *self.copies.get(workflow, [])]
        found = [page for machine in machines for page in pages.paginate(stateMachineArn=machine)]
        return [one["executionArn"] for page in found for one in page["executions"]]

    def entered(self, arn: str) -> list[str]:
        """Return the states that a run has entered, in order."""
        pages = self.aws("stepfunctions").get_paginator("get_execution_history").paginate(executionArn=arn)
        events = (event for page in pages for event in page["events"])
        return [
            event["stateEnteredEventDetails"]["name"]
            for event in events
            if "stateEnteredEventDetails" in event
        ]

    def children(self, arn: str) -> list[str]:
        """Return the executions that the map runs of a workflow run have started."""
        client = self.aws("stepfunctions")
        runs = client.list_map_runs(executionArn=arn)["mapRuns"]
        pages = [client.get_paginator("list_executions").paginate(mapRunArn=one["mapRunArn"]) for one in runs]
        return [one["executionArn"] for some in pages for page in some for one in page["executions"]]

    def runs_with(self, workflow: str, text: str) -> list[Json]:
        """Return the runs of a workflow whose input has a text, the newest first."""
        described = (self.describe(arn) for arn in self.executions(workflow))
        return [one for one in described if text in one["input"]]

    def ended_run(self, workflow: str, text: str) -> Json:
        """Wait for the end of the first run of a workflow whose input has a text."""
        found = eventually(lambda: self.runs_with(workflow, text), f"a run of {workflow} with {text}")
        return self.ended(found[-1]["executionArn"])

    # -- what is broken on purpose -------------------------------------------------------------------

    def function(self, part: str) -> str:
        """Return the name of the function that has a part in its name."""
        pages = self.aws("lambda").get_paginator("list_functions").paginate()
        names = [one["FunctionName"] for page in pages for one in page["Functions"]]
        found = [name for name in names if part in name]
        assert len(found) == 1, f"{part}: {found or names}"
        return str(found[0])

    @contextmanager
    def without_permission(self, function: str, action: str) -> Iterator[None]:
        """Take an action out of the policies of a function's role for a while."""
        config = self.aws("lambda").get_function_configuration(FunctionName=self.function(function))
        role, iam = config["Role"].rsplit("/", 1)[-1], self.aws("iam")
        names = iam.list_role_policies(RoleName=role)["PolicyNames"]
        kept = {name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names}
        assert action in json.dumps(kept)
        for name, policy in kept.items():
            self._put_policy(role, name, _without(policy, action))
        try:
            yield
        finally:
            for name, policy in kept.items():
                self._put_policy(role, name, policy)

    @contextmanager
    def setting(self, function: str, **variables: str) -> Iterator[None]:
        """Set environment variables of a function for a while."""
        name, client = self.function(function), self.aws("lambda")
        before = client.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
        client.update_function_configuration(FunctionName=name, Environment={"Variables": before | variables})
        try:
            yield
        finally:
            client.update_function_configuration(FunctionName=name, Environment={"Variables": before})

    def kill_function(self, function: str) -> None:
        """Kill a function's process as soon as it is at work."""
        name = self.function(function)
        eventually(
            lambda: self.cloud.admin("faults", {"kill_function": name})["killed"],
            f"{name} to run",
            poll=0.002,
        )

    def kill_job(self, part: str) -> str:
        """Kill a SageMaker job's process as soon as there is one; return the job's name."""

        def killed() -> str | None:
            for note in self.cloud.state.glob(f"sagemaker/jobs/*/*{part}*/process.json"):
                try:
                    os.killpg(os.getpgid(json.loads(note.read_text())["pid"]), signal.SIGKILL)
                except (OSError, ValueError, KeyError):
                    continue
                return note.parent.name
            return None

        return eventually(killed, f"a job {part}", poll=0.01)

    def copy_workflow(self, workflow: str, change: Callable[[Json], None]) -> str:
        """Create a copy of a deployed state machine with something changed, under the same role."""
        client = self.aws("stepfunctions")
        deployed = client.describe_state_machine(stateMachineArn=self.engineer.workflows[workflow])
        definition = json.loads(deployed["definition"])
        change(definition)
        copied = client.create_state_machine(
            name=f"copy-of-{workflow}-{len(self.copies)}",
            definition=json.dumps(definition),
            roleArn=deployed["roleArn"],
        )
        self.copies.setdefault(workflow, []).append(copied["stateMachineArn"])
        return str(copied["stateMachineArn"])

    def _put_policy(self, role: str, name: str, policy: Json) -> None:
        self.aws("iam").put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(policy))


class Inbox:
    """A queue that is subscribed to the platform's topic, as a person's mailbox would be."""

    def __init__(self, world: World) -> None:
        self._world, self._url, self._messages = world, "", list[Json]()

    def subscribe(self) -> None:
        """Create the queue and subscribe it."""
        sqs, topic = self._world.aws("sqs"), self._topic()
        self._url = sqs.create_queue(QueueName="inbox-of-the-tests")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=self._url, AttributeNames=["QueueArn"])["Attributes"][
            "QueueArn"
        ]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=self._url, Attributes={"Policy": policy})
        self._world.aws("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)

    def told(self, *texts: str) -> Json:
        """Wait for a notification whose subject and message hold all texts."""

        def there() -> Json | None:
            self._fetch()
            return next((one for one in self._messages if all(_says(one, text) for text in texts)), None)

        return eventually(there, f"a notification with {texts}", seconds=20)

    def count(self, text: str) -> int:
        """Count the notifications so far that hold a text."""
        self._fetch()
        return sum(_says(one, text) for one in self._messages)

    def _fetch(self) -> None:
        sqs = self._world.aws("sqs")
        while found := sqs.receive_message(QueueUrl=self._url, MaxNumberOfMessages=10).get("Messages", []):
            for message in found:
                self._messages.append(json.loads(message["Body"]))
                sqs.delete_message(QueueUrl=self._url, ReceiptHandle=message["ReceiptHandle"])

    def _topic(self) -> str:
        path = f"/penstock/{self._world.engineer.environment}/foundation/topic_arn"
        return str(self._world.aws("ssm").get_parameter(Name=path)["Parameter"]["Value"])


def _says(message: Json, text: str) -> bool:
    return text in f"{message.get('Subject')} {message.get('Message')}"


def _without(policy: Json, action: str) -> Json:
    """Return a policy that no longer allows an action."""
    kept = copy.deepcopy(policy)
    for statement in kept["Statement"]:
        actions: Sequence[str] = (
            [statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"]
        )
        statement["Action"] = [one for one in actions if one != action]
    kept["Statement"] = [statement for statement in kept["Statement"] if statement["Action"]]
    return kept
