"""Who sends a request: SageMaker notes it on model packages, their groups and model cards."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

Json = dict[str, Any]
_caller: ContextVar[str] = ContextVar("sagemaker_caller", default="")


@contextmanager
def acting_as(arn: str) -> Iterator[None]:
    """Answer a request in the name of an IAM identity; an empty ARN is nobody."""
    token = _caller.set(arn)
    try:
        yield
    finally:
        _caller.reset(token)


def user_context() -> Json:
    """Return who sends the request that is being answered, as the API's UserContext.

    Examples
    --------
    >>> with acting_as("arn:aws:sts::000000000000:assumed-role/Approver/ann"):
    ...     user_context()["IamIdentity"]["Arn"].rsplit("/", 1)[-1]
    'ann'
    >>> user_context()
    {}
    """
    arn = _caller.get()
    return {"IamIdentity": {"Arn": arn, "PrincipalId": arn.rpartition("/")[2]}} if arn else {}
