"""The random secrets of one local cloud, kept in a file that only its owner may read."""

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class CloudSecrets:
    """Keys that the account's owner and the administration routes need.

    Attributes
    ----------
    root_access_key
        Access key of the account itself; it may do everything, so it never leaves this machine's state.
    root_secret_key
        The secret that belongs to ``root_access_key``.
    admin_token
        Bearer token of the administration routes below ``/_penstock/``.
    """

    root_access_key: str
    root_secret_key: str
    admin_token: str


def load_or_create(state: Path) -> CloudSecrets:
    """Read the secrets of the cloud in a state folder, or draw and keep new ones.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> load_or_create(folder) == load_or_create(folder)
    True
    """
    path = state / "secrets.json"
    if path.exists():
        return CloudSecrets(**json.loads(path.read_text()))
    drawn = CloudSecrets(
        root_access_key="AKIA" + secrets.token_hex(8).upper(),
        root_secret_key=secrets.token_hex(20),
        admin_token=secrets.token_hex(32),
    )
    state.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_private(path, json.dumps(asdict(drawn)))
    return drawn


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner may read, atomically."""
    temporary = path.with_name(path.name + ".tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        stream.write(text)
    temporary.replace(path)
