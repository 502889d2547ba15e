"""Feature groups of SageMaker Feature Store: what their features are called, and of which type they are."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from penstock.errors import InvalidSpec
from penstock.features.interop.rows import OF_THE_STORE
from penstock.features.offline.layout import EVENT_TIMESTAMP
from penstock.specs import FeatureView
from penstock.specs.base import ColumnType

GroupType = Literal["Integral", "Fractional", "String"]
EventTimeType = Literal["Fractional", "String"]

_NAME = re.compile(r"[a-zA-Z0-9]([-_]*[a-zA-Z0-9]){0,63}")
_LONGEST = 64
_DESCRIPTION = 128
_MOST_FEATURES = 2_500
GROUP_TYPES: Mapping[ColumnType, GroupType] = {
    "integer": "Integral",
    "boolean": "Integral",
    "decimal": "Fractional",
    "string": "String",
    "date": "String",
    "timestamp": "String",
}
"""A boolean is 0 or 1, a date ``2025-01-31``, a timestamp ``2025-01-31T12:00:00.000000Z``."""

_BACK: Mapping[str, ColumnType] = {"Integral": "integer", "Fractional": "decimal", "String": "string"}


@dataclass(frozen=True)
class FeatureGroup:
    """A feature group, with our types.

    Parameters
    ----------
    name
        Of the group, at most 64 letters, digits, hyphens and underscores.
    key
        The record identifier.
    key_type
        ``string`` or ``integer``.
    types
        Our type of each feature but the identifier and the event time.
    event_time
        The feature of the event time; here always called ``event_timestamp``.
    event_time_type
        ``Fractional`` for seconds since 1970, which keep microseconds; ``String`` for ISO 8601, of which
        SageMaker takes milliseconds.

    Raises
    ------
    InvalidSpec
        A name is none for SageMaker, or stands for two things.
    """

    name: str
    key: str
    types: Mapping[str, ColumnType]
    key_type: ColumnType = "string"
    event_time: str = EVENT_TIMESTAMP
    event_time_type: EventTimeType = "Fractional"

    def __post_init__(self) -> None:
        names = (self.key, self.event_time, *self.types)
        _check_name(self.name, "feature group")
        for name in names:
            _check_name(name, "feature")
        _check_distinct(self.name, names)

    @property
    def columns(self) -> dict[str, ColumnType]:
        """Our columns of a row and their types: identifier, event time, features."""
        return {self.key: self.key_type, EVENT_TIMESTAMP: "timestamp", **self.types}

    @property
    def definitions(self) -> list[dict[str, str]]:
        """The features as ``CreateFeatureGroup`` wants them."""
        types = {
            self.key: GROUP_TYPES[self.key_type],
            self.event_time: self.event_time_type,
            **{name: GROUP_TYPES[kind] for name, kind in self.types.items()},
        }
        return [{"FeatureName": name, "FeatureType": kind} for name, kind in types.items()]


def feature_group(
    view: FeatureView,
    types: Mapping[str, ColumnType],
    *,
    use_case: str = "",
    name: str = "",
    event_time_type: EventTimeType = "Fractional",
) -> FeatureGroup:
    """Return the group of a view.

    Parameters
    ----------
    types
        Of the features, as :func:`penstock.specs.feature_sets.feature_types` gives them.
    use_case
        Part of the group's name: ``<use case>-<view>-v<version>``.
    name
        Another name.

    Examples
    --------
    >>> view = FeatureView(
    ...     name="history", entity={"name": "customer", "key": "customer"}, dataset="payments",
    ...     timestamp="paid", features=[{"name": "payments", "aggregate": "count"}])
    >>> group = feature_group(view, {"payments": "integer"}, use_case="demo")
    >>> group.name, group.definitions[-1]
    ('demo-history-v1', {'FeatureName': 'payments', 'FeatureType': 'Integral'})
    """
    parts = [part for part in (use_case, view.name, f"v{view.version}") if part]
    return FeatureGroup(
        name=name or "-".join(parts), key=view.entity.key, key_type=view.entity.type,
        types={one.name: types[one.name] for one in view.features}, event_time_type=event_time_type,
    )  # fmt: skip


def read_group(description: Mapping[str, Any], types: Mapping[str, ColumnType] | None = None) -> FeatureGroup:
    """Read what ``DescribeFeatureGroup`` answers.

    Parameters
    ----------
    types
        Our types, of those features for which SageMaker's say too little: dates, timestamps, booleans.

    Raises
    ------
    InvalidSpec
        A feature is a list, or has a type that cannot hold what is asked of it.
    """
    key, event_time = description["RecordIdentifierFeatureName"], description["EventTimeFeatureName"]
    told = {one["FeatureName"]: one["FeatureType"] for one in description["FeatureDefinitions"]}
    lists = [one["FeatureName"] for one in description["FeatureDefinitions"] if one.get("CollectionType")]
    if lists:
        _refuse(
            "Features that are lists have no counterpart.", ", ".join(lists), description["FeatureGroupName"]
        )
    known = {name: _type(name, kind, types or {}) for name, kind in told.items()}
    if unknown := sorted(set(types or {}) - set(told)):
        _refuse("The group has no such features.", ", ".join(unknown), description["FeatureGroupName"])
    return FeatureGroup(
        name=description["FeatureGroupName"], key=key, key_type=known[key], event_time=event_time,
        event_time_type=told[event_time],
        types={name: kind for name, kind in known.items() if name not in {key, event_time}},
    )  # fmt: skip


def creation_request(
    group: FeatureGroup,
    *,
    role_arn: str,
    s3_uri: str,
    kms_key: str = "",
    online: bool = True,
    time_to_live_days: int | None = None,
    description: str = "",
    tags: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """Return the request of ``CreateFeatureGroup``.

    Parameters
    ----------
    role_arn
        The role that writes the offline store.
    s3_uri
        Where the offline store lies.
    kms_key
        The key of both stores; AWS's own when empty.
    time_to_live_days
        How long the online store keeps a record after its event time.

    Examples
    --------
    >>> group = FeatureGroup(name="demo", key="customer", types={"payments": "integer"})
    >>> request = creation_request(group, role_arn="arn:aws:iam::123456789012:role/features", s3_uri="s3://lake/f")
    >>> request["EventTimeFeatureName"], request["OfflineStoreConfig"]["S3StorageConfig"]
    ('event_timestamp', {'S3Uri': 's3://lake/f'})
    """
    encrypted = {"KmsKeyId": kms_key} if kms_key else {}
    store: dict[str, Any] = {"EnableOnlineStore": online}
    if online and encrypted:
        store["SecurityConfig"] = encrypted
    if online and time_to_live_days is not None:
        store["TtlDuration"] = {"Unit": "Days", "Value": time_to_live_days}
    request = {
        "FeatureGroupName": group.name,
        "RecordIdentifierFeatureName": group.key,
        "EventTimeFeatureName": group.event_time,
        "FeatureDefinitions": group.definitions,
        "OnlineStoreConfig": store,
        "OfflineStoreConfig": {"S3StorageConfig": {"S3Uri": s3_uri, **encrypted}},
        "RoleArn": role_arn,
        "Tags": [{"Key": name, "Value": text} for name, text in (tags or {}).items()],
    }
    return request | ({"Description": description[:_DESCRIPTION]} if description else {})


def _type(name: str, told: str, types: Mapping[str, ColumnType]) -> ColumnType:
    """Return our type of a feature, which SageMaker's can hold."""
    if told not in _BACK:
        _refuse("The feature has a type that is not known.", f"{name}: {told}", "")
    wanted = types.get(name, _BACK[told])
    if GROUP_TYPES[wanted] != told:
        _refuse("The feature cannot hold what is asked of it.", f"{name}: {told}", "", f"{wanted} needs "
                f"{GROUP_TYPES[wanted]}")  # fmt: skip
    return wanted


def _check_name(name: str, what: str) -> None:
    """Refuse a name that SageMaker refuses."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        _refuse(
            f"SageMaker takes no {what} of this name.", f"{name!r} ({len(name)} characters)", "",
            f"1 to {_LONGEST} letters, digits, '-' and '_', a letter or digit first and last",
        )  # fmt: skip


def _check_distinct(group: str, names: tuple[str, ...]) -> None:
    """Refuse names that Glue, which knows no case, cannot tell apart, and those of the store."""
    lowered = [name.lower() for name in names]
    twice = sorted({name for name in lowered if lowered.count(name) > 1} | set(OF_THE_STORE) & set(lowered))
    if twice:
        expected = "names that differ by more than their case"
        _refuse("Features have the name of another column.", ", ".join(twice), group, expected)
    if len(names) > _MOST_FEATURES:
        _refuse("There are too many features.", f"{len(names):,}", group, f"at most {_MOST_FEATURES:,}")


def _refuse(message: str, found: str, where: str, expected: str = "") -> None:
    raise InvalidSpec(
        message, found=found, expected=expected, where=where,
        action="Give the group or the feature another name or type.",
    )  # fmt: skip
