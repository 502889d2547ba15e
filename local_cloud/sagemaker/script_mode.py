"""Script mode, as AWS's framework images offer it: a user's script, its arguments and SM_ variables."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from local_cloud.sagemaker.cloud import CloudError, RoleSession
from local_cloud.sagemaker.errors import JobError
from local_cloud.sagemaker.jobs import HOST
from local_cloud.sagemaker.transfer import split_uri, unpack
from local_cloud.sagemaker.workspace import Workspace

Json = dict[str, Any]


@dataclass(frozen=True)
class Script:
    """A script that is ready to run."""

    command: list[str]
    environment: dict[str, str]


def prepare_script(record: Json, workspace: Workspace, session: RoleSession) -> Script:
    """Unpack the user's sources and work out the command and its variables.

    Raises
    ------
    JobError
        No script is named, or it is not in the sources.
    """
    given = {**record.get("Environment", {})}
    everything = decoded_hyperparameters(record.get("HyperParameters", {}))
    program = everything.get("sagemaker_program") or given.get("SAGEMAKER_PROGRAM")
    submitted = everything.get("sagemaker_submit_directory") or given.get("SAGEMAKER_SUBMIT_DIRECTORY")
    if not program:
        raise JobError(
            "AlgorithmError: the hyper-parameter sagemaker_program is missing; the local cloud runs AWS's "
            "framework images in script mode only."
        )
    code = workspace.root / "code"
    if submitted:
        _unpack_sources(submitted, code, workspace, session)
    script = code / program
    if not script.is_file():
        raise JobError(f"AlgorithmError: the sources hold no script {program!r}.")
    own = {name: value for name, value in everything.items() if not name.startswith("sagemaker_")}
    return Script(_command(script, own), variables(record, workspace, own, script))


def variables(record: Json, workspace: Workspace, hyperparameters: Json, script: Path) -> dict[str, str]:
    """Return the SM_ variables of AWS's training toolkit."""
    root = workspace.root
    channels = [channel["ChannelName"] for channel in record.get("InputDataConfig", [])]
    arguments = _arguments(hyperparameters)
    return {
        "SM_MODEL_DIR": str(root / "model"),
        "SM_INPUT_DIR": str(root / "input"),
        "SM_INPUT_CONFIG_DIR": str(root / "input" / "config"),
        "SM_OUTPUT_DIR": str(root / "output"),
        "SM_OUTPUT_DATA_DIR": str(root / "output" / "data"),
        "SM_CHANNELS": json.dumps(channels),
        "SM_HPS": json.dumps(hyperparameters),
        "SM_HOSTS": json.dumps([HOST]),
        "SM_CURRENT_HOST": HOST,
        "SM_CURRENT_INSTANCE_TYPE": record.get("ResourceConfig", {}).get("InstanceType", "local"),
        "SM_NUM_GPUS": "0",
        "SM_USER_ENTRY_POINT": script.name,
        "SM_MODULE_DIR": str(script.parent),
        "SM_MODULE_NAME": script.stem,
        "SM_USER_ARGS": json.dumps(arguments),
        **{f"SM_CHANNEL_{name.upper()}": str(root / "input" / "data" / name) for name in channels},
        **{f"SM_HP_{name.upper()}": _text(value) for name, value in hyperparameters.items()},
    }


def decoded_hyperparameters(texts: Json) -> Json:
    """Return hyper-parameters as values where their texts are JSON, as the SageMaker SDK writes them.

    Examples
    --------
    >>> decoded_hyperparameters({"depth": "3", "sagemaker_program": '"train.py"', "name": "plain"})
    {'depth': 3, 'sagemaker_program': 'train.py', 'name': 'plain'}
    """
    return {name: _decoded(text) for name, text in texts.items()}


def _decoded(text: str) -> Any:
    """Return the value that a text is the JSON of, else the text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def _text(value: Any) -> str:
    """Return a value as a command line argument."""
    return value if isinstance(value, str) else json.dumps(value)


def _arguments(hyperparameters: Json) -> list[str]:
    """Return hyper-parameters as command line arguments, in the order of their names."""
    pairs = sorted(hyperparameters.items())
    return [
        part
        for name, value in pairs
        for part in (f"-{name}" if len(name) == 1 else f"--{name}", _text(value))
    ]


def _command(script: Path, hyperparameters: Json) -> list[str]:
    """Return the command that runs a script."""
    shell = script.suffix == ".sh"
    return ["/bin/sh" if shell else "python", str(script), *_arguments(hyperparameters)]


def _unpack_sources(address: str, code: Path, workspace: Workspace, session: RoleSession) -> None:
    """Fetch the archive of the user's sources and unpack it."""
    if not address.startswith("s3://"):
        raise JobError(f"ClientError: sagemaker_submit_directory {address!r} is no S3 address.")
    archive = workspace.folder / "sourcedir.tar.gz"
    try:
        session.download(*split_uri(address), archive)
    except CloudError as error:
        raise JobError(f"ClientError: cannot download {address}: {error}") from error
    unpack(archive, code)
