"""Errors of the local SageMaker, as AWS names them, and why a job or an endpoint failed.

SageMakerError
├── ValidationException, SerializationException, UnknownOperationException
├── ResourceNotFound, ResourceInUse, ResourceLimitExceeded, ConflictException
├── ValidationError, ModelError, ServiceUnavailable      (runtime)
JobError                                                  (ends a job as Failed)
JobStopped                                                (ends a job as Stopped)
"""

from typing import Any


class SageMakerError(Exception):
    """Base of the errors that are answered to a caller."""

    status = 400

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    @property
    def code(self) -> str:
        """The error's name on the wire."""
        return type(self).__name__

    def body(self) -> dict[str, Any]:
        """Return the members of the error's answer."""
        return {"message": self.message}


class ValidationException(SageMakerError):
    """The request breaks a rule of the service model, or names what does not exist."""


class SerializationException(SageMakerError):
    """The request is no JSON object, or a member has another type than the model says."""


class UnknownOperationException(SageMakerError):
    """The operation does not exist, or the local cloud does not offer it."""


class ResourceNotFound(SageMakerError):
    """The named resource does not exist."""


class ResourceInUse(SageMakerError):
    """The name is taken, or the resource cannot change now."""


class ResourceLimitExceeded(SageMakerError):
    """More was asked for than this machine gives."""


class ConflictException(SageMakerError):
    """The request contradicts the resource's state."""


class ValidationError(SageMakerError):
    """The runtime's name for a request that cannot be served."""


class ServiceUnavailable(SageMakerError):
    """The endpoint cannot answer now; a retry may succeed."""

    status = 503


class ModelError(SageMakerError):
    """The model answered an invocation with an error, or not in time."""

    status = 424

    def __init__(self, status: int, answer: str, log_stream_arn: str) -> None:
        side = "client" if 400 <= status < 500 else "server"  # noqa: PLR2004
        super().__init__(f'Received {side} error ({status}) from primary with message "{answer}".')
        self.original_status = status
        self.original_message = answer
        self.log_stream_arn = log_stream_arn

    def body(self) -> dict[str, Any]:
        """Return the members that the runtime's model declares."""
        return {
            "Message": self.message,
            "OriginalStatusCode": self.original_status,
            "OriginalMessage": self.original_message,
            "LogStreamArn": self.log_stream_arn,
        }


class JobError(Exception):
    """A job ends as Failed; the text becomes its FailureReason."""


class JobStopped(Exception):
    """A job ends as Stopped, on request or because its time is over."""

    def __init__(self, secondary_status: str = "Stopped") -> None:
        super().__init__(secondary_status)
        self.secondary_status = secondary_status
