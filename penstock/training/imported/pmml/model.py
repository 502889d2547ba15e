"""A PMML document as a model of raw rows."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.training.imported.native import Told
from penstock.training.imported.pmml.document import Element, child, children, inner, read_document, unknown
from penstock.training.imported.pmml.ensemble import MODELS, Scored
from penstock.training.imported.pmml.fields import (
    Column,
    Declared,
    Fields,
    is_nan,
    schema_of,
    text_of,
    transformations,
)
from penstock.training.imported.refusal import ModelRefused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.specs.model import Problem
    from penstock.training.imported.frame import Frame

_KNOWN = ("DataDictionary", "TransformationDictionary", *MODELS)


class Pmml:
    """A regression, a tree, or an ensemble of them.

    Raises
    ------
    ModelRefused
        The document is broken, has what is not evaluated here, or does not answer the problem.
    """

    def __init__(self, path: Path, *, problem: Problem) -> None:
        root = read_document(path)
        models = [one for one in inner(root, *_KNOWN) if one.tag in MODELS]
        dictionary = child(root, "DataDictionary")
        if len(models) != 1 or dictionary is None:
            raise ModelRefused(
                "The PMML must have one model.", found=f"{len(models)} models", where=path.name
            )
        [model] = models
        self._declared = {str(one.get("name")): Declared(one) for one in children(dictionary, "DataField")}
        self._schema = schema_of(model)
        self._shared = transformations(child(root, "TransformationDictionary"))
        classes = self._classes(model, problem)
        self._model = Scored(model, classes)
        self.told = Told(
            columns=tuple(self._schema), width=len(self._schema), classes=classes, made_with=_made_with(root)
        )

    def answers(self, frame: Frame, columns: tuple[str, ...]) -> NDArray[Any]:
        """Return probabilities by class, or values."""
        rows = len(next(iter(frame.values())))
        fields: Fields = {
            name: self._declared[name].read(_typed(frame[column], self._declared[name]), self._schema[name])
            for name, column in zip(self._schema, columns, strict=True)
        }
        for name, compute in self._shared:
            fields[name] = compute(fields, rows)
        try:
            found = self._model.answers(fields, rows)
        except KeyError as error:
            raise ModelRefused("The PMML uses a field that it does not declare.", found=str(error)) from error
        return found if self._model.classes else found[:, 0]

    def _classes(self, model: Element, problem: Problem) -> tuple[str, ...]:
        """Return the classes of a classification, and refuse a model of another problem."""
        wanted = "classification" if problem in ("binary", "multiclass") else "regression"
        if model.get("functionName") != wanted or problem == "clustering":
            raise ModelRefused(
                f"The PMML does not answer a {problem} problem.",
                found=str(model.get("functionName")),
                expected=wanted,
            )
        if wanted == "regression":
            return ()
        schema = child(model, "MiningSchema")
        targets = [] if schema is None else [
            str(one.get("name")) for one in children(schema, "MiningField")
            if one.get("usageType") in ("target", "predicted")
        ]  # fmt: skip
        if len(targets) != 1 or targets[0] not in self._declared or not self._declared[targets[0]].valid:
            raise unknown("a classification whose target has no declared values")
        return tuple(self._declared[targets[0]].valid)


def _typed(values: Column, declared: Declared) -> Column:
    """Return a raw column in the type that the dictionary declares."""
    if declared.kind == "string" and values.dtype != object:
        return np.array(
            [None if is_nan(value) else text_of(value) for value in values.tolist()], dtype=object
        )
    if declared.kind != "string" and values.dtype == object:
        raise ModelRefused(
            "A column is not what the PMML declares.",
            found=f"{declared.name}: texts",
            expected=declared.kind,
        )
    return values


def _made_with(root: Element) -> dict[str, str]:
    """Return which program wrote the document."""
    header = child(root, "Header")
    made = {"pmml": str(root.get("version", ""))}
    for one in [] if header is None else children(header, "Application"):
        made[str(one.get("name"))] = str(one.get("version", ""))
    return made
