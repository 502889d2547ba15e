"""The kinds of resources: how the API spells their names, answers and events."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Kind:
    """How one kind of resource appears in requests, answers, ARNs and events.

    Examples
    --------
    >>> TRAINING.name_key, TRAINING.describe
    ('TrainingJobName', 'DescribeTrainingJob')
    """

    name: str
    arn_part: str
    plural: str
    summaries: str
    event: str | None = None
    missing: str = "Requested resource not found."
    not_found: bool = False

    @property
    def name_key(self) -> str:
        """The member that holds the name."""
        return f"{self.name}Name"

    @property
    def arn_key(self) -> str:
        """The member that holds the ARN."""
        return f"{self.name}Arn"

    @property
    def status_key(self) -> str:
        """The member that holds the status."""
        return f"{self.name}Status"

    @property
    def describe(self) -> str:
        """The operation whose answer is the record."""
        return f"Describe{self.name}"

    @property
    def list_operation(self) -> str:
        """The operation that lists records."""
        return f"List{self.plural}"


def _job(name: str, arn_part: str, event: str, missing: str, *, not_found: bool = False) -> Kind:
    """Describe a kind of job."""
    event = f"SageMaker {event} State Change"
    return Kind(name, arn_part, f"{name}s", f"{name}Summaries", event, missing, not_found)


TRAINING: Final = _job("TrainingJob", "training-job", "Training Job", "Requested resource not found.")
PROCESSING: Final = _job(
    "ProcessingJob", "processing-job", "Processing Job", "Could not find requested job with name: {name}"
)
TRANSFORM: Final = _job(
    "TransformJob", "transform-job", "Transform Job", "Could not find requested job with name: {name}"
)
TUNING: Final = _job(
    "HyperParameterTuningJob",
    "hyper-parameter-tuning-job",
    "HyperParameter Tuning Job",
    "Amazon SageMaker can't find a tuning job with the name {name}.",
    not_found=True,
)
MODEL: Final = Kind(
    "Model", "model", "Models", "Models", "SageMaker Model State Change", 'Could not find model "{arn}".'
)
ENDPOINT_CONFIG: Final = Kind(
    "EndpointConfig",
    "endpoint-config",
    "EndpointConfigs",
    "EndpointConfigs",
    "SageMaker Endpoint Config State Change",
    'Could not find endpoint configuration "{arn}".',
)
ENDPOINT: Final = Kind(
    "Endpoint",
    "endpoint",
    "Endpoints",
    "Endpoints",
    "SageMaker Endpoint State Change",
    'Could not find endpoint "{arn}".',
)
PACKAGE_GROUP: Final = Kind(
    "ModelPackageGroup",
    "model-package-group",
    "ModelPackageGroups",
    "ModelPackageGroupSummaryList",
    None,
    "ModelPackageGroup {arn} does not exist.",
)
PACKAGE: Final = Kind(
    "ModelPackage",
    "model-package",
    "ModelPackages",
    "ModelPackageSummaryList",
    "SageMaker Model Package State Change",
    "ModelPackage {arn} does not exist.",
)

MODEL_CARD: Final = Kind(
    "ModelCard",
    "model-card",
    "ModelCards",
    "ModelCardSummaries",
    None,
    "Model card {name} does not exist.",
    not_found=True,
)


def _tracked(name: str, arn_part: str) -> Kind:
    """Describe a kind of the experiments API."""
    missing = f"{name} '{{name}}' does not exist."
    return Kind(name, arn_part, f"{name}s", f"{name}Summaries", None, missing, not_found=True)


EXPERIMENT: Final = _tracked("Experiment", "experiment")
TRIAL: Final = _tracked("Trial", "experiment-trial")
TRIAL_COMPONENT: Final = _tracked("TrialComponent", "experiment-trial-component")
