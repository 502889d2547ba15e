"""The model repository: versions, their stages, and which one is the champion."""

from penstock.models.repository import ModelRepository
from penstock.models.version import TRANSITIONS, ModelVersion, Stage, StageChange

__all__ = ["TRANSITIONS", "ModelRepository", "ModelVersion", "Stage", "StageChange"]
