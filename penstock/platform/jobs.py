"""SageMaker job requests, complete, as Step Functions passes them on."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict

_INPUT, _OUTPUT = "/opt/ml/processing/input", "/opt/ml/processing/output"


class JobSettings(BaseModel):
    """What all jobs of one kind share.

    Attributes
    ----------
    image
        Address of the runtime image.
    role
        ARN of the job's execution role.
    key
        ARN of the key for volumes and outputs.
    """

    model_config = ConfigDict(frozen=True)

    image: str
    role: str
    key: str
    volume_gigabytes: int = 30


class Source(NamedTuple):
    """An input of a processing job: a name that is its folder, and an S3 address."""

    name: str
    uri: str
    manifest: bool = False


def processing_job(
    settings: JobSettings,
    *,
    name: str,
    job: str,
    instance: str,
    sources: Sequence[Source],
    outputs: Mapping[str, str],
    environment: Mapping[str, str] | None = None,
    max_runtime_seconds: int = 3_600,
) -> dict[str, Any]:
    """Return a CreateProcessingJob request for ``process <job>``.

    Parameters
    ----------
    sources, outputs
        Folders below the container's input and output folders, and their S3 addresses.

    Examples
    --------
    >>> settings = JobSettings(image="i", role="r", key="k")
    >>> request = processing_job(settings, name="n", job="smoke", instance="ml.t3.medium",
    ...                          sources=[Source("model", "s3://b/m")], outputs={"smoke": "s3://b/s"})
    >>> request["ProcessingInputs"][0]["S3Input"]["LocalPath"]
    '/opt/ml/processing/input/model'
    """
    return {
        "ProcessingJobName": name,
        "RoleArn": settings.role,
        "AppSpecification": {
            "ImageUri": settings.image,
            "ContainerEntrypoint": ["process"],
            "ContainerArguments": [job],
        },
        "ProcessingResources": {
            "ClusterConfig": {
                "InstanceCount": 1,
                "InstanceType": instance,
                "VolumeSizeInGB": settings.volume_gigabytes,
                "VolumeKmsKeyId": settings.key,
            }
        },
        "ProcessingInputs": [_input(source) for source in sources],
        "ProcessingOutputConfig": {
            "KmsKeyId": settings.key,
            "Outputs": [_output(folder, uri) for folder, uri in outputs.items()],
        },
        "Environment": dict(environment or {}),
        "StoppingCondition": {"MaxRuntimeInSeconds": max_runtime_seconds},
    }


def training_job(
    settings: JobSettings,
    *,
    name: str,
    instance: str,
    channels: Mapping[str, str],
    output_uri: str,
    hyperparameters: Mapping[str, str],
    metrics: Sequence[Mapping[str, str]],
    max_runtime_seconds: int,
) -> dict[str, Any]:
    """Return a CreateTrainingJob request; each channel is one object or prefix."""
    return {
        "TrainingJobName": name,
        "RoleArn": settings.role,
        "AlgorithmSpecification": {
            "TrainingImage": settings.image,
            "TrainingInputMode": "File",
            "MetricDefinitions": [dict(metric) for metric in metrics],
        },
        "HyperParameters": dict(hyperparameters),
        "InputDataConfig": [
            {"ChannelName": channel, "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}}
            for channel, uri in channels.items()
        ],
        "OutputDataConfig": {"S3OutputPath": output_uri, "KmsKeyId": settings.key},
        "ResourceConfig": {
            "InstanceCount": 1,
            "InstanceType": instance,
            "VolumeSizeInGB": settings.volume_gigabytes,
            "VolumeKmsKeyId": settings.key,
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": max_runtime_seconds},
    }


def manifest(bucket_uri: str, keys: list[str]) -> bytes:
    """Return a SageMaker manifest of objects of one bucket.

    Examples
    --------
    >>> manifest("s3://lake", ["a", "b"])
    b'[{"prefix": "s3://lake/"}, "a", "b"]'
    """
    return json.dumps([{"prefix": f"{bucket_uri}/"}, *keys]).encode()


def _input(source: Source) -> dict[str, Any]:
    place = {
        "S3Uri": source.uri,
        "LocalPath": f"{_INPUT}/{source.name}",
        "S3InputMode": "File",
        "S3DataType": "ManifestFile" if source.manifest else "S3Prefix",
    }
    return {"InputName": source.name.replace("/", "-").replace("_", "-"), "S3Input": place}


def _output(folder: str, uri: str) -> dict[str, Any]:
    place = {"S3Uri": uri, "LocalPath": f"{_OUTPUT}/{folder}", "S3UploadMode": "EndOfJob"}
    return {"OutputName": folder.replace("/", "-").replace("_", "-"), "S3Output": place}
