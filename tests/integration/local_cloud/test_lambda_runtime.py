"""Code and layers are unpacked once, whole or not at all."""

import io
import zipfile
from pathlib import Path

import pytest

from local_cloud import lambda_runtime
from local_cloud.emulator import lambda_environment
from local_cloud.errors import LambdaRuntimeError


def archive(**members: str) -> io.BytesIO:
    """Return an archive with these members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as packed:
        for name, text in members.items():
            packed.writestr(name.replace("__", "/"), text)
    buffer.seek(0)
    return buffer


def test_code_is_unpacked_once_and_cannot_be_written(tmp_path: Path) -> None:
    first = lambda_runtime.unpack_code(tmp_path, archive(**{"a.py": "x = 1"}), "d" * 64)
    assert (first / "a.py").read_text() == "x = 1"
    assert (first / "a.py").stat().st_mode & 0o222 == 0
    assert list((first / "__pycache__").iterdir())
    assert lambda_runtime.unpack_code(tmp_path, archive(), "d" * 64) == first


def test_an_archive_cannot_reach_outside(tmp_path: Path) -> None:
    evil = io.BytesIO()
    with zipfile.ZipFile(evil, "w") as packed:
        packed.writestr("../../evil.py", "x")
    with pytest.raises(LambdaRuntimeError, match="outside of the archive"):
        lambda_runtime.unpack_code(tmp_path / "cache", evil, "e" * 64)
    assert list((tmp_path / "cache" / "code").iterdir()) == []


def test_a_plain_layer_is_unpacked_as_it_is(tmp_path: Path) -> None:
    folder = lambda_runtime.unpack_layer(tmp_path, archive(python__thing__py="x"), "f" * 64)
    assert (folder / "python" / "thing" / "py").read_text() == "x"


def test_a_missing_lock_is_told(tmp_path: Path) -> None:
    with pytest.raises(LambdaRuntimeError, match=r"none\.txt is missing"):
        lambda_runtime.runtime_packages(tmp_path, tmp_path / "none.txt")


def test_a_function_cannot_set_the_variables_of_the_runtime(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_DEVELOPER", "x")
    config = {
        "FunctionName": "f",
        "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:f",
        "Handler": "a.b",
        "LoggingConfig": {"LogGroup": "/own/group"},
        "Environment": {"Variables": {"MINE": "1", "AWS_LAMBDA_FUNCTION_NAME": "forged"}},
    }
    found = lambda_environment.variables(config, tmp_path, "/scratch")
    assert (found["MINE"], found["AWS_LAMBDA_FUNCTION_NAME"]) == ("1", "f")
    assert found["AWS_LAMBDA_LOG_GROUP_NAME"] == "/own/group"
    assert "SECRET_OF_THE_DEVELOPER" not in found
