"""SageMaker takes the request of a model package, with bias reports and without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import botocore.session
import pytest
from botocore.validate import ParamValidator

from tests.unit.models.test_package import BIAS, request


@pytest.mark.parametrize(
    "analysis", [{}, {"pre_training_bias_metrics": BIAS, "post_training_bias_metrics": BIAS}]
)
def test_sagemaker_takes_the_request(tmp_path: Path, analysis: dict[str, Any]) -> None:
    model = botocore.session.get_session().get_service_model("sagemaker")
    shape: Any = model.operation_model("CreateModelPackage").input_shape
    told = ParamValidator().validate(request(tmp_path, analysis), shape)
    assert not told.has_errors(), told.generate_report()
