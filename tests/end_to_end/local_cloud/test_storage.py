"""Objects keep their bytes and versions, whatever their size."""

import hashlib
import io
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from local_cloud.lifecycle import Cloud

LARGE = 200 * 1024 * 1024


class Memory:
    """Watches how much memory of its own a process holds."""

    def __init__(self, pid: int) -> None:
        self.path, self.most, self.done = Path(f"/proc/{pid}/status"), 0, threading.Event()
        self.first = self.now()
        self.thread = threading.Thread(target=self.watch, daemon=True)
        self.thread.start()

    def now(self) -> int:
        """Return the bytes that are not those of mapped files."""
        lines = self.path.read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))

    def watch(self) -> None:
        """Remember the most."""
        while not self.done.wait(0.005):
            self.most = max(self.most, self.now())

    def growth(self) -> int:
        """Stop watching; return by how much the memory has grown at most."""
        self.done.set()
        self.thread.join()
        return self.most - self.first


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs /proc to read a process's memory")
def test_a_large_object_is_not_held_several_times(
    cloud: Cloud, aws: Callable[[str], Any], outputs: dict[str, str], tmp_path: Path
) -> None:
    source, copy = tmp_path / "large.bin", tmp_path / "copy.bin"
    block = os.urandom(1024 * 1024)
    with source.open("wb") as stream:
        for _ in range(LARGE // len(block)):
            stream.write(block)
    memory = Memory(cloud.pid)
    aws("s3").upload_file(str(source), outputs["BucketName"], "large/file.bin")
    aws("s3").download_file(outputs["BucketName"], "large/file.bin", str(copy))
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in (source, copy)}
    assert len(digests) == 1
    assert memory.growth() < 1.6 * LARGE


def test_a_range_of_an_old_version_is_read(aws: Callable[[str], Any], outputs: dict[str, str]) -> None:
    s3, bucket = aws("s3"), outputs["BucketName"]
    body = bytes(range(256)) * 40_000
    first = s3.put_object(Bucket=bucket, Key="v/a", Body=body)["VersionId"]
    s3.put_object(Bucket=bucket, Key="v/a", Body=b"second")
    answer = s3.get_object(Bucket=bucket, Key="v/a", VersionId=first, Range="bytes=1000-1999")
    assert answer["Body"].read() == body[1000:2000]
    assert answer["ContentRange"] == f"bytes 1000-1999/{len(body)}"
    target = io.BytesIO()
    s3.download_fileobj(bucket, "v/a", target, ExtraArgs={"VersionId": first})
    assert target.getvalue() == body


def test_a_table_has_the_settings_of_its_template(aws: Callable[[str], Any], outputs: dict[str, str]) -> None:
    dynamodb, name = aws("dynamodb"), outputs["TableName"]
    expiry = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
    assert expiry == {"TimeToLiveStatus": "ENABLED", "AttributeName": "expires"}
    described = dynamodb.describe_table(TableName=name)["Table"]["SSEDescription"]
    assert (described["Status"], described["SSEType"]) == ("ENABLED", "KMS")
    assert ":key/" in described["KMSMasterKeyArn"]


def test_an_encrypted_bucket_shows_its_key(aws: Callable[[str], Any], outputs: dict[str, str]) -> None:
    s3, bucket = aws("s3"), outputs["BucketName"]
    s3.put_object(Bucket=bucket, Key="k", Body=b"x")
    assert s3.head_object(Bucket=bucket, Key="k")["ServerSideEncryption"] == "aws:kms"
