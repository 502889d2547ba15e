"""Which platform a command talks to, and as whom."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from penstock.errors import CloudError

if TYPE_CHECKING:
    from local_cloud.lifecycle import Cloud
    from penstock.platform import Platform

FOLDER = ".penstock"
DEFAULT_PERSON = "scientist"
_CHOSEN = ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE")


@dataclass(frozen=True)
class Target:
    """What the global options say.

    Attributes
    ----------
    profile
        An AWS profile, or empty.
    environment
        Environment of the platform.
    folder
        Where the command was started.
    """

    profile: str
    environment: str
    folder: Path

    @property
    def root(self) -> Path:
        """The nearest folder upwards that has a local cloud, else the one where the command was started."""
        return find_root(self.folder) or self.folder

    def platform(self) -> Platform:
        """Find the platform.

        Raises
        ------
        NotFound
            It is not deployed where the session looks.
        CloudError
            There is neither a running local cloud nor an AWS account to talk to.
        """
        from penstock.platform import Platform

        return Platform.discover(self.session(), self.environment)

    def session(self) -> Any:
        """Return the boto3 session: the user's own choice, else the local cloud's, else AWS's defaults."""
        if not chosen_by_user(os.environ) and (cloud := running_cloud(self.folder)):
            return cloud.session(self.profile or DEFAULT_PERSON)
        import boto3

        session = boto3.session.Session(profile_name=self.profile or None)
        if session.get_credentials() is None:
            raise _nothing_there(find_root(self.folder))
        return session


def chosen_by_user(environment: Mapping[str, str]) -> bool:
    """Say whether the environment names an endpoint, a profile or credentials."""
    return any(environment.get(name) for name in _CHOSEN)


def find_root(folder: Path) -> Path | None:
    """Return the nearest folder upwards that has had a local cloud, or None."""
    for candidate in (folder, *folder.parents):
        if (candidate / FOLDER / "cloud.json").is_file():
            return candidate
    return None


def running_cloud(folder: Path) -> Cloud | None:
    """Return the local cloud of a folder or its parents if it runs."""
    root = find_root(folder)
    if root is None:
        return None
    from local_cloud import lifecycle

    found = lifecycle.status(root)
    return found.cloud if found.running else None


def _nothing_there(root: Path | None) -> CloudError:
    """Make the error of a command that has nobody to talk to."""
    found = f"a stopped local cloud in {root}" if root else "no local cloud and no AWS credentials"
    return CloudError(
        "There is no platform to talk to.",
        found=found,
        action="Start the local cloud with `penstock up`, or sign in to AWS.",
    )
