"""A version that serves is exported as ONNX by the data scientist's own rights, and answers alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnxruntime

from penstock.models import ModelVersion
from penstock.models.portable import export_version
from tests.end_to_end.platform.world import World


def test_the_serving_version_is_exported_equal(world: World, pilot: ModelVersion, tmp_path: Path) -> None:
    made = export_version(world.dana.artifacts, pilot, form="onnx", output=tmp_path / "pilot.onnx")
    found = made.equality["onnx"]
    assert found.holds
    assert found.rows > 0
    session = onnxruntime.InferenceSession(str(made.path))
    empty = {
        one.name: np.array(["␀"], object) if one.type == "tensor(string)" else np.array([np.nan])
        for one in session.get_inputs()
    }
    (score,) = session.run(["scores"], empty)[0].tolist()
    assert 0 < score < 1
