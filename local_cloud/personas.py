"""The people of the local cloud: IAM users with keys, each of whom may assume one role."""

import configparser
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.constants import REGION
from local_cloud.secrets_file import write_private

_ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


@dataclass(frozen=True, slots=True)
class Persona:
    """Someone who works with the platform.

    Attributes
    ----------
    profile
        Name of the AWS profile.
    person
        Name of the IAM user, and of the sessions of the role.
    role
        Which of the deployed roles the person assumes; empty for the account's administrator.
    """

    profile: str
    person: str
    role: str


PERSONAS = (
    Persona("engineer", "engineer", ""),
    Persona("scientist", "dana", "scientist"),
    Persona("scientist2", "sam", "scientist"),
    Persona("approver", "priya", "approver"),
    Persona("owner", "omar", "owner"),
)


def _roles(ssm: Any) -> dict[str, str]:
    """Return the ARNs of the persona roles that were deployed."""
    found: dict[str, str] = {}
    pages = ssm.get_paginator("get_parameters_by_path").paginate(Path="/penstock", Recursive=True)
    for parameter in (parameter for page in pages for parameter in page["Parameters"]):
        head, _, role = parameter["Name"].rpartition("/")
        if head.endswith("/roles"):
            found.setdefault(role, parameter["Value"])
    return found


def _read_keys(path: Path) -> dict[str, tuple[str, str]]:
    """Read the access keys that were given out before."""
    parser = configparser.ConfigParser()
    parser.read(path)
    return {
        name: (parser[name]["aws_access_key_id"], parser[name]["aws_secret_access_key"])
        for name in parser.sections()
    }


def _ensure_user(iam: Any, person: str, known: tuple[str, str] | None) -> tuple[str, str]:
    """Return the access key of a user, creating both where needed."""
    try:
        iam.create_user(UserName=person)
    except ClientError as error:
        if error.response["Error"]["Code"] != "EntityAlreadyExists":
            raise
    keys = {key["AccessKeyId"] for key in iam.list_access_keys(UserName=person)["AccessKeyMetadata"]}
    if known is not None and known[0] in keys:
        return known
    for key in keys:
        iam.delete_access_key(UserName=person, AccessKeyId=key)
    created = iam.create_access_key(UserName=person)["AccessKey"]
    return created["AccessKeyId"], created["SecretAccessKey"]


def _permit(iam: Any, persona: Persona, role_arn: str) -> None:
    """Give a user the one permission that a persona has."""
    if not persona.role:
        iam.attach_user_policy(UserName=persona.person, PolicyArn=_ADMINISTRATOR)
        return
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": role_arn}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=persona.person, PolicyName="assume-role", PolicyDocument=document)


def _profile(persona: Persona, role_arn: str, endpoint: str) -> str:
    """Return a persona's part of the AWS config file."""
    lines = [
        f"[profile {persona.profile}]",
        f"region = {REGION}",
        f"endpoint_url = {endpoint}",
        "output = json",
    ]
    if persona.role:
        lines += [f"role_arn = {role_arn}", f"source_profile = {persona.person}"]
        lines += [f"role_session_name = {persona.person}"]
    return "\n".join(lines) + "\n"


def write_profiles(
    session: Any, folder: Path, endpoint: str, personas: Iterable[Persona] = PERSONAS
) -> tuple[str, ...]:
    """Create the users whose roles exist and write their AWS profiles.

    Parameters
    ----------
    session
        A boto3 session of the account's owner.
    folder
        Gets the files ``config`` and ``credentials``.
    endpoint
        The local cloud's address.
    personas
        Who there is.

    Returns
    -------
    tuple
        The names of the profiles.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    iam, roles = session.client("iam"), _roles(session.client("ssm"))
    known, keys, profiles = _read_keys(folder / "credentials"), dict[str, tuple[str, str]](), list[str]()
    present = [persona for persona in personas if not persona.role or persona.role in roles]
    for persona in present:
        keys[persona.person] = _ensure_user(iam, persona.person, known.get(persona.person))
        _permit(iam, persona, roles.get(persona.role, ""))
        profiles.append(_profile(persona, roles.get(persona.role, ""), endpoint))
    secrets = [
        f"[{who}]\naws_access_key_id = {key}\naws_secret_access_key = {value}\n"
        for who, (key, value) in keys.items()
    ]
    write_private(folder / "credentials", "\n".join(secrets))
    write_private(folder / "config", "\n".join(profiles))
    return tuple(persona.profile for persona in present)
