"""Container images are names: each stands for an environment of programs on this machine."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from local_cloud.sagemaker.errors import JobError

_SYSTEM_PATH = (Path("/usr/local/bin"), Path("/usr/bin"), Path("/bin"))
RUNTIME_REPOSITORY = "penstock-runtime"
SCRIPT_MODE_REPOSITORIES = ("sagemaker-scikit-learn", "sagemaker-xgboost")


@dataclass(frozen=True)
class Environment:
    """The programs of an image, in the order in which they are looked for."""

    folders: tuple[Path, ...]

    @property
    def path(self) -> str:
        """The value of PATH inside of the image."""
        return os.pathsep.join(str(folder) for folder in (*self.folders, *_SYSTEM_PATH))

    def resolve(self, command: list[str]) -> list[str]:
        """Return a command with its program as an existing file.

        An absolute program that exists in the image only, such as ``/usr/local/bin/train``, is found by
        its name.
        """
        program = Path(command[0])
        if program.is_absolute() and program.exists() and not self._own(program.name):
            return command
        found = self._own(program.name) or _first(_SYSTEM_PATH, program.name)
        if found is None:
            raise JobError(f"AlgorithmError: the image has no program {command[0]!r}; looked in {self.path}.")
        return [str(found), *command[1:]]

    def _own(self, name: str) -> Path | None:
        """Return a program of the image itself."""
        return _first(self.folders, name)


@dataclass(frozen=True)
class Image:
    """An entry of the registry.

    Parameters
    ----------
    name
        Shown to users when an image is not known.
    matches
        Tells whether a repository name means this image.
    environment
        Returns the image's programs, building them first if needed.
    script_mode
        Whether training runs a user's script, as in AWS's framework images.
    """

    name: str
    matches: Callable[[str], bool]
    environment: Callable[[], Environment]
    script_mode: bool = False


class ImageRegistry:
    """Finds the image that a URI names.

    Examples
    --------
    >>> registry = ImageRegistry([folder_image("tools", Path("/usr/bin"))])
    >>> registry.find("123456789012.dkr.ecr.us-east-1.amazonaws.com/tools:1.0").name
    'tools'
    >>> registry.find("ubuntu:24.04")
    Traceback (most recent call last):
    local_cloud.sagemaker.errors.JobError: ClientError: Cannot pull image 'ubuntu:24.04': the local cloud \
runs no containers. Known repositories: tools.
    """

    def __init__(self, images: Iterable[Image]) -> None:
        self._images = tuple(images)

    def find(self, uri: str) -> Image:
        """Return the image of a URI.

        Raises
        ------
        JobError
            The repository is not known; the message lists those that are.
        """
        repository = repository_of(uri)
        for image in self._images:
            if image.matches(repository):
                return image
        known = ", ".join(image.name for image in self._images)
        raise JobError(
            f"ClientError: Cannot pull image {uri!r}: the local cloud runs no containers. "
            f"Known repositories: {known}."
        )


def repository_of(uri: str) -> str:
    """Return the repository of an image URI, without registry, tag and digest.

    Examples
    --------
    >>> repository_of("1.dkr.ecr.eu-west-1.amazonaws.com/team/penstock-runtime@sha256:ab")
    'penstock-runtime'
    """
    last = PurePosixPath(uri.partition("@")[0]).name
    return last.partition(":")[0]


def published_images(environment: Callable[[], Environment]) -> list[Image]:
    """Return our runtime image and the AWS images that share its packages."""
    scripted = [Image(name, name.__eq__, environment, script_mode=True) for name in SCRIPT_MODE_REPOSITORIES]
    ours = Image(RUNTIME_REPOSITORY, lambda name: name.endswith(RUNTIME_REPOSITORY), environment)
    return [ours, *scripted]


def folder_image(name: str, folder: Path, *, script_mode: bool = False) -> Image:
    """Return an image whose programs are the files of a folder."""
    return Image(name, name.__eq__, lambda: Environment((folder,)), script_mode)


def _first(folders: Iterable[Path], name: str) -> Path | None:
    """Return the first executable file of a name."""
    candidates = (folder / name for folder in folders)
    return next((path for path in candidates if path.is_file() and os.access(path, os.X_OK)), None)
