"""The job that onboards one file: ``process onboard``."""

from __future__ import annotations

import os
from pathlib import Path

from penstock.errors import InvalidSpec, UnregisteredDataset
from penstock.onboarding import needs_key, onboard_file
from penstock.onboarding.current import context_of, given_references
from penstock.specs import Contract
from sagemaker_jobs.container import inputs, outputs, read_request


def run(root: Path) -> None:
    """Onboard the file below ``processing/input/file`` as the request says.

    Parameters
    ----------
    root
        The container's folder, ``/opt/ml``. Outputs go to ``curated/``, ``quarantine/`` and ``report/`` below
        ``processing/output``.

    Notes
    -----
    The key of personal columns' hashes is the text of the Secrets Manager secret that the variable
    ``HASH_KEY_SECRET`` names; a contract without such columns needs none.
    """
    use_case, request = read_request(root)
    contract = use_case.contract(request["dataset"])
    if contract is None:
        raise UnregisteredDataset("There is no such dataset.", found=request["dataset"], where=use_case.name)
    references = given_references(inputs(root))
    onboard_file(
        contract=contract,
        file=inputs(root) / "file" / request["file_name"],
        output=outputs(root),
        arrival_id=request["arrival_id"],
        hash_key=_hash_key(contract),
        references=references,
        context=context_of(request.get("history", {}), references),
    )


def _hash_key(contract: Contract) -> bytes:
    """Fetch the key, if the contract's protection needs one."""
    if not needs_key(contract):
        return b""
    secret = os.environ.get("HASH_KEY_SECRET")
    if not secret:
        raise InvalidSpec(
            "The contract hashes columns and there is no key.",
            expected="a secret named by HASH_KEY_SECRET",
            action="Give the job the secret's name and the permission to read it.",
        )
    import boto3

    return str(boto3.client("secretsmanager").get_secret_value(SecretId=secret)["SecretString"]).encode()
