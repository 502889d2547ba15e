"""Ours: the contract through the public interface."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from rules import RULES, contract

from penstock.quality import validate
from penstock.specs import Contract


def main() -> None:
    found = validate(Contract.model_validate(contract()), [Path(name) for name in sys.argv[1:]])
    by_rule = [result for result in found.results if result.rule is not None]
    answers = {}
    for name, result in zip(RULES, by_rule, strict=True):
        rows = result.broken + result.details.get("repeated_values", 0)
        answers[name] = float(result.observed) if result.scope == "file" else rows
    print(json.dumps(answers))


main()
