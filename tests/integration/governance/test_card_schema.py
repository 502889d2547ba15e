"""A card is valid by AWS's own schema of model cards, which cfn-lint carries."""

from __future__ import annotations

import gzip
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from penstock.governance.cards import model_card
from penstock.specs import load_use_case
from tests.unit.governance.test_cards import DOCUMENTS, LOOKED_AT, version

jsonschema = pytest.importorskip("jsonschema")
EXAMPLES = Path(__file__).parents[3] / "examples"


def aws_schema() -> dict[str, Any]:
    """Find the schema of the resource among those of cfn-lint."""
    folder = files("cfnlint") / "data" / "schemas" / "resources"
    for one in folder.iterdir():
        data = one.read_bytes()
        text = (gzip.decompress(data) if data[:2] == b"\x1f\x8b" else data).decode()
        if '"AWS::SageMaker::ModelCard"' in text:
            document: dict[str, Any] = json.loads(text)
            if document["typeName"] == "AWS::SageMaker::ModelCard":
                return document
    raise AssertionError("cfn-lint has no schema of model cards")


def pascal(value: Any, *, free: bool = False) -> Any:
    """Write names as CloudFormation does; those of details are people's own."""
    if isinstance(value, dict):
        return {
            name if free else "".join(part.capitalize() for part in name.split("_")): pascal(
                one, free=name in {"custom_details", "metadata"}
            )
            for name, one in value.items()
        }
    return [pascal(one) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", ["breast_cancer", "late_invoices"])
def test_a_card_is_valid_by_the_schema_of_aws(name: str) -> None:
    arn = f"arn:aws:sagemaker:eu-west-1:111122223333:model-package/penstock-{name.replace('_', '-')}/4"
    known = version(use_case=name, package_arn=arn)
    card = model_card(load_use_case(EXAMPLES / name), known, {**DOCUMENTS, **LOOKED_AT}, bucket="s3://b")
    schema = aws_schema()
    # Tags have a pattern that Python does not read, and are no part of a card's content.
    definitions = {name: one for name, one in schema["definitions"].items() if name != "Tag"}
    content = {"$ref": "#/definitions/Content", "definitions": definitions}
    document = pascal(card.document())
    jsonschema.validate(document, content, cls=jsonschema.Draft7Validator)
    document["IntendedUses"]["RiskRating"] = "Enormous"
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(document, content, cls=jsonschema.Draft7Validator)
