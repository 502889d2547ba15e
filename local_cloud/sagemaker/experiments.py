"""Experiments, trials and trial components, as far as recording and finding them goes."""

from collections.abc import Callable

from local_cloud.sagemaker.context import Context
from local_cloud.sagemaker.errors import ValidationException
from local_cloud.sagemaker.kinds import EXPERIMENT, TRIAL, TRIAL_COMPONENT, Kind
from local_cloud.sagemaker.resources import Json, Operation, Resources


class Tracked(Resources):
    """One of the three kinds that the experiments API records."""

    def operations(self) -> dict[str, Operation]:
        """Return the operations by their names on the wire."""
        name = self.kind.name
        return {
            f"Create{name}": self.create,
            f"Describe{name}": self.describe,
            f"List{self.kind.plural}": self.list_all,
            f"Update{name}": self.update,
            f"Delete{name}": self.delete,
        }

    def create(self, request: Json) -> Json:
        """Record a new one."""
        if "ExperimentName" in request and self.kind is not EXPERIMENT:
            Resources(self.context, EXPERIMENT).find(request["ExperimentName"])
        name = request[self.kind.name_key]
        record = self.insert(name, dict(request))
        if record is None:
            raise ValidationException(
                f"{self.kind.name} names must be unique; {self.arn(name)} already exists."
            )
        return {self.kind.arn_key: record[self.kind.arn_key]}

    def update(self, request: Json) -> Json:
        """Replace the given members."""
        name = request[self.kind.name_key]
        self.find(name)
        changes = {key: value for key, value in request.items() if key != self.kind.name_key}
        return {self.kind.arn_key: self.change(name, **changes)[self.kind.arn_key]}

    def delete(self, request: Json) -> Json:
        """Forget one."""
        name = request[self.kind.name_key]
        record = self.find(name)
        self.remove(name)
        return {self.kind.arn_key: record[self.kind.arn_key]}


class Experiments:
    """The experiments API: three kinds, and which components belong to which trial."""

    def __init__(self, context: Context) -> None:
        self._tracked = [Tracked(context, kind) for kind in (EXPERIMENT, TRIAL, TRIAL_COMPONENT)]
        self._components = self._of(TRIAL_COMPONENT)
        self._trials = self._of(TRIAL)

    def operations(self) -> dict[str, Operation]:
        """Return the operations by their names on the wire."""
        found = {name: call for tracked in self._tracked for name, call in tracked.operations().items()}
        links = {
            "AssociateTrialComponent": self.associate,
            "DisassociateTrialComponent": self.disassociate,
            "ListTrialComponents": self.list_components,
        }
        return {**found, **links}

    def associate(self, request: Json) -> Json:
        """Put a component into a trial."""
        return self._link(request, lambda trials, name: {*trials, name})

    def disassociate(self, request: Json) -> Json:
        """Take a component out of a trial."""
        return self._link(request, lambda trials, name: trials - {name})

    def list_components(self, request: Json) -> Json:
        """List components, of one trial if asked."""
        wanted = request.get("TrialName")
        answer = self._components.list_all(
            {key: value for key, value in request.items() if key != "TrialName"}
        )
        if wanted:
            members = {
                record["TrialComponentName"]
                for record in self._components.context.store.all(TRIAL_COMPONENT.name)
                if wanted in record.get("_trials", [])
            }
            kept = [
                item for item in answer["TrialComponentSummaries"] if item["TrialComponentName"] in members
            ]
            answer["TrialComponentSummaries"] = kept
        return answer

    def _link(self, request: Json, edit: Callable[[set[str], str], set[str]]) -> Json:
        """Change the trials that a component belongs to."""
        trial = self._trials.find(request["TrialName"])
        component = self._components.find(request["TrialComponentName"])
        trials = edit(set(component.get("_trials", [])), trial["TrialName"])
        self._components.change(component["TrialComponentName"], _trials=sorted(trials))
        return {"TrialArn": trial["TrialArn"], "TrialComponentArn": component["TrialComponentArn"]}

    def _of(self, kind: Kind) -> Tracked:
        """Return the records of one kind."""
        return next(tracked for tracked in self._tracked if tracked.kind is kind)
