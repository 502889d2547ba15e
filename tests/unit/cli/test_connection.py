"""Which platform a command talks to."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from penstock.cli.connection import Target, chosen_by_user, find_root
from penstock.errors import CloudError


def _stopped_cloud(root: Path) -> None:
    state = root / ".penstock"
    state.mkdir()
    facts = {
        "endpoint": "http://127.0.0.1:1",
        "port": 1,
        "pid": None,
        "region": "eu-west-1",
        "account": "1",
        "token": "t",
        "profiles": ["scientist"],
    }
    (state / "cloud.json").write_text(json.dumps(facts))


@pytest.fixture
def alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    return tmp_path


def test_the_cloud_of_a_parent_folder_is_found(tmp_path: Path) -> None:
    _stopped_cloud(tmp_path)
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert find_root(inner) == tmp_path
    assert Target(profile="", environment="dev", folder=inner).root == tmp_path


def test_without_cloud_and_credentials_the_error_says_what_to_do(alone: Path) -> None:
    with pytest.raises(CloudError, match="penstock up"):
        Target(profile="", environment="dev", folder=alone).session()


def test_a_stopped_cloud_is_named(alone: Path) -> None:
    _stopped_cloud(alone)
    with pytest.raises(CloudError, match="stopped local cloud"):
        Target(profile="", environment="dev", folder=alone).session()


def test_what_the_user_set_in_the_environment_comes_first(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _stopped_cloud(alone)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    session = Target(profile="", environment="dev", folder=alone).session()
    assert session.get_credentials().access_key == "AKIA"


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_ACCESS_KEY_ID"])
def test_any_variable_of_the_user_counts(name: str) -> None:
    assert chosen_by_user({name: "x"})
    assert not chosen_by_user({name: ""})
