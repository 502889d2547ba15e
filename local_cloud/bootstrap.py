"""What ``cdk bootstrap`` leaves in an account, as far as a deployment needs it, and asset publication."""

import io
import os
import zipfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from local_cloud.assembly import FileAsset
from local_cloud.constants import BOOTSTRAP_QUALIFIER
from local_cloud.progress import Progress, Report

_PARAMETER = f"/cdk-bootstrap/{BOOTSTRAP_QUALIFIER}/version"
_VERSION = "30"
_EPOCH = (1980, 1, 1, 0, 0, 0)


def bootstrap(session: Any, buckets: Iterable[str]) -> None:
    """Create the assets bucket and the version parameter unless they are there.

    Parameters
    ----------
    session
        A boto3 session of the account's owner.
    buckets
        The buckets that the assembly's assets go to.
    """
    s3, ssm = session.client("s3"), session.client("ssm")
    for bucket in buckets:
        try:
            s3.head_bucket(Bucket=bucket)
        except ClientError:
            s3.create_bucket(Bucket=bucket)
            s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    try:
        ssm.get_parameter(Name=_PARAMETER)
    except ClientError:
        ssm.put_parameter(Name=_PARAMETER, Value=_VERSION, Type="String")


def _members(folder: Path) -> Iterator[Path]:
    """Yield the files of a folder in a fixed order."""
    for base, folders, files in os.walk(folder, followlinks=True):
        folders.sort()
        for name in sorted(files):
            yield Path(base) / name


def archive(folder: Path) -> bytes:
    """Zip a folder so that equal content yields equal bytes.

    Parameters
    ----------
    folder
        What to pack; links are followed.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.py").write_text("x = 1")
    >>> archive(folder) == archive(folder)
    True
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for path in _members(folder):
            entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _EPOCH)
            entry.external_attr = (0o755 if os.access(path, os.X_OK) else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            packed.writestr(entry, path.read_bytes())
    return buffer.getvalue()


def _exists(s3: Any, asset: FileAsset) -> bool:
    """Tell whether an asset has been published; its key holds its hash."""
    try:
        s3.head_object(Bucket=asset.bucket, Key=asset.key)
    except ClientError:
        return False
    return True


def publish(session: Any, assets: tuple[FileAsset, ...], report: Report) -> int:
    """Upload the assets that are not in their bucket yet and return how many these were.

    Parameters
    ----------
    session
        A boto3 session of the account's owner.
    assets
        The file assets of an assembly.
    report
        Told of each asset.
    """
    s3 = session.client("s3")

    def one(asset: FileAsset) -> bool:
        """Upload one asset if it is missing."""
        if _exists(s3, asset):
            return False
        body = archive(asset.source) if asset.is_folder else asset.source.read_bytes()
        s3.put_object(Bucket=asset.bucket, Key=asset.key, Body=body)
        return True

    uploaded = 0
    with ThreadPoolExecutor(max_workers=4) as pool:
        for done, fresh in enumerate(pool.map(one, assets), start=1):
            uploaded += fresh
            report(Progress("asset", "assets", done, len(assets)))
    return uploaded
