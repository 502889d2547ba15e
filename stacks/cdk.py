"""The CDK command line, in the version that matches the library: ``python -m stacks.cdk deploy --all``.

Everything after the module's name is the command line's own. It goes to AWS, or to the local cloud when
``AWS_ENDPOINT_URL`` says so.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from stacks import staging
from stacks.node import use_bundled_node

LOCK = staging.ROOT / "requirements" / "cdk"
_QUIET = {"CDK_DISABLE_VERSION_CHECK": "1", "CDK_DISABLE_CLI_TELEMETRY": "true",
          "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1"}  # fmt: skip


def install() -> Path:
    """Install the command line below ``build/``, once for each lock, and return its program.

    Raises
    ------
    subprocess.CalledProcessError
        When npm's registry is out of reach, or a package is not what the lock says.
    """
    digest = hashlib.sha256((LOCK / "package-lock.json").read_bytes()).hexdigest()[:16]
    target = staging.BUILD / f"cdk-{digest}"
    staging.BUILD.mkdir(exist_ok=True)
    with (staging.BUILD / ".cdk-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not target.is_dir():
            _install(target)
    return target / "node_modules" / "aws-cdk" / "bin" / "cdk"


def _install(target: Path) -> None:
    """Let npm install what the lock names, all of it or nothing."""
    partial = target.with_suffix(".partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    for name in ("package.json", "package-lock.json"):
        shutil.copyfile(LOCK / name, partial / name)
    node = use_bundled_node()
    npm = node.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    subprocess.run(  # noqa: S603
        [str(node / "node"), str(npm), "ci", "--silent", "--no-audit", "--no-fund"],
        cwd=partial, check=True, stdout=sys.stderr,
    )  # fmt: skip
    partial.rename(target)


def command(program: Path, arguments: Sequence[str]) -> list[str]:
    """Return the whole command: the app runs in this Python, and its assembly is apart from ``make synth``'s.

    Examples
    --------
    >>> command(Path("cdk"), ["list"])[-5:-3]
    ['list', '--app']
    """
    app = shlex.join([sys.executable, "app.py"])
    given = {argument.partition("=")[0] for argument in arguments}
    ours = [] if given & {"--app", "-a"} else ["--app", app]
    if not given & {"--output", "-o"}:
        ours += ["--output", str(staging.BUILD / "cdk.out")]
    return [str(use_bundled_node() / "node"), str(program), *arguments, *ours]


def main() -> int:
    """Run the command line and return the number that it exits with."""
    arguments = sys.argv[1:] or ["--help"]
    done = subprocess.run(  # noqa: S603
        command(install(), arguments), cwd=staging.ROOT, env={**os.environ, **_QUIET}, check=False
    )
    return done.returncode


if __name__ == "__main__":
    sys.exit(main())
