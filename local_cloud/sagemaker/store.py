"""Records of everything that was created: one JSON file each, written atomically, kept in memory."""

import copy
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

Json = dict[str, Any]


class RecordStore:
    """A thread-safe store of records by kind and name that survives a restart.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> RecordStore(folder).put("Model", "m", {"ModelName": "m"})
    >>> RecordStore(folder).get("Model", "m")
    {'ModelName': 'm'}
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.RLock()
        self._records: dict[str, dict[str, Json]] = {}
        for path in sorted(folder.glob("*/*.json")):
            stored = json.loads(path.read_text(encoding="utf-8"))
            self._records.setdefault(path.parent.name, {})[stored["name"]] = stored["record"]

    def get(self, kind: str, name: str) -> Json | None:
        """Return a copy of a record, or None."""
        with self._lock:
            return copy.deepcopy(self._records.get(kind, {}).get(name))

    def all(self, kind: str) -> list[Json]:
        """Return copies of all records of a kind, in the order of their creation."""
        with self._lock:
            return [copy.deepcopy(record) for record in self._records.get(kind, {}).values()]

    def put(self, kind: str, name: str, record: Json) -> None:
        """Create or replace a record."""
        with self._lock:
            self._records.setdefault(kind, {})[name] = copy.deepcopy(record)
            self._write(kind, name)

    def add(self, kind: str, name: str, record: Json) -> bool:
        """Create a record; False when the name is taken."""
        with self._lock:
            if name in self._records.get(kind, {}):
                return False
            self.put(kind, name, record)
            return True

    def change(self, kind: str, name: str, edit: Callable[[Json], None]) -> Json | None:
        """Edit a record in place as one step; return a copy of the result, None when it is gone."""
        with self._lock:
            record = self._records.get(kind, {}).get(name)
            if record is None:
                return None
            edit(record)
            self._write(kind, name)
            return copy.deepcopy(record)

    def delete(self, kind: str, name: str) -> None:
        """Remove a record if it exists."""
        with self._lock:
            self._records.get(kind, {}).pop(name, None)
            self._path(kind, name).unlink(missing_ok=True)

    def _path(self, kind: str, name: str) -> Path:
        """Return where a record lives."""
        return self._folder / kind / f"{quote(name, safe='')}.json"

    def _write(self, kind: str, name: str) -> None:
        """Write one record so that a crash leaves either the old or the new file."""
        path = self._path(kind, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_suffix(".tmp")
        text = json.dumps({"name": name, "record": self._records[kind][name]})
        temporary.write_text(text, encoding="utf-8")
        temporary.replace(path)
