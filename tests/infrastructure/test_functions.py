"""Every handler is deployed, with its code, layer and a log that ends."""

import importlib.util
import json
from pathlib import Path
from typing import Any

from stacks import staging

HANDLERS = staging.ROOT / "lambdas"


def staged(dev: Any) -> Path:
    """Return the code that the functions run, as the assembly has it."""
    keys = {one["Code"]["S3Key"] for one in dev.all("AWS::Lambda::Function").values()}
    (key,) = keys
    return Path(dev.folder / f"asset.{key.removesuffix('.zip')}")


def test_all_functions_run_the_same_staged_code_on_the_platforms_layer(dev: Any) -> None:
    assert (staged(dev) / "lambdas" / "runtime.py").is_file()
    for name, one in dev.all("AWS::Lambda::Function").items():
        (layer,) = one["Layers"]
        assert "layerarn" in layer["Ref"] or name.startswith("Foundation/"), name


def test_every_function_writes_to_a_log_of_its_own_that_ends(dev: Any) -> None:
    used = []
    for stack, template in dev.templates.items():
        groups = {name for name, one in template["Resources"].items() if one["Type"] == "AWS::Logs::LogGroup"}
        for name, one in dev.all("AWS::Lambda::Function").items():
            if name.startswith(f"{stack}/"):
                assert one["LoggingConfig"]["LogGroup"]["Ref"] in groups
                used.append((stack, one["LoggingConfig"]["LogGroup"]["Ref"]))
    assert len(used) == len(set(used)) > 20
    assert {one["RetentionInDays"] for one in dev.all("AWS::Logs::LogGroup").values()} == {7}


def test_every_handler_is_deployed_and_every_function_has_a_handler(dev: Any) -> None:
    written = {
        f"lambdas.{path.parent.name}.{path.stem}.handler"
        for path in HANDLERS.glob("*/*.py")
        if path.stem not in {"__init__", "dependencies"}
    }
    assert {one["Handler"] for one in dev.all("AWS::Lambda::Function").values()} == written


def test_every_handler_names_a_function_of_a_module_that_exists(dev: Any) -> None:
    for one in dev.all("AWS::Lambda::Function").values():
        module = one["Handler"].removesuffix(".handler")
        spec = importlib.util.find_spec(module)
        assert spec is not None and spec.origin is not None, module
        assert "def handler(event" in Path(spec.origin).read_text()


def test_the_staged_code_has_what_handlers_import_and_not_the_command_line(dev: Any) -> None:
    packages = {path.name for path in (staged(dev) / "penstock").iterdir() if path.is_dir()}
    assert {"governance", "models", "onboarding", "stores"} <= packages
    assert not packages & {"cli", "demo"}
    assert {path.name for path in staged(dev).iterdir()} == {"lambdas", "penstock"}
    assert not list(staged(dev).rglob("*.pyc"))


def test_the_layer_carries_its_lock_and_is_built_for_the_functions(dev: Any) -> None:
    (layer,) = dev.all("AWS::Lambda::LayerVersion").values()
    assert layer["CompatibleArchitectures"] == ["arm64"]
    assets = json.loads((dev.folder / "Penstock-dev-Foundation.assets.json").read_text())["files"]
    source = assets[layer["Content"]["S3Key"].removesuffix(".zip")]["source"]["path"]
    folder = dev.folder / source
    assert (folder / staging.LAYER_LOCK).read_bytes() == (
        staging.ROOT / "requirements/layer.txt"
    ).read_bytes()
    compiled = [path.name for path in folder.rglob("*.so") if "linux" in path.name]
    assert all("aarch64" in name for name in compiled)
    functions = dev.all("AWS::Lambda::Function").values()
    assert {(one["Runtime"], *one["Architectures"]) for one in functions} == {("python3.14", "arm64")}


def test_no_function_has_a_secret_in_its_settings(dev: Any) -> None:
    for name, one in dev.all("AWS::Lambda::Function").items():
        for key, value in one.get("Environment", {}).get("Variables", {}).items():
            assert "resolve:secretsmanager" not in json.dumps(value), f"{name} {key}"
