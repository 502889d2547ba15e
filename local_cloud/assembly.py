"""Reading a CDK cloud assembly: stacks in dependency order and the file assets that they need."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_cloud.constants import ACCOUNT, REGION
from local_cloud.errors import DeploymentError

_PLACEHOLDERS = {"${AWS::AccountId}": ACCOUNT, "${AWS::Region}": REGION, "${AWS::Partition}": "aws"}


@dataclass(frozen=True, slots=True)
class FileAsset:
    """A file or folder that must lie in the assets bucket before a stack is deployed."""

    source: Path
    is_folder: bool
    bucket: str
    key: str


@dataclass(frozen=True, slots=True)
class Stack:
    """A stack of the assembly.

    Attributes
    ----------
    artifact
        Its id in the manifest.
    name
        Its name in CloudFormation.
    template
        The synthesised template's file.
    parameters, tags
        What is given to CloudFormation besides the template.
    depends_on
        Artifact ids of the stacks that must be there first.
    """

    artifact: str
    name: str
    template: Path
    parameters: tuple[tuple[str, str], ...]
    tags: tuple[tuple[str, str], ...]
    depends_on: frozenset[str]

    def template_text(self) -> str:
        """Return the template as it was synthesised."""
        return self.template.read_text()


@dataclass(frozen=True, slots=True)
class Assembly:
    """All stacks and file assets of a cloud assembly."""

    stacks: tuple[Stack, ...]
    assets: tuple[FileAsset, ...]


def _resolved(text: str) -> str:
    """Fill in the placeholders of the environment.

    Examples
    --------
    >>> _resolved("cdk-${AWS::AccountId}-${AWS::Region}")
    'cdk-000000000000-us-east-1'
    """
    for placeholder, value in _PLACEHOLDERS.items():
        text = text.replace(placeholder, value)
    return text


def _manifests(folder: Path) -> Iterator[tuple[Path, dict[str, Any]]]:
    """Yield the manifests of an assembly and of the assemblies nested in it."""
    path = folder / "manifest.json"
    if not path.exists():
        raise DeploymentError(
            f"{folder} is no cloud assembly: it has no manifest.json. Run the synthesis first."
        )
    manifest = json.loads(path.read_text())
    yield folder, manifest
    for artifact in manifest.get("artifacts", {}).values():
        if artifact["type"] == "cdk:cloud-assembly":
            yield from _manifests(folder / artifact["properties"]["directoryName"])


def _assets(folder: Path, manifest: dict[str, Any]) -> Iterator[FileAsset]:
    """Yield the file assets of one manifest."""
    for artifact in manifest["artifacts"].values():
        if artifact["type"] != "cdk:asset-manifest":
            continue
        listed = json.loads((folder / artifact["properties"]["file"]).read_text())
        if listed.get("dockerImages"):
            raise DeploymentError("The local cloud builds no images, but the assembly has image assets.")
        for entry in listed.get("files", {}).values():
            source = entry["source"]
            for target in entry["destinations"].values():
                yield FileAsset(
                    source=folder / source["path"],
                    is_folder=source["packaging"] == "zip",
                    bucket=_resolved(target["bucketName"]),
                    key=_resolved(target["objectKey"]),
                )


def _stack(folder: Path, artifact_id: str, artifact: dict[str, Any], stacks: frozenset[str]) -> Stack:
    """Read one stack artifact."""
    properties = artifact["properties"]
    return Stack(
        artifact=artifact_id,
        name=properties.get("stackName", artifact_id),
        template=folder / properties["templateFile"],
        parameters=tuple(sorted(properties.get("parameters", {}).items())),
        tags=tuple(sorted(properties.get("tags", {}).items())),
        depends_on=frozenset(artifact.get("dependencies", [])) & stacks,
    )


def in_order(stacks: Iterable[Stack]) -> tuple[Stack, ...]:
    """Sort stacks so that each comes after those it depends on.

    Raises
    ------
    DeploymentError
        If stacks depend on each other in a circle.
    """
    left, ordered, ready = list(stacks), list[Stack](), set[str]()
    while left:
        free = [stack for stack in left if stack.depends_on <= ready]
        if not free:
            names = ", ".join(stack.name for stack in left)
            raise DeploymentError(f"These stacks depend on each other in a circle: {names}.")
        ordered += free
        ready |= {stack.artifact for stack in free}
        left = [stack for stack in left if stack not in free]
    return tuple(ordered)


def read(folder: Path) -> Assembly:
    """Read a cloud assembly.

    Parameters
    ----------
    folder
        The output of a synthesis, usually ``cdk.out``.

    Raises
    ------
    DeploymentError
        If the folder holds no assembly, or one that cannot be deployed here.
    """
    stacks, assets = [], dict[tuple[str, str], FileAsset]()
    for path, manifest in _manifests(folder):
        found = {
            key: value
            for key, value in manifest["artifacts"].items()
            if value["type"] == "aws:cloudformation:stack"
        }
        stacks += [_stack(path, key, value, frozenset(found)) for key, value in found.items()]
        assets.update({(asset.bucket, asset.key): asset for asset in _assets(path, manifest)})
    return Assembly(in_order(stacks), tuple(assets.values()))
