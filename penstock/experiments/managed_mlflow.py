"""SageMaker's managed MLflow: where a tracking server answers, and how requests to it are signed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.errors import InvalidSpec

if TYPE_CHECKING:
    from botocore.credentials import Credentials

_ARN = re.compile(
    r"arn:(?P<partition>aws|aws-us-gov):sagemaker:(?P<region>[a-z0-9-]+):\d{12}"
    r":(?P<kind>mlflow-tracking-server|mlflow-app)/[A-Za-z0-9-]+"
)
_SERVICES = {"mlflow-tracking-server": "sagemaker-mlflow", "mlflow-app": "sagemaker"}
_HEADERS = {
    "mlflow-tracking-server": "x-mlflow-sm-tracking-server-arn",
    "mlflow-app": "x-sm-mlflow-app-arn",
}
_HOSTS = {
    "mlflow-tracking-server": "https://{region}.experiments.sagemaker.aws",
    "mlflow-app": "https://mlflow.sagemaker.{region}.app.aws",
}


@dataclass(frozen=True)
class ManagedServer:
    """A tracking server, or serverless MLflow app, that SageMaker runs.

    Parameters
    ----------
    arn
        Of the server, as ``sagemaker:DescribeMlflowTrackingServer`` tells it.

    Raises
    ------
    InvalidSpec
        It is no such ARN.

    Examples
    --------
    >>> ManagedServer("arn:aws:sagemaker:eu-west-1:123456789012:mlflow-tracking-server/team").address
    'https://eu-west-1.experiments.sagemaker.aws'
    """

    arn: str

    def __post_init__(self) -> None:
        if _ARN.fullmatch(self.arn) is None:
            raise InvalidSpec(
                "No such MLflow server.",
                found=self.arn,
                expected="arn:aws:sagemaker:<region>:<account>:mlflow-tracking-server/<name>",
            )

    @property
    def address(self) -> str:
        """Where it answers."""
        return _HOSTS[self._part("kind")].format(region=self._part("region"))

    def signed(
        self, method: str, url: str, body: bytes, *, credentials: Credentials | None = None
    ) -> Mapping[str, str]:
        """Return the headers of a request: what it is, whose server it is for, and Signature Version 4.

        Parameters
        ----------
        credentials
            Those of this process when not given.
        """
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        headers = {_HEADERS[self._part("kind")]: self.arn, "Content-Type": "application/json"}
        request: Any = AWSRequest(method=method, url=url, data=body, headers=headers)
        request.headers["X-Amz-Content-SHA256"] = hashlib.sha256(body).hexdigest()
        known = credentials or _own_credentials()
        SigV4Auth(known, _SERVICES[self._part("kind")], self._part("region")).add_auth(request)
        return dict(request.headers.items())

    def _part(self, name: str) -> str:
        """Return a part of the ARN."""
        found = _ARN.fullmatch(self.arn)
        return found[name] if found else ""


def _own_credentials() -> Any:
    """Return the credentials of this process, as boto3 finds them."""
    import boto3

    found = boto3.Session().get_credentials()
    if found is None:
        raise InvalidSpec("There are no AWS credentials to sign a request to MLflow with.")
    return found
