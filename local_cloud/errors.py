"""What can go wrong while the local cloud starts, deploys or stops."""

from penstock.errors import CloudError


class LocalCloudError(CloudError):
    """Base of all errors that the local cloud raises towards its user."""


class UnsupportedEmulatorError(LocalCloudError):
    """The installed emulator is not the version that the adapter was written for."""


class CloudStartError(LocalCloudError):
    """The emulator did not become healthy, or another start is in progress."""


class DeploymentError(LocalCloudError):
    """A stack of the cloud assembly could not be created or updated."""


class LambdaRuntimeError(LocalCloudError):
    """The interpreter or a layer that stands for the AWS Lambda runtime could not be built."""
