"""What is stored of an explanation, and where: one row of a Parquet file in the lake."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    import pyarrow as pa

HOME = "explanations"
"""The prefix of all explanations in the lake."""
_KEY = re.compile(
    r"explanations/(?P<use_case>[^/]+)/version=(?P<version>\d+)/date=(?P<date>[^/]+)/[^/]+\.parquet"
)


class StoredExplanation(BaseModel):
    """Why one row was answered as it was.

    Attributes
    ----------
    inference_id, row
        The request, and the row of it; of rows that nobody sent, the file and the row of it.
    method
        How the values were found.
    time
        When it was answered, or what the file is of; ISO 8601 in UTC.
    base_value, output, shap
        What the model says on average, of this row, and what each column adds.
    values
        The row; what the contract calls personal is masked.
    """

    model_config = ConfigDict(frozen=True)

    inference_id: str
    row: int
    version: int
    method: str
    time: str
    score: float
    label: str | None
    base_value: float
    output: float
    shap: dict[str, float]
    values: dict[str, Any]
    reasons: tuple[str, ...]
    counterfactual: dict[str, Any] | None = None

    @property
    def identity(self) -> tuple[str, int, int, str]:
        """What tells it from every other; one that is stored twice counts once."""
        return self.inference_id, self.row, self.version, self.method


@dataclass(frozen=True)
class Place:
    """Where a file of explanations lies: the version and the day that they are of."""

    use_case: str
    version: int
    date: str
    key: str

    @classmethod
    def of(cls, key: str) -> Place | None:
        """Read a key of the lake; None where it is no file of explanations.

        Examples
        --------
        >>> Place.of("explanations/demo/version=3/date=2026-03-01/captured-1.parquet").version
        3
        >>> Place.of("curated/demo/invoices/a.parquet") is None
        True
        """
        found = _KEY.fullmatch(key)
        if found is None:
            return None
        return cls(found["use_case"], int(found["version"]), found["date"], key)


def home(use_case: str) -> str:
    """Return the prefix of a use case's explanations, without a slash at the end."""
    return f"{HOME}/{use_case}"


@cache
def schema() -> pa.Schema:
    """Return the columns of the files."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field("inference_id", pa.string(), nullable=False),
            pa.field("row", pa.int32(), nullable=False),
            pa.field("version", pa.int32(), nullable=False),
            pa.field("method", pa.string(), nullable=False),
            pa.field("time", pa.timestamp("ms")),
            pa.field("score", pa.float64()),
            pa.field("label", pa.string()),
            pa.field("base_value", pa.float64()),
            pa.field("output", pa.float64()),
            pa.field("shap", pa.map_(pa.string(), pa.float64())),
            pa.field("values", pa.string()),
            pa.field("reasons", pa.list_(pa.string())),
            pa.field("counterfactual", pa.string()),
        ]
    )


class Files:
    """Writes explanations below a folder, a file for each day, as they come; used as a context.

    Parameters
    ----------
    folder
        Becomes ``version=<n>/date=<day>/<name>.parquet``.
    name
        Of the files: the same work has the same name, so that a repeat replaces what it wrote.
    """

    def __init__(self, folder: Path, name: str) -> None:
        self._folder, self._name = folder, name
        self._writers: dict[str, Any] = {}

    def __enter__(self) -> Files:
        return self

    def __exit__(self, *_: object) -> None:
        for writer in self._writers.values():
            writer.close()

    @property
    def partitions(self) -> list[str]:
        """The folders that were written to."""
        return sorted(self._writers)

    def write(self, explanations: Iterable[StoredExplanation]) -> None:
        """Add explanations, each to the file of its day."""
        days: dict[str, list[dict[str, Any]]] = {}
        for one in explanations:
            days.setdefault(f"version={one.version}/date={one.time[:10]}", []).append(_line(one))
        for partition, lines in days.items():
            import pyarrow as pa

            self._writer(partition).write_table(pa.Table.from_pylist(lines, schema=schema()))

    def _writer(self, partition: str) -> Any:
        if partition not in self._writers:
            path = self._folder / partition / f"{self._name}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            self._writers[partition] = _parquet().ParquetWriter(path, schema(), compression="zstd")
        return self._writers[partition]


def read_file(path: Path, *, inference_id: str | None = None) -> Iterator[StoredExplanation]:
    """Yield the explanations of a file, or of one request in it, a few at a time."""
    compute: Any = import_module("pyarrow.compute")
    with _parquet().ParquetFile(path) as file:
        for batch in file.iter_batches(batch_size=1_000):
            wanted = batch if inference_id is None else batch.filter(compute.equal(batch[0], inference_id))
            yield from map(_read, wanted.to_pylist())


def moment(text: str) -> datetime:
    """Read a time in ISO 8601 with Z or an offset."""
    return datetime.fromisoformat(text.replace("Z", "+00:00")).astimezone(UTC)


def _line(one: StoredExplanation) -> dict[str, Any]:
    """Return an explanation as a row of a file."""
    told = one.model_dump(mode="json")
    return told | {
        "time": moment(one.time).replace(tzinfo=None),
        "shap": list(one.shap.items()),
        "values": json.dumps(told["values"], ensure_ascii=False),
        "counterfactual": json.dumps(one.counterfactual, ensure_ascii=False) if one.counterfactual else None,
    }


def _read(line: Mapping[str, Any]) -> StoredExplanation:
    """Return a row of a file as an explanation."""
    return StoredExplanation.model_validate(
        {
            **line,
            "time": line["time"].isoformat(timespec="milliseconds") + "Z",
            "shap": dict(line["shap"]),
            "values": json.loads(line["values"]),
            "counterfactual": json.loads(line["counterfactual"]) if line["counterfactual"] else None,
        }
    )


def _parquet() -> Any:
    """Return pyarrow's Parquet module, without pyarrow.dataset (which loads pandas)."""
    return import_module("pyarrow.parquet")
