"""Synthesis without the CDK command line: ``python -m stacks.synth``."""

from __future__ import annotations

import argparse
import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

from stacks import staging
from stacks.node import use_bundled_node

_SOURCES = ("stacks", "lambdas", "penstock", "sagemaker_jobs")
_FILES = ("app.py", "cdk.json", "requirements/layer.txt", "requirements/runtime.txt")


def synthesise(
    root: Path = staging.ROOT, output: Path | None = None, *, environment: str = "dev", nag: bool = False
) -> Path:
    """Synthesise the cloud assembly of an environment; nothing is done when no source has changed.

    Parameters
    ----------
    root
        The project's folder.
    output
        Folder of the assembly; ``cdk.out`` below the root by default.
    nag
        Whether cdk-nag checks the templates too.

    Returns
    -------
    Path
        The folder of the assembly.
    """
    target = output or root / "cdk.out"
    staging.BUILD.mkdir(exist_ok=True)
    with (staging.BUILD / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _synthesise(root, target, environment, nag)
    return target


def _synthesise(root: Path, target: Path, environment: str, nag: bool) -> None:
    """Run the app unless the assembly is that of the present source; one at a time."""
    stamp, wanted = target / ".source", f"{environment} {nag} {_source_digest(root)}"
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    stamp.unlink(missing_ok=True)
    context = json.loads((root / "cdk.json").read_text())["context"]
    context |= {
        "environment": environment,
        "nag": "on" if nag else "off",
        "aws:cdk:disable-stack-trace": True,
        "aws:cdk:version-reporting": False,
    }
    use_bundled_node()
    subprocess.run(
        [sys.executable, "app.py"], cwd=root, check=True,
        env={**os.environ, "CDK_OUTDIR": str(target), "CDK_CONTEXT_JSON": json.dumps(context),
             "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1"},
    )  # fmt: skip
    stamp.write_text(wanted)


def _source_digest(root: Path) -> str:
    folders = "".join(staging.digest_sources(root / name) for name in _SOURCES)
    return folders + "".join(staging.digest_text(root / name) for name in _FILES)


def main() -> None:
    """Parse the arguments and synthesise."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--environment", default="dev", help="an environment of cdk.json, such as prod")
    parser.add_argument("--output", type=Path, help="folder of the assembly (cdk.out)")
    arguments = parser.parse_args()
    print(synthesise(output=arguments.output, environment=arguments.environment))


if __name__ == "__main__":
    main()
