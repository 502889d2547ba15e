"""The model repository: versions, their stages, names and signatures, and which one is the champion."""

from penstock.models.aliases import Alias, Aliases
from penstock.models.comparison import Comparison, compare
from penstock.models.filters import VersionFilter
from penstock.models.repository import ModelRepository
from penstock.models.signing import PackageSignature, sign_package, verify_folder, verify_package
from penstock.models.version import TRANSITIONS, ModelVersion, Stage, StageChange

__all__ = [
    "TRANSITIONS",
    "Alias",
    "Aliases",
    "Comparison",
    "ModelRepository",
    "ModelVersion",
    "PackageSignature",
    "Stage",
    "StageChange",
    "VersionFilter",
    "compare",
    "sign_package",
    "verify_folder",
    "verify_package",
]
