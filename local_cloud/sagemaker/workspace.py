"""The private folder of a job or a serving process; its ``ml`` folder stands for ``/opt/ml``."""

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from local_cloud.sagemaker.errors import JobError

ROOT_VARIABLE = "PENSTOCK_ML_ROOT"
_CONTAINER_ROOT = PurePosixPath("/opt/ml")
_MENTION = re.compile(r"(?<![\w./-])/opt/ml(?=$|/|[^\w.-])")


@dataclass(frozen=True)
class Workspace:
    """Paths of one run.

    Examples
    --------
    >>> space = Workspace(Path("/state/job"))
    >>> space.localise("--in=/opt/ml/processing/input --name /opt/mlx")
    '--in=/state/job/ml/processing/input --name /opt/mlx'
    """

    folder: Path

    @property
    def root(self) -> Path:
        """The folder that stands for ``/opt/ml``."""
        return self.folder / "ml"

    @property
    def log(self) -> Path:
        """The file that keeps the run's output."""
        return self.folder / "log.txt"

    def create(self) -> "Workspace":
        """Make an empty workspace with the folders that every container finds."""
        shutil.rmtree(self.folder, ignore_errors=True)
        for name in ("home", "tmp", "ml/input/config", "ml/input/data", "ml/output/data", "ml/model"):
            (self.folder / name).mkdir(parents=True)
        return self

    def path(self, container_path: str) -> Path:
        """Return where a container's absolute path is here; only ``/opt/ml`` is mapped."""
        pure = PurePosixPath(container_path)
        if not pure.is_relative_to(_CONTAINER_ROOT) or ".." in pure.parts:
            raise JobError(
                f"ClientError: LocalPath {container_path!r} is not under /opt/ml. Use an absolute path there."
            )
        return self.root / pure.relative_to(_CONTAINER_ROOT)

    def localise(self, value: Any) -> Any:
        """Rewrite every mention of ``/opt/ml`` in texts, at every depth."""
        if isinstance(value, str):
            return _MENTION.sub(lambda _match: str(self.root), value)
        if isinstance(value, dict):
            return {key: self.localise(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.localise(item) for item in value]
        return value

    def write_json(self, relative: str, content: Any) -> None:
        """Write a configuration file below the root."""
        path = self.root / relative
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")

    def message(self, name: str, limit: int = 1024) -> str:
        """Return the start of ``/opt/ml/output/<name>``, empty when there is none."""
        path = self.root / "output" / name
        if not path.is_file():
            return ""
        with path.open("rb") as stream:
            return stream.read(limit * 4).decode("utf-8", "replace")[:limit].strip()

    def base_environment(self) -> dict[str, str]:
        """Return the variables that do not depend on the request."""
        return {
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            # Jobs share the cores; threads that spin while they wait make four jobs ten times slower.
            "OMP_WAIT_POLICY": "PASSIVE",
            ROOT_VARIABLE: str(self.root),
        }
