"""Training: candidates in parallel, evaluated, registered as a version or refused by the gate."""

from __future__ import annotations

from stacks.workflows import states
from stacks.workflows.states import State

_EXECUTION = "{% $states.context.Execution.Id %}"
_REQUEST = (
    "{% $exists($states.input.detail) ? {'use_case': $states.input.detail.use_case, "
    "'snapshot_id': $states.input.detail.snapshot_id} : $states.input %}"
)
_FEATURES_PENDING = {
    "ErrorEquals": ["FeaturesPending"],
    "IntervalSeconds": 2,
    "BackoffRate": 1.5,
    "MaxAttempts": 20,
    "MaxDelaySeconds": 120,
}


def definition(*, plan: str, assess: str, register: str, fail: str, bus: str, topic: str) -> State:
    """Return the definition; arguments are the ARNs of functions, bus and topic."""
    failure = {"request": "{% $request %}", "failure": "{% $states.input %}", "execution": _EXECUTION}
    story = "{% 'Training of ' & $states.input.use_case & ' failed: ' & $states.input.message %}"
    refusal = (
        "{% 'Version ' & $string($states.input.version) & ' of ' & $states.input.use_case"
        " & ' was refused by its gates.' %}"
    )
    candidate = states.call(
        "sagemaker:createTrainingJob.sync", "{% $states.input %}", then=None,
        output="{% {'job': $states.input.TrainingJobName} %}",
    )  # fmt: skip
    search = states.call(
        "sagemaker:createHyperParameterTuningJob.sync", "{% $states.input %}", then=None,
        output="{% {'job': $states.input.HyperParameterTuningJobName} %}",
    )  # fmt: skip
    searched = ("$exists($states.input.HyperParameterTuningJobName)", "Search")
    planned = states.invoke(
        plan, {"request": "{% $states.input %}", "execution": _EXECUTION}, then="ByRoute", caught_by="Fail",
        assign={"plan": "{% $states.result.Payload %}"},
    )  # fmt: skip
    planned["Retry"].insert(0, _FEATURES_PENDING)
    return states.machine(
        "Data, drift or a person asks for a model.",
        "Request",
        {
            "Request": {"Type": "Pass", "Output": _REQUEST, "Assign": {"request": _REQUEST}, "Next": "Plan"},
            "Plan": planned,
            "ByRoute": states.choose(("$states.input.route = 'train'", "Prepare"), default="NotDue"),
            "NotDue": states.end_well(),
            "Prepare": states.call(
                "sagemaker:createProcessingJob.sync", "{% $plan.prepare %}", then="Train", caught_by="Fail"
            ),
            "Train": {
                "Type": "Map",
                "Items": "{% $plan.train %}",
                "MaxConcurrency": 10,
                "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "INLINE"},
                    "StartAt": "ByPlace",
                    "States": {
                        "ByPlace": states.choose(searched, default="Candidate"),
                        "Candidate": candidate,
                        "Search": search,
                    },
                },
                "Retry": [
                    {
                        "ErrorEquals": ["SageMaker.ResourceLimitExceededException"],
                        "IntervalSeconds": 60,
                        "BackoffRate": 2.0,
                        "MaxAttempts": 3,
                    }
                ],
                "Catch": [
                    {"ErrorEquals": ["States.ALL"], "Next": "Fail", "Output": "{% $states.errorOutput %}"}
                ],
                "Output": "{% {'trained': $count($states.result)} %}",
                "Next": "Evaluate",
            },
            "Evaluate": states.call(
                "sagemaker:createProcessingJob.sync", "{% $plan.evaluate %}", then="Assess", caught_by="Fail"
            ),
            "Assess": states.invoke(
                assess,
                "{% $sift($plan, function($v, $k) { $not($k in ['prepare', 'train', 'evaluate']) }) %}",
                then="CreatePackage",
                caught_by="Fail",
            ),
            "CreatePackage": states.call(
                "aws-sdk:sagemaker:createModelPackage",
                "{% $states.input.package %}",
                then="Register",
                caught_by="Fail",
                output="{% $merge([$sift($states.input, function($v, $k) { $k != 'package' }), "
                "{'package_arn': $states.result.ModelPackageArn}]) %}",
            ),
            "Register": states.invoke(register, "{% $states.input %}", then="ByVerdict", caught_by="Fail"),
            "ByVerdict": states.choose(
                ("$states.input.passed", "PublishRegistered"), default="PublishRefused"
            ),
            "PublishRegistered": states.publish(
                bus,
                "training",
                "Model Registered",
                "{% $states.input %}",
                then="Registered",
                caught_by="Fail",
            ),
            "Registered": states.end_well(),
            "PublishRefused": states.publish(
                bus,
                "training",
                "Model Refused",
                "{% $states.input %}",
                then="NotifyRefused",
                caught_by="Fail",
            ),
            "NotifyRefused": states.notify(topic, "Penstock: a model was refused", refusal, then="Refused"),
            "Refused": states.end_well(),
            "Fail": states.invoke(fail, failure, then="Notify", caught_by="Failed"),
            "Notify": states.notify(topic, "Penstock: training failed", story, then="Failed"),
            "Failed": states.end_badly(
                "TrainingFailed", "Recorded with the run; ask for the training again to repeat it."
            ),
        },
        timeout_seconds=24 * 3_600,
    )
