"""What a training job finds out about itself: code, libraries, hardware."""

from __future__ import annotations

import hashlib
import json
import os
from functools import cache
from importlib.metadata import distributions
from importlib.util import find_spec
from pathlib import Path

from penstock.experiments.record import Hardware

_CODE = ("penstock", "sagemaker_jobs")
_GIGABYTE = 1 << 30


@cache
def code_hash() -> str:
    """Return the SHA-256 over names and contents of the files of the package; caches are left out.

    Examples
    --------
    >>> len(code_hash())
    64
    """
    digest = hashlib.sha256()
    for name in _CODE:
        found = find_spec(name)
        for folder in found.submodule_search_locations or () if found else ():
            for path in sorted(Path(folder).rglob("*")):
                if path.is_file() and path.suffix != ".pyc":
                    told = f"{name}/{path.relative_to(folder).as_posix()}"
                    digest.update(told.encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


@cache
def libraries() -> dict[str, str]:
    """Return the version of every installed distribution, by its name in lower case."""
    found = {(one.name or "").lower().replace("_", "-"): one.version for one in distributions()}
    return {name: found[name] for name in sorted(found) if name}


def hardware(configuration: Path | None = None) -> Hardware:
    """Return what this process runs on.

    Parameters
    ----------
    configuration
        SageMaker's ``resourceconfig.json``, which names the instance type.
    """
    document = json.loads(configuration.read_bytes()) if configuration and configuration.is_file() else {}
    pages = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return Hardware(
        instance=str(document.get("current_instance_type", "")),
        processor=_processor(),
        cores=os.cpu_count() or 1,
        memory_gigabytes=round(pages / _GIGABYTE, 1),
    )


def _processor() -> str:
    """Return the processor's model as Linux tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    told = (line.partition(":")[2].strip() for line in lines if line.lower().startswith("model name"))
    return next(told, "")
