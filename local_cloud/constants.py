"""Facts about the local account that every part of the local cloud shares."""

from typing import Final

ACCOUNT: Final = "000000000000"
REGION: Final = "us-east-1"
LOOPBACK: Final = "127.0.0.1"
BOOTSTRAP_QUALIFIER: Final = "hnb659fds"
EMULATOR_VERSION: Final = "1.5.33"
ADMIN_PREFIX: Final = "/_penstock/"

SAGEMAKER_FOLDER = "sagemaker"
"""Where the local SageMaker keeps records and jobs, below the folder of the cloud's state."""
