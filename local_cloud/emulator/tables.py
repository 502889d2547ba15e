"""Corrections of DynamoDB tables in CloudFormation: expiry, encryption and recovery are applied."""

import json
from collections.abc import Callable
from typing import Any

from local_cloud.constants import REGION

Json = dict[str, Any]
_KINDS = ("AWS::DynamoDB::Table", "AWS::DynamoDB::GlobalTable")


def _replica(properties: Json) -> Json:
    """Return the settings of a global table in this region."""
    for replica in properties.get("Replicas") or ():
        if replica.get("Region") == REGION:
            return dict(replica)
    return {}


def encryption(properties: Json) -> Json | None:
    """Return how a table describes its encryption, or None for the default.

    Examples
    --------
    >>> encryption({"SSESpecification": {"SSEEnabled": True, "SSEType": "KMS", "KMSMasterKeyId": "k"}})
    {'Status': 'ENABLED', 'SSEType': 'KMS', 'KMSMasterKeyArn': 'k'}
    """
    given = {
        **(properties.get("SSESpecification") or {}),
        **(_replica(properties).get("SSESpecification") or {}),
    }
    if not given.get("SSEEnabled"):
        return None
    found = {"Status": "ENABLED", "SSEType": given.get("SSEType", "KMS")}
    return {**found, **({"KMSMasterKeyArn": given["KMSMasterKeyId"]} if "KMSMasterKeyId" in given else {})}


def _apply(dynamodb: Any, name: str, properties: Json) -> None:
    """Apply what the emulator leaves out."""
    expiry = properties.get("TimeToLiveSpecification")
    if expiry:
        _accepted(dynamodb._update_ttl({"TableName": name, "TimeToLiveSpecification": expiry}))
    here = {**properties, **_replica(properties)}
    recovery = here.get("PointInTimeRecoverySpecification")
    if recovery:
        enabled = {"PointInTimeRecoveryEnabled": bool(recovery.get("PointInTimeRecoveryEnabled"))}
        request = {"TableName": name, "PointInTimeRecoverySpecification": enabled}
        _accepted(dynamodb._update_continuous_backups(request))
    described = encryption(properties)
    if described:
        dynamodb._tables[name]["SSEDescription"] = described
    if "DeletionProtectionEnabled" in here:
        dynamodb._tables[name]["DeletionProtectionEnabled"] = bool(here["DeletionProtectionEnabled"])


def _accepted(answer: Any) -> None:
    """Raise when a setting was refused."""
    status, _, body = answer
    if status >= 300:  # noqa: PLR2004
        raise ValueError(str(json.loads(body).get("message")))


def _completing(dynamodb: Any, original: Callable[..., Any], position: int) -> Callable[..., Any]:
    """Complete a table after it was created or updated; its properties are at a position of the arguments."""

    def provision(*given: Any) -> Any:
        """Create or update the table, then complete it."""
        name, attributes = original(*given)
        _apply(dynamodb, name, given[position])
        return name, attributes

    return provision


def install() -> None:
    """Correct what CloudFormation does with tables."""
    from ministack.services import dynamodb
    from ministack.services.cloudformation import provisioners

    for kind in _KINDS:
        handler = provisioners._RESOURCE_HANDLERS[kind]
        handler["create"] = _completing(dynamodb, handler["create"], 1)
        handler["update"] = _completing(dynamodb, handler["update"], 2)
