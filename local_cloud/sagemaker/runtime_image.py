"""The runtime image on this machine: locked packages in one environment, our sources in a thin one on top."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from local_cloud.sagemaker.errors import JobError
from local_cloud.sagemaker.images import Environment

_PACKAGES = ("penstock", "sagemaker_jobs")
_SCRIPTS = {
    "train": "sagemaker_jobs.train",
    "serve": "sagemaker_jobs.serve",
    "process": "sagemaker_jobs.process",
}
_SITE = f"lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
_COMPLETE = ".complete"


@dataclass
class RuntimeImage:
    """Builds the environment once per lock, and a new thin layer whenever our sources change.

    Parameters
    ----------
    folder
        Where images are kept; each is named by the hash of what it contains.
    project_dir
        The checkout with the packages ``penstock`` and ``sagemaker_jobs``.
    lock
        Requirements with hashes.
    """

    folder: Path
    project_dir: Path
    lock: Path
    _building: threading.Lock = field(default_factory=threading.Lock)

    def environment(self) -> Environment:
        """Return the image's programs, building what is missing.

        Raises
        ------
        JobError
            The packages could not be installed; the message ends with the installer's last lines.
        """
        with self._building, _exclusive(self.folder):
            packages = self._packages()
            layer = self._layer(packages)
        return Environment((layer / "bin", packages / "bin"))

    def _packages(self) -> Path:
        """Return the virtual environment of the lock."""
        if not self.lock.is_file():
            raise JobError(f"InternalServerError: the runtime image's lock {self.lock} does not exist.")
        key = _digest([self.lock.read_bytes(), sys.version.encode(), sys.platform.encode()])
        target = self.folder / f"packages-{key}"
        if not (target / _COMPLETE).exists():
            shutil.rmtree(target, ignore_errors=True)
            for command in _install_commands(target, self.lock):
                _run(command)
            (target / _COMPLETE).touch()
        return target

    def _layer(self, packages: Path) -> Path:
        """Return the thin environment with our sources on top of the packages."""
        sources = list(_sources(self.project_dir))
        content = [str(path.relative_to(self.project_dir)).encode() + path.read_bytes() for path in sources]
        target = self.folder / f"runtime-{_digest([packages.name.encode(), *content])}"
        if not target.exists():
            scratch = Path(tempfile.mkdtemp(dir=self.folder))
            _write_layer(scratch, target, packages, self.project_dir, sources)
            scratch.chmod(0o755)
            scratch.rename(target)
        return target


def _sources(project_dir: Path) -> Iterator[Path]:
    """Yield the files that belong into the image."""
    for package in _PACKAGES:
        for path in sorted((project_dir / package).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def _write_layer(scratch: Path, final: Path, packages: Path, project_dir: Path, sources: list[Path]) -> None:
    """Fill a layer that will be renamed to its final place."""
    site = scratch / _SITE
    for path in sources:
        copy = site / path.relative_to(project_dir)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    site.mkdir(parents=True, exist_ok=True)
    (site / "packages.pth").write_text(f"import site; site.addsitedir({str(packages / _SITE)!r})\n")
    _write_metadata(site, project_dir)
    shutil.copyfile(packages / "pyvenv.cfg", scratch / "pyvenv.cfg")
    _write_programs(scratch / "bin", final / "bin", packages)


def _write_metadata(site: Path, project_dir: Path) -> None:
    """Let ``importlib.metadata`` know our package, as an installation would."""
    manifest = project_dir / "pyproject.toml"
    project = tomllib.loads(manifest.read_text(encoding="utf-8"))["project"] if manifest.exists() else {}
    version = project.get("version", "0")
    folder = site / f"penstock-{version}.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: penstock\nVersion: {version}\n")


def _write_programs(folder: Path, final: Path, packages: Path) -> None:
    """Make the interpreter's names and the three commands of SageMaker's contract."""
    folder.mkdir()
    interpreter = (packages / "bin" / "python").resolve()
    for name in ("python", "python3", f"python3.{sys.version_info.minor}"):
        (folder / name).symlink_to(interpreter)
    for name, module in _SCRIPTS.items():
        script = folder / name
        script.write_text(
            f"#!{final / 'python'}\nimport sys\n\nfrom {module} import main\n\nsys.exit(main())\n"
        )
        script.chmod(0o755)


def _install_commands(target: Path, lock: Path) -> list[list[str]]:
    """Return the commands that make the virtual environment, with uv when it is there."""
    python = str(target / "bin" / "python")
    uv = shutil.which("uv") or shutil.which("uv", path=str(Path(sys.executable).parent))
    if uv:
        install = ["pip", "install", "--quiet", "--python", python, "--require-hashes", "--compile-bytecode"]
        return [
            [uv, "venv", "--quiet", "--python", sys.executable, str(target)],
            [uv, *install, "-r", str(lock)],
        ]
    return [
        [sys.executable, "-m", "venv", str(target)],
        [python, "-m", "pip", "install", "--quiet", "--require-hashes", "-r", str(lock)],
    ]


def _run(command: list[str]) -> None:
    """Run an installer, turning its failure into a readable reason."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        tail = " ".join(done.stderr.strip().splitlines()[-5:])
        raise JobError(f"InternalServerError: the runtime image could not be built: {tail}")


def _digest(parts: list[bytes]) -> str:
    """Return a short hash over parts."""
    total = hashlib.sha256()
    for part in parts:
        total.update(hashlib.sha256(part).digest())
    return total.hexdigest()[:16]


@contextmanager
def _exclusive(folder: Path) -> Iterator[None]:
    """Keep other processes from building in the same folder."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder / ".lock", os.O_CREAT | os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
