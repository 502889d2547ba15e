"""Corrections of ``AWS::S3::Bucket``: encryption, locks, lifecycle apply; only an empty one is deleted."""

from collections.abc import Callable
from typing import Any

import botocore.session
from botocore.serialize import create_serializer

Json = dict[str, Any]
_TRANSITION_DAYS = {"TransitionInDays": "Days", "TransitionDate": "Date"}


def _body(operation: str, values: Json) -> bytes:
    """Write a request's XML body as an SDK would."""
    model = botocore.session.get_session().get_service_model("s3").operation_model(operation)
    body: bytes = create_serializer("rest-xml").serialize_to_request(values, model)["body"]
    return body


def encryption(properties: Json) -> Json:
    """Translate a bucket's ``BucketEncryption`` to the API's structure.

    Examples
    --------
    >>> rule = {"ServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "k"}}
    >>> encryption({"ServerSideEncryptionConfiguration": [rule]})["Rules"][0]["BucketKeyEnabled"]
    False
    """
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
            "BucketKeyEnabled": bool(rule.get("BucketKeyEnabled", False)),
        }
        for rule in properties["ServerSideEncryptionConfiguration"]
    ]
    return {"Rules": rules}


def _renamed(item: Json, names: Json) -> Json:
    """Rename the members of a structure."""
    return {names.get(key, key): value for key, value in item.items()}


def lifecycle_rule(rule: Json) -> Json:
    """Translate one lifecycle rule to the API's structure.

    Examples
    --------
    >>> lifecycle_rule({"Id": "old", "Status": "Enabled", "ExpirationInDays": 3})["Expiration"]
    {'Days': 3}
    """
    result: Json = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    for key in ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration"):
        if key in rule:
            result[key] = rule[key]
    if "Id" in rule:
        result["ID"] = rule["Id"]
    expiration = {"Days": "ExpirationInDays", "Date": "ExpirationDate"}
    found = {key: rule[name] for key, name in expiration.items() if name in rule}
    if rule.get("ExpiredObjectDeleteMarker"):
        found["ExpiredObjectDeleteMarker"] = True
    if found:
        result["Expiration"] = found
    if "NoncurrentVersionExpirationInDays" in rule:
        result["NoncurrentVersionExpiration"] = {"NoncurrentDays": rule["NoncurrentVersionExpirationInDays"]}
    if rule.get("Transitions"):
        result["Transitions"] = [_renamed(item, _TRANSITION_DAYS) for item in rule["Transitions"]]
    if rule.get("NoncurrentVersionTransitions"):
        names = {"TransitionInDays": "NoncurrentDays"}
        result["NoncurrentVersionTransitions"] = [
            _renamed(item, names) for item in rule["NoncurrentVersionTransitions"]
        ]
    return result


def _apply(s3: Any, name: str, properties: Json) -> None:
    """Apply what the emulator leaves out."""
    if properties.get("BucketEncryption"):
        given = {
            "Bucket": name,
            "ServerSideEncryptionConfiguration": encryption(properties["BucketEncryption"]),
        }
        _accepted(s3._put_bucket_encryption(name, _body("PutBucketEncryption", given)))
    if lock := object_lock(properties):
        given = {"Bucket": name, "ObjectLockConfiguration": lock}
        _accepted(s3._put_object_lock_configuration(name, _body("PutObjectLockConfiguration", given)))
    rules = (properties.get("LifecycleConfiguration") or {}).get("Rules") or []
    if rules:
        given = {
            "Bucket": name,
            "LifecycleConfiguration": {"Rules": [lifecycle_rule(rule) for rule in rules]},
        }
        _accepted(s3._put_bucket_lifecycle(name, _body("PutBucketLifecycleConfiguration", given)))


def object_lock(properties: Json) -> Json | None:
    """Translate a bucket's ``ObjectLockConfiguration`` to the API's structure; None when it has none.

    Examples
    --------
    >>> rule = {"DefaultRetention": {"Mode": "GOVERNANCE", "Days": "30"}}
    >>> object_lock({"ObjectLockConfiguration": {"Rule": rule}})["Rule"]["DefaultRetention"]["Days"]
    30
    """
    given = properties.get("ObjectLockConfiguration")
    if not given and not properties.get("ObjectLockEnabled"):
        return None
    retention = dict(((given or {}).get("Rule") or {}).get("DefaultRetention") or {})
    retention |= {name: int(retention[name]) for name in ("Days", "Years") if name in retention}
    rule = {"Rule": {"DefaultRetention": retention}} if retention else {}
    return {"ObjectLockEnabled": "Enabled", **rule}


def _accepted(answer: Any) -> None:
    """Raise when a configuration was refused."""
    if answer[0] >= 300:  # noqa: PLR2004
        raise ValueError(answer[2].decode(errors="replace"))


def _is_empty(s3: Any, name: str) -> bool:
    """Tell whether a bucket holds no object and no version of one."""
    bucket = s3._buckets.get(name) or {}
    return not bucket.get("objects") and not any(
        versions for (owner, _), versions in s3._object_versions.items() if owner == name
    )


def _default_key(s3: Any, original: Callable[..., Any]) -> Callable[..., Any]:
    """Let a write with ``aws:kms`` but without a key use the bucket's key, or the account's."""

    def resolve(headers: dict[str, str], bucket: str) -> Any:
        """Return the encryption headers of a write."""
        key = "x-amz-server-side-encryption-aws-kms-key-id"
        if headers.get("x-amz-server-side-encryption") == "aws:kms" and not headers.get(key):
            default = s3._bucket_default_sse_headers(bucket).get(key) or "alias/aws/s3"
            headers = {**headers, key: default}
        return original(headers, bucket)

    return resolve


def install() -> None:
    """Correct what CloudFormation does with buckets."""
    from ministack.services import s3
    from ministack.services.cloudformation import provisioners

    handler = provisioners._RESOURCE_HANDLERS["AWS::S3::Bucket"]
    create, update, delete = handler["create"], handler["update"], handler["delete"]

    def create_bucket(logical_id: str, properties: Json, stack: str) -> Any:
        """Create a bucket with all its settings."""
        name, attributes = create(logical_id, properties, stack)
        _apply(s3, name, properties)
        return name, attributes

    def update_bucket(physical_id: str, old: Json, new: Json, stack: str) -> Any:
        """Update a bucket with all its settings."""
        name, attributes = update(physical_id, old, new, stack)
        _apply(s3, name, new)
        return name, attributes

    def delete_bucket(physical_id: str, properties: Json) -> None:
        """Delete a bucket unless it holds something."""
        if not _is_empty(s3, physical_id):
            raise ValueError(f"The bucket you tried to delete is not empty (Bucket: {physical_id}).")
        delete(physical_id, properties)

    handler.update(create=create_bucket, update=update_bucket, delete=delete_bucket)
    s3._resolve_sse_write_headers = _default_key(s3, s3._resolve_sse_write_headers)
