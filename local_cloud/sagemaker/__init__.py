"""SageMaker on this machine: jobs, endpoints and the model registry as local processes and records.

The classes here know nothing of the emulator; ``wiring`` joins them to it, ``service`` and ``runtime`` are
the two request handlers that it registers.
"""

from local_cloud.sagemaker.config import SageMakerConfig
from local_cloud.sagemaker.control_plane import ControlPlane

__all__ = ["ControlPlane", "SageMakerConfig"]
