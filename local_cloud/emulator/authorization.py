"""IAM corrections: one secret root key, SageMaker's actions and resources, ``iam:PassRole``."""

import contextvars
import hmac
import json
import os
import re
from collections.abc import Awaitable, Callable, Iterable
from typing import Any
from urllib.parse import unquote

from local_cloud.constants import ACCOUNT, REGION
from local_cloud.emulator.identity import role_credentials
from local_cloud.emulator.routing import INVOCATION_PATH
from local_cloud.emulator.workflow_tasks import machine_of

Json = dict[str, Any]
_VERBS = re.compile(r"^(Create|Describe|Stop|Delete|Update|BatchDescribe|Associate|Disassociate|Start)")
_NOUN_RESOURCES = {
    "Trial": "experiment-trial",
    "TrialComponent": "experiment-trial-component",
    "EndpointWeightsAndCapacities": "endpoint",
}
_PASSING_SERVICES = {
    "sagemaker": "sagemaker.amazonaws.com",
    "states": "states.amazonaws.com",
    "lambda": "lambda.amazonaws.com",
    "events": "events.amazonaws.com",
    "scheduler": "scheduler.amazonaws.com",
    "glue": "glue.amazonaws.com",
}
_ROLE_MEMBERS = frozenset({"RoleArn", "roleArn", "Role", "ExecutionRoleArn"})


def _arn(kind: str, name: str) -> str:
    """Return the ARN of a SageMaker resource."""
    return name if name.startswith("arn:") else f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:{kind}/{name}"


def _kind(noun: str) -> str:
    """Return the resource type of a noun in an action's name.

    Examples
    --------
    >>> [_kind(noun) for noun in ("TrainingJob", "HyperParameterTuningJob", "Trial")]
    ['training-job', 'hyper-parameter-tuning-job', 'experiment-trial']
    """
    return _NOUN_RESOURCES.get(noun) or re.sub(r"(?<!^)(?=[A-Z])", "-", noun).lower()


def sagemaker_resource(action: str, path: str, body: Json) -> str:
    """Return the resource that a SageMaker request is authorised on, or ``*``.

    Parameters
    ----------
    action
        Without the namespace, such as ``CreateTrainingJob``.
    path
        The request's path; runtime requests name their endpoint there.
    body
        The request's JSON.

    Examples
    --------
    >>> sagemaker_resource("StopTrainingJob", "/", {"TrainingJobName": "a"})
    'arn:aws:sagemaker:us-east-1:000000000000:training-job/a'
    """
    invoked = INVOCATION_PATH.match(path)
    if invoked:
        return _arn("endpoint", unquote(invoked[1]))
    noun = "ModelCard" if action == "ListModelCardVersions" else _VERBS.sub("", action)
    if action == "CreateModelPackage" and body.get("ModelPackageGroupName"):
        return _arn("model-package", f"{body['ModelPackageGroupName'].rsplit('/', 1)[-1]}/1")
    if noun == "EndpointWeightsAndCapacities":
        return _arn("endpoint", body.get("EndpointName", "*"))
    for member in (f"{noun}Name", f"{noun}Arn", "ResourceArn"):
        if isinstance(body.get(member), str):
            return _arn(_kind(noun), body[member])
    return "*"


def schedule_resource(path: str, body: Json, query: Json) -> str:
    """Return the ARN of a schedule; its group is in the body of a change and in the query of all else.

    Examples
    --------
    >>> schedule_resource("/schedules/daily", {"GroupName": "ours"}, {})
    'arn:aws:scheduler:us-east-1:000000000000:schedule/ours/daily'
    >>> schedule_resource("/schedules/daily", {}, {"groupName": ["ours"]})
    'arn:aws:scheduler:us-east-1:000000000000:schedule/ours/daily'
    """
    asked = query.get("groupName") or ["default"]
    group = body.get("GroupName") or (asked[0] if isinstance(asked, list) else asked)
    name = unquote(path.removeprefix("/schedules/"))
    return f"arn:aws:scheduler:{REGION}:{ACCOUNT}:schedule/{group}/{name}"


def _further_checks(service: str, action: str, resource: str, body: Json) -> list[tuple[str, str, Json]]:
    """Return what a request must be allowed beyond its own action."""
    checks: list[tuple[str, str, Json]] = []
    if service == "sagemaker":
        if action in ("CreateEndpoint", "UpdateEndpoint") and body.get("EndpointConfigName"):
            checks.append((f"sagemaker:{action}", _arn("endpoint-config", body["EndpointConfigName"]), {}))
        if action.startswith("Create") and body.get("Tags"):
            checks.append(("sagemaker:AddTags", resource, {}))
    passed_to = {"iam:PassedToService": _PASSING_SERVICES[service]}
    roles = {body[member] for member in _ROLE_MEMBERS if isinstance(body.get(member), str)}
    roles |= {target["RoleArn"] for target in _targets(body) if target.get("RoleArn")}
    checks += [("iam:PassRole", role, passed_to) for role in sorted(roles) if ":role/" in role]
    return checks


def _targets(body: Json) -> Iterable[Json]:
    """Return the targets in a request of EventBridge or of its scheduler."""
    listed = body.get("Targets") or []
    single = [body["Target"]] if isinstance(body.get("Target"), dict) else []
    return [
        target for target in (listed if isinstance(listed, list) else []) + single if isinstance(target, dict)
    ]


def _parsed(body: bytes) -> Json:
    """Return the request's JSON object, or an empty one."""
    try:
        value = json.loads(body or b"{}")
    except ValueError:
        return {}
    return value if isinstance(value, dict) else {}


def _denied(service: str, headers: dict[str, str], body: bytes, action: str, resource: str) -> Any:
    """Return the refusal of a request that may not do all that it asks for."""
    from ministack import app
    from ministack.core.iam_actions import access_denied_response
    from ministack.core.iam_evaluator import AuthError, enforce
    from ministack.core.router import extract_access_key_id

    if not app.AUTH or (action.startswith("Invoke") and service == "sagemaker"):
        return None
    key = extract_access_key_id(headers)
    for check, arn, context in _further_checks(service, action, resource, _parsed(body)):
        found = enforce(key, check, service, REGION, resource_arn=arn, service_context=context)
        if found is not None and not isinstance(found, AuthError):
            return access_denied_response(
                service,
                check,
                found.principal_arn,
                "",
                headers=headers,
                resource_arn=arn,
                explicit_deny=found.decision == "Deny",
            )
    return None


def _checked(service: str, handler: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    """Put the further checks in front of a service."""

    async def handle(method: str, path: str, headers: dict[str, str], body: bytes, query: Json) -> Any:
        """Check the request, then serve it."""
        from ministack.core import iam_actions

        action = iam_actions.extract_iam_action(service, method, path, headers, body, query) or ""
        name = action.partition(":")[2]
        resource = sagemaker_resource(name, path, _parsed(body)) if service == "sagemaker" else "*"
        writes = method in ("POST", "PUT") and not name.startswith(("Describe", "List", "Get", "Invoke"))
        refusal = _denied(service, headers, body, name, resource) if writes else None
        return refusal or await handler(method, path, headers, body, query)

    return handle


def role_may(role_arn: str, session: str, action: str, service: str, resource: str) -> bool:
    """Tell whether a role's policies allow an action; always so while enforcement is off."""
    from ministack import app
    from ministack.core.iam_evaluator import enforce

    if not app.AUTH:
        return True
    key = role_credentials(role_arn, session)["AWS_ACCESS_KEY_ID"]
    # A context of its own: the request that started all this has been checked already.
    verdict = contextvars.Context().run(enforce, key, action, service, REGION, resource_arn=resource)
    return verdict is None


def is_root_key(access_key_id: str) -> bool:
    """Tell whether an access key is the account's own: random, so that no well-known key is one."""
    root = os.environ.get("AWS_ACCESS_KEY_ID", "")
    return bool(root) and hmac.compare_digest((access_key_id or "").encode(), root.encode())


def _extend_actions(iam_actions: Any) -> None:
    """Teach the emulator the actions and resources of SageMaker."""
    find_action, find_resource = iam_actions.extract_iam_action, iam_actions.extract_resource_arn
    for name in ("sagemaker", "runtime.sagemaker"):
        iam_actions.SERVICE_TO_IAM_NAMESPACE[name] = "sagemaker"

    def action(service: str, method: str, path: str, *rest: Any) -> str | None:
        """Return the IAM action of a request."""
        if service == "runtime.sagemaker":
            names = {"async-invocations": "InvokeEndpointAsync"}
            found = INVOCATION_PATH.match(path)
            return f"sagemaker:{names.get(found[2] if found else '', 'InvokeEndpoint')}"
        answer: str | None = find_action(service, method, path, *rest)
        return answer

    def resource(service: str, method: str, path: str, *rest: Any) -> str:
        """Return the ARN that a request is authorised on."""
        headers, body, query, *_ = rest
        if service in ("sagemaker", "runtime.sagemaker"):
            name = (action(service, method, path, headers, body, query) or "").partition(":")[2]
            return sagemaker_resource(name, path, {} if service.startswith("runtime") else _parsed(body))
        if service == "states" and ".SendTask" in headers.get("x-amz-target", ""):
            return machine_of(str(_parsed(body).get("taskToken", "")))
        if service == "ssm" and headers.get("x-amz-target", "").endswith(".GetParametersByPath"):
            return f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter/{_parsed(body).get('Path', '').strip('/')}/"
        if service == "scheduler" and path.startswith("/schedules/"):
            return schedule_resource(path, _parsed(body), query)
        return str(find_resource(service, method, path, *rest))

    iam_actions.extract_iam_action, iam_actions.extract_resource_arn = action, resource


def install() -> None:
    """Correct who is root and what requests must be allowed."""
    from ministack import app
    from ministack.core import iam_actions, iam_evaluator
    from ministack.services import sts

    pin = iam_evaluator.pin_request_origin
    # Loopback stands for AWS's TLS endpoints, so policies that insist on TLS must not refuse it.
    app.pin_request_origin = lambda address, _secure: pin(address, True)
    iam_evaluator.is_root_access_key = is_root_key
    sts.is_root_access_key = is_root_key
    _extend_actions(iam_actions)
    for service in _PASSING_SERVICES:
        if service in app.SERVICE_HANDLERS:
            app.SERVICE_HANDLERS[service] = _checked(service, app.SERVICE_HANDLERS[service])
