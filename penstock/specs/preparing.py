"""How raw columns become numbers, and how training rows are balanced, as a model declares it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from penstock.specs.base import ColumnName, Spec

InputType = Literal["integer", "decimal", "boolean", "string"]

_IMPUTING = frozenset({"impute", "value", "indicator"})
_STEPS: dict[InputType, frozenset[str]] = {
    "integer": _IMPUTING | {"clip", "log", "scale"},
    "decimal": _IMPUTING | {"clip", "log", "scale"},
    "boolean": _IMPUTING,
    "string": _IMPUTING | {"encode", "levels", "buckets"},
}


class Steps(Spec):
    """What is done to a column; everything is learnt from training rows alone.

    Examples
    --------
    >>> Steps(impute="constant", value=0, clip=(0.01, 0.99), log=True).misfits("decimal")
    []
    >>> Steps(log=True).misfits("string")
    ["'log' is no step of a string column"]
    """

    impute: Literal["median", "mean", "most_frequent", "constant"] | None = None
    """What stands for a null; without it numbers take the median, truth values the more frequent one, and
    words have a level of their own for null."""
    value: float | bool | str | None = None
    """The constant."""
    indicator: bool | None = None
    """Whether a further column says that there was a null; without it, where training had nulls."""
    clip: tuple[float, float] | None = None
    """Quantiles of the training rows beyond which values are cut off."""
    log: bool = False
    """The logarithm of 1 + x, below zero mirrored."""
    scale: Literal["standard", "minmax", "robust", "none"] = "standard"
    """For algorithms that want scaled numbers; trees see them as they are."""
    encode: Literal["one_hot", "ordinal", "frequency", "hashed", "words"] = "one_hot"
    """``ordinal`` is the rank by frequency, ``frequency`` the share of the training rows, ``hashed`` a bucket
    by the stable hash of the whole text, ``words`` counts of the text's words by bucket."""
    levels: int = Field(default=50, ge=1, le=10_000)
    """How many of the most frequent words keep a level; the others share one."""
    buckets: int = Field(default=32, ge=2, le=4_096)

    @model_validator(mode="after")
    def _consistent(self) -> Steps:
        if (self.impute == "constant") != (self.value is not None):
            raise ValueError("'value' goes with 'impute: constant', and only with it")
        if self.clip and not 0 <= self.clip[0] < self.clip[1] <= 1:
            raise ValueError("'clip' needs two ascending quantiles between 0 and 1")
        return self

    @model_serializer(mode="wrap")
    def _as_declared(self, written: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Keep apart what was said from what was not: a column takes from its type what it does not say."""
        return {name: value for name, value in written(self).items() if name in self.model_fields_set}

    def misfits(self, kind: InputType) -> list[str]:
        """Say which declared steps a column of a type cannot have."""
        wrong = [
            f"'{name}' is no step of a {kind} column" for name in sorted(self.model_fields_set - _STEPS[kind])
        ]
        if kind in ("boolean", "string") and self.impute in ("median", "mean"):
            wrong.append(f"a {kind} column has no {self.impute}")
        wanted = {"boolean": bool, "string": str}.get(kind, float)
        if self.value is not None and not _is(self.value, wanted):
            wrong.append(f"{self.value!r} is no {kind}")
        return wrong


class Augmentation(Spec):
    """Noisy copies of training rows: more of the same for small data, in training only."""

    copies: int = Field(default=1, ge=1, le=10)
    noise: float = Field(default=0.05, gt=0.0, le=1.0)
    """Deviation of what is added to each number, as a share of the number's own deviation."""


class PreparationSpec(Spec):
    """Preparation steps of a model.

    Examples
    --------
    >>> chosen = PreparationSpec(types={"decimal": {"scale": "robust"}}, columns={"amount": {"log": True}})
    >>> chosen.steps("amount", "decimal").scale, chosen.steps("amount", "decimal").log
    ('robust', True)
    >>> chosen.steps("lines", "integer") is None
    True
    """

    types: dict[InputType, Steps] = Field(default={})
    """Steps of all columns of a type."""
    columns: dict[ColumnName, Steps] = Field(default={})
    """Steps of one column; what it does not say is as its type has it."""
    balance: Literal["none", "weights", "undersample"] = "none"
    """Of classes: weights inverse to frequency, or no class above ``ratio`` times the rarest."""
    ratio: float = Field(default=1.0, ge=1.0, le=1_000.0)
    augment: Augmentation | None = None

    @property
    def rows_change(self) -> bool:
        """Whether training rows are weighted, left out or multiplied."""
        return self.balance != "none" or self.augment is not None

    def steps(self, name: str, kind: InputType) -> Steps | None:
        """Return the steps of a column, or None where nothing is declared."""
        found = [one for one in (self.types.get(kind), self.columns.get(name)) if one is not None]
        if not found:
            return None
        said: dict[str, object] = {}
        for one in found:
            said |= {field: getattr(one, field) for field in one.model_fields_set}
        if said.get("impute") != "constant":
            said.pop("value", None)
        return Steps.model_validate(said)


def preparation_problems(
    spec: PreparationSpec, types: Mapping[str, str], features: Collection[str], *, joined: bool
) -> list[str]:
    """Say what a preparation declares that cannot be.

    Parameters
    ----------
    types
        Type of each column of the dataset.
    features
        Columns of the dataset that the model sees.
    joined
        Whether features of views are added, whose names are not looked up here.

    Examples
    --------
    >>> spec = PreparationSpec(columns={"land": {"log": True}, "gone": {"log": True}})
    >>> preparation_problems(spec, {"land": "string"}, ["land"], joined=False)[1]
    'model.preparation: gone is no feature'
    """
    found = []
    for name, steps in spec.columns.items():
        if name in features and types.get(name) in _STEPS:
            kind: Any = types[name]
            found += [f"model.preparation: {name}: {one}" for one in steps.misfits(kind)]
        elif name not in features and not joined:
            found.append(f"model.preparation: {name} is no feature")
    for kind, steps in spec.types.items():
        found += [f"model.preparation: {one}" for one in steps.misfits(kind)]
    return found


def _is(value: object, wanted: type) -> bool:
    """Say whether a constant is of a type; a truth value is no number."""
    if wanted is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, wanted)
