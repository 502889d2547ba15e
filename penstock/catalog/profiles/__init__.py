"""Profiles of data: what columns hold, in documents that can be merged without reading the data again."""

from penstock.catalog.profiles.document import (
    Association,
    Bucket,
    ColumnProfile,
    Lengths,
    Period,
    Profile,
    TopValue,
)
from penstock.catalog.profiles.profiling import merge, profile_files

__all__ = [
    "Association",
    "Bucket",
    "ColumnProfile",
    "Lengths",
    "Period",
    "Profile",
    "TopValue",
    "merge",
    "profile_files",
]
