"""The gate of the infrastructure: ``python -m stacks.check``.

Every environment is synthesised under cdk-nag's AwsSolutions pack, each template read by cfn-lint, and each
state machine checked against the rules of its language. Whatever is found is listed; none may be left.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from stacks import staging, templates
from stacks.synth import synthesise
from stacks.workflows import rules

_REPORT = "validation-report.json"
_LINT = "from cfnlint import runner; runner.main()"


def main() -> int:
    """Check every environment and return the number that the process exits with."""
    environments = json.loads((staging.ROOT / "cdk.json").read_text())["context"]["penstock"]["environments"]
    assemblies = {name: staging.BUILD / "check" / name for name in environments}
    steps: list[tuple[str, Callable[[], list[str]]]] = [
        (f"cdk-nag ({name})", lambda name=name, path=path: nag(name, path))  # type: ignore[misc]
        for name, path in assemblies.items()
    ]
    steps += [
        ("state machines", lambda: [found for path in assemblies.values() for found in machines(path)]),
        ("cfn-lint", lambda: lint(list(assemblies.values()))),
    ]
    return 1 if sum(_run(name, step) for name, step in steps) else 0


def nag(environment: str, assembly: Path) -> list[str]:
    """Synthesise an environment under cdk-nag and return its findings.

    Parameters
    ----------
    assembly
        Where the cloud assembly goes. It is taken as it is when no source has changed.
    """
    (assembly / _REPORT).unlink(missing_ok=True)
    try:
        synthesise(output=assembly, environment=environment, nag=True)
    except subprocess.CalledProcessError as error:
        return findings(assembly / _REPORT) or [f"synthesis failed: {error}"]
    return []


def findings(report: Path) -> list[str]:
    """Return the violations in a validation report of the CDK, those acknowledged left out."""
    if not report.is_file():
        return []
    return [
        f"{construct['constructPath']}: {violation['ruleName']}: {violation['description']}"
        for plugin in json.loads(report.read_text())["pluginReports"]
        for violation in plugin["violations"]
        for construct in violation["violatingConstructs"]
    ]


def machines(assembly: Path) -> list[str]:
    """Return what is wrong with the state machines of a cloud assembly."""
    return [
        f"{stack}/{name}: {fault}"
        for stack, template in templates.load(assembly).items()
        for name, definition in templates.state_machines(template)
        for fault in rules.faults(definition)
    ]


def lint(assemblies: list[Path]) -> list[str]:
    """Return what cfn-lint finds in templates; ``.cfnlintrc`` says what it must not look for, and why."""
    paths = [str(path) for assembly in assemblies for path in sorted(assembly.glob("*.template.json"))]
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", _LINT, "--format", "parseable", "--template", *paths],
        cwd=staging.ROOT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = done.stdout.splitlines()
    return found if found or not done.returncode else [f"cfn-lint failed: {done.stderr.strip()}"]


def _run(name: str, step: Callable[[], list[str]]) -> int:
    """Run one check, say how it went and return the number of findings."""
    print(f"{name} ...", end=" ", flush=True)
    began = time.monotonic()
    found = step()
    print(f"{len(found) or 'no'} findings, {time.monotonic() - began:.1f} s", flush=True)
    for one in found:
        print(f"  {one}")
    return len(found)


if __name__ == "__main__":
    sys.exit(main())
