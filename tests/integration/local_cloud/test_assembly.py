"""An assembly is read with its stacks in order, and assets are packed deterministically."""

import json
import os
from pathlib import Path

import pytest

from local_cloud import assembly, bootstrap
from local_cloud.errors import DeploymentError


def write(folder: Path, **depends: list[str]) -> Path:
    """Write an assembly whose stacks depend on each other as told."""
    folder.mkdir()
    artifacts = {}
    for name, dependencies in depends.items():
        (folder / f"{name}.json").write_text('{"Resources": {}}')
        properties = {"templateFile": f"{name}.json", "stackName": f"the-{name}"}
        artifacts[name] = {
            "type": "aws:cloudformation:stack",
            "properties": properties,
            "dependencies": dependencies,
        }
    (folder / "manifest.json").write_text(json.dumps({"artifacts": artifacts}))
    return folder


def test_a_stack_comes_after_those_it_depends_on(tmp_path: Path) -> None:
    found = assembly.read(write(tmp_path / "a", c=["b"], b=["a", "a.assets"], a=[]))
    assert [stack.name for stack in found.stacks] == ["the-a", "the-b", "the-c"]


def test_a_circle_of_stacks_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match="circle: the-a, the-b"):
        assembly.read(write(tmp_path / "a", a=["b"], b=["a"]))


def test_a_folder_that_is_no_assembly_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeploymentError, match=r"has no manifest\.json"):
        assembly.read(tmp_path)


def test_assets_are_found_with_their_places(tmp_path: Path) -> None:
    folder = write(tmp_path / "a", a=[])
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["artifacts"]["a.assets"] = {
        "type": "cdk:asset-manifest",
        "properties": {"file": "a.assets.json"},
    }
    (folder / "manifest.json").write_text(json.dumps(manifest))
    place = {"bucketName": "assets-${AWS::AccountId}-${AWS::Region}", "objectKey": "x.zip"}
    files = {"x": {"source": {"path": "asset.x", "packaging": "zip"}, "destinations": {"here": place}}}
    (folder / "a.assets.json").write_text(json.dumps({"files": files}))
    asset = assembly.FileAsset(folder / "asset.x", True, "assets-000000000000-us-east-1", "x.zip")
    assert assembly.read(folder).assets == (asset,)


def test_equal_folders_yield_equal_archives(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name / "sub").mkdir(parents=True)
        (tmp_path / name / "sub" / "b.py").write_text("b = 2")
        (tmp_path / name / "a.py").write_text("a = 1")
        os.utime(tmp_path / name / "a.py", (len(name), 1))
    one, two = (bootstrap.archive(tmp_path / name) for name in ("one", "two"))
    assert one == two
    (tmp_path / "two" / "a.py").write_text("a = 3")
    assert bootstrap.archive(tmp_path / "two") != one
