"""A small model, and requests to it as data capture has them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from penstock.explanations.reasoner import Reasoner
from penstock.serving.predictor import Predictor
from tests.unit.serving.conftest import model_folder  # noqa: F401

ROW = {"amount": 2.5, "land": "DE", "ok": True}
AT = "2026-03-01T10:00:00Z"
Rows = Sequence[Mapping[str, Any]]


@pytest.fixture
def reasoner(model_folder: Path) -> Reasoner:  # noqa: F811
    return Reasoner(Predictor.load(model_folder), model_folder)


@pytest.fixture
def capture(reasoner: Reasoner, tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Write requests as an endpoint of version 3 has answered them, and return the folder."""
    folder, lines = tmp_path / "capture", list[str]()
    folder.mkdir()

    def put(
        identifier: str, rows: Rows, *, at: str = AT, sent: Rows | None = None, csv: bool = False,
        **answer: Any,
    ) -> Path:  # fmt: skip
        predictions = [one.document() for one in reasoner.predictor.predict(rows)]
        told = {"predictions": predictions, "model": {"version": "3"}, **answer}
        body = json.dumps({"instances": sent or rows})
        text = json.dumps(told)
        if csv:
            body = "\n".join(
                ",".join("" if one is None else str(one) for one in row.values()) for row in rows
            )
            text = "".join(f"{one['score']!r}\n" for one in predictions)
        encoding = "CSV" if csv else "JSON"
        lines.append(
            json.dumps(
                {
                    "captureData": {
                        "endpointInput": {"data": body, "encoding": encoding},
                        "endpointOutput": {"data": text, "encoding": encoding},
                    },
                    "eventMetadata": {
                        "eventId": f"event-{identifier}", "inferenceId": identifier, "inferenceTime": at,
                    },
                }
            )
        )  # fmt: skip
        (folder / "a.jsonl").write_text("\n".join(lines) + "\n")
        return folder

    yield put
