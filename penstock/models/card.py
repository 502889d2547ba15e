"""The schema of SageMaker's model cards: what a card may say, and how long each text may be.

The names are those of the JSON that ``CreateModelCard`` takes; the limits are those of
``AWS::SageMaker::ModelCard``. What SageMaker would refuse is refused here.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

MOST_CHARACTERS = 100_000
"""How long a whole card may be, as JSON."""

_Text63 = Annotated[str, StringConstraints(max_length=63)]
_Text1024 = Annotated[str, StringConstraints(max_length=1_024)]
_Text2048 = Annotated[str, StringConstraints(max_length=2_048)]
_Name63 = Annotated[str, StringConstraints(min_length=1, max_length=63)]
_Name255 = Annotated[str, StringConstraints(min_length=1, max_length=255)]
_Details = dict[Annotated[str, StringConstraints(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]*$")], _Text1024]
_Places = Annotated[tuple[_Text1024, ...], Field(max_length=15)]
Cell = float | str
CardStatus = Literal["Draft", "PendingReview", "Approved", "Archived"]


class _Part(BaseModel):
    """A part of a card, without fields that SageMaker does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Environment(_Part):
    """Images of containers."""

    container_image: _Places = ()


class ModelOverview(_Part):
    """What the model is."""

    model_description: _Text1024 = ""
    model_owner: _Text1024 = ""
    model_creator: _Text1024 = ""
    problem_type: _Text1024 = ""
    algorithm_type: _Text1024 = ""
    model_id: _Text1024 = ""
    model_artifact: _Places = ()
    model_name: _Text1024 = ""
    model_version: Annotated[float, Field(ge=1)] = 1
    inference_environment: Environment = Environment()


class IntendedUses(_Part):
    """What it is for, and how much is at risk."""

    purpose_of_model: _Text2048 = ""
    intended_uses: _Text2048 = ""
    factors_affecting_model_efficiency: _Text2048 = ""
    risk_rating: Literal["High", "Medium", "Low", "Unknown"] = "Unknown"
    explanations_for_risk_rating: _Text2048 = ""


class BusinessDetails(_Part):
    """Whose problem it solves."""

    business_problem: _Text2048 = ""
    business_stakeholders: _Text2048 = ""
    line_of_business: _Text2048 = ""


class PackageContainer(_Part):
    """A container of a model package."""

    image: Annotated[str, StringConstraints(max_length=255)]
    model_data_url: _Text1024 = ""
    nearest_model_name: str = ""


class PackageInference(_Part):
    """How a model package is served."""

    containers: Annotated[tuple[PackageContainer, ...], Field(min_length=1, max_length=15)]


class SourceAlgorithm(_Part):
    """An algorithm that a model package was made with."""

    algorithm_name: Annotated[str, StringConstraints(max_length=170)]
    model_data_url: _Text1024 = ""


class PackageCreator(_Part):
    """Who made a model package in Studio."""

    user_profile_name: _Text63 = ""


class ModelPackageDetails(_Part):
    """The model package in the registry that the card is about."""

    model_package_name: _Name63 | None = None
    model_package_arn: Annotated[str, StringConstraints(min_length=1, max_length=2_048)] | None = None
    model_package_group_name: _Name63 | None = None
    model_package_version: Annotated[float, Field(ge=1)] | None = None
    model_package_description: _Text1024 = ""
    model_package_status: Literal["Pending", "InProgress", "Completed", "Failed", "Deleting"] | None = None
    model_approval_status: Literal["Approved", "Rejected", "PendingManualApproval"] | None = None
    approval_description: _Text1024 = ""
    created_by: PackageCreator = PackageCreator()
    domain: str = ""
    task: str = ""
    inference_specification: PackageInference | None = None
    source_algorithms: Annotated[tuple[SourceAlgorithm, ...], Field(max_length=1)] = ()


class Function(_Part):
    """What training optimises."""

    function: Literal["Maximize", "Minimize"] | None = None
    facet: _Text63 = ""
    condition: _Text63 = ""


class ObjectiveFunction(_Part):
    """What training optimises, with a note."""

    function: Function = Function()
    notes: _Text1024 = ""


class TrainingMetric(_Part):
    """A number of training."""

    name: _Name255
    value: float
    notes: _Text1024 = ""


class HyperParameter(_Part):
    """A hyper-parameter."""

    name: _Name255
    value: _Name255


class TrainingJobDetails(_Part):
    """How it was trained."""

    training_arn: _Text1024 = ""
    training_datasets: _Places = ()
    training_environment: Environment = Environment()
    training_metrics: Annotated[tuple[TrainingMetric, ...], Field(max_length=50)] = ()
    hyper_parameters: Annotated[tuple[HyperParameter, ...], Field(max_length=100)] = ()


class TrainingDetails(_Part):
    """How, on what and for what it was trained."""

    objective_function: ObjectiveFunction = ObjectiveFunction()
    training_observations: _Text1024 = ""
    training_job_details: TrainingJobDetails = TrainingJobDetails()


class SimpleMetric(_Part):
    """A number, a word, or yes or no."""

    name: _Name255
    type: Literal["number", "string", "boolean"]
    value: bool | float | _Text63
    notes: _Text1024 = ""
    x_axis_name: _Text63 = ""
    y_axis_name: _Text63 = ""


class LinearGraph(_Part):
    """Points of a line."""

    name: _Name255
    type: Literal["linear_graph"] = "linear_graph"
    value: Annotated[tuple[tuple[Cell, Cell], ...], Field(min_length=1)]
    notes: _Text1024 = ""
    x_axis_name: _Text63 = ""
    y_axis_name: _Text63 = ""


class BarChart(_Part):
    """Bars, each with a name."""

    name: _Name255
    type: Literal["bar_chart"] = "bar_chart"
    value: Annotated[tuple[Cell, ...], Field(min_length=1)]
    notes: _Text1024 = ""
    x_axis_name: tuple[_Text63, ...] = ()
    y_axis_name: _Text63 = ""


class Matrix(_Part):
    """A table, such as of mistaken classes."""

    name: _Name255
    type: Literal["matrix"] = "matrix"
    value: Annotated[
        tuple[Annotated[tuple[Cell, ...], Field(min_length=1, max_length=20)], ...],
        Field(min_length=1, max_length=20),
    ]
    notes: _Text1024 = ""
    x_axis_name: tuple[_Text63, ...] = ()
    y_axis_name: tuple[_Text63, ...] = ()


class MetricGroup(_Part):
    """Metrics that belong together."""

    name: _Name63
    metric_data: tuple[SimpleMetric | LinearGraph | BarChart | Matrix, ...] = ()


class Evaluation(_Part):
    """How it was measured."""

    name: _Name63
    evaluation_observation: Annotated[str, StringConstraints(max_length=2_096)] = ""
    evaluation_job_arn: Annotated[str, StringConstraints(max_length=256)] = ""
    datasets: Annotated[tuple[_Text1024, ...], Field(max_length=10)] = ()
    metadata: _Details = {}
    metric_groups: tuple[MetricGroup, ...] = ()


class AdditionalInformation(_Part):
    """What else a reader should know."""

    ethical_considerations: _Text2048 = ""
    caveats_and_recommendations: _Text2048 = ""
    custom_details: _Details = {}


class ModelCard(_Part):
    """A whole card.

    Examples
    --------
    >>> card = ModelCard(
    ...     model_overview=ModelOverview(model_name="demo"),
    ...     training_details=TrainingDetails(
    ...         objective_function=ObjectiveFunction(function=Function(function="Maximize", facet="AUC"))))
    >>> card.document()["model_overview"]["model_name"]
    'demo'
    """

    model_overview: ModelOverview = ModelOverview()
    model_package_details: ModelPackageDetails = ModelPackageDetails()
    intended_uses: IntendedUses = IntendedUses()
    business_details: BusinessDetails = BusinessDetails()
    training_details: TrainingDetails = TrainingDetails()
    evaluation_details: tuple[Evaluation, ...] = ()
    additional_information: AdditionalInformation = AdditionalInformation()

    def document(self) -> dict[str, Any]:
        """Return the card as SageMaker reads it: what is empty is left out."""
        found: dict[str, Any] = _filled(self.model_dump(mode="json"))
        return found


def card_request(
    name: str, content: dict[str, Any], *, key: str = "", status: CardStatus = "PendingReview"
) -> dict[str, Any]:
    """Return the CreateModelCard request of a card.

    Parameters
    ----------
    name
        Letters, digits and hyphens, 63 at most.
    content
        What :meth:`ModelCard.document` returned.
    key
        The key that SageMaker encrypts it with.
    """
    return {
        "ModelCardName": name,
        "Content": json.dumps(content),
        "ModelCardStatus": status,
        **({"SecurityConfig": {"KmsKeyId": key}} if key else {}),
    }


def _filled(value: Any) -> Any:
    """Leave out texts, lists and parts that are empty; numbers, true and false stay."""
    if isinstance(value, dict):
        found = {name: _filled(one) for name, one in value.items()}
        return {name: one for name, one in found.items() if one not in ("", [], {}, None)}
    if isinstance(value, list):
        return [_filled(one) for one in value]
    return value
