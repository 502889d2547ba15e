"""Which rows a facet is, and which answers are favourable."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.errors import InvalidSpec
from penstock.training.arrow import numbers

if TYPE_CHECKING:
    import pyarrow as pa
    from numpy.typing import NDArray

    from penstock.specs.evaluation import EvaluationSpec, Facet
    from penstock.training.algorithms import Answers, Vector

    Truths = NDArray[np.bool_]

# pyarrow makes its functions at run time and types few of them.
_compute: Any = import_module("pyarrow.compute")
_types: Any = import_module("pyarrow.types")
_MOST_VALUES = 20
"""Of a facet without values, so many most frequent ones are compared."""
_TRUE = frozenset({"1", "true", "1.0"})


@dataclass(frozen=True)
class Group:
    """The rows that a facet selects, and what Clarify calls it."""

    name: str
    rows: Truths


def groups_of(column: pa.ChunkedArray, facet: Facet) -> list[Group]:
    """Return the groups of a facet.

    Raises
    ------
    InvalidSpec
        Words are asked for in a column of numbers, or a number is compared with words.

    Examples
    --------
    >>> import pyarrow as pa
    >>> from penstock.specs import Facet
    >>> [group] = groups_of(pa.chunked_array([[25, 40, None]]), Facet(column="age", above=30))
    >>> group.name, group.rows.tolist()
    ('(30.0, 40.0]', [False, True, False])
    """
    if facet.above is not None:
        found = _numbers(column, facet)
        top = float(np.nanmax(found)) if np.isfinite(found).any() else facet.above
        return [Group(f"({float(facet.above)}, {top}]", found > facet.above)]
    if facet.values:
        rows = np.any([_equal(column, value, facet) for value in facet.values], axis=0)
        return [Group(",".join(map(_text, facet.values)), rows)]
    return [Group(_text(value), _equal(column, value, facet)) for value in _frequent(column)]


def favourable(answers: Answers, spec: EvaluationSpec) -> Truths:
    """Return which true answers are good for the person."""
    if answers.problem == "binary":
        known = np.asarray(answers.values, dtype=np.bool_)
        return known if _yes(spec) else ~known
    if answers.problem == "regression":
        return np.asarray(answers.values > _above(spec), dtype=np.bool_)
    return np.isin(answers.values, _places(answers, spec))


def favourably_predicted(answers: Answers, scores: Vector, spec: EvaluationSpec, threshold: float) -> Truths:
    """Return which predicted answers are."""
    if answers.problem == "binary":
        said = scores >= threshold
        return said if _yes(spec) else ~said
    if answers.problem == "regression":
        return np.asarray(scores > _above(spec), dtype=np.bool_)
    return np.isin(scores.argmax(axis=1), _places(answers, spec))


def favourable_name(answers: Answers, spec: EvaluationSpec) -> str:
    """Return Clarify's ``label_value_or_threshold``."""
    if answers.problem == "regression":
        return f"({_above(spec)}, {float(answers.values.max(initial=_above(spec)))}]"
    return ",".join(map(_text, spec.favourable)) or "1"


def conditions(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return a number for each different value of a column, -1 for null."""
    encoded: Any = column.combine_chunks().dictionary_encode()
    codes = _compute.fill_null(_compute.cast(encoded.indices, "int64"), -1)
    return np.asarray(codes.to_numpy(zero_copy_only=False), dtype=np.int64)


def is_number(column: pa.ChunkedArray) -> bool:
    """Say whether a column holds numbers or truth values."""
    kind = column.type
    return bool(_types.is_integer(kind) or _types.is_floating(kind) or _types.is_boolean(kind))


def _above(spec: EvaluationSpec) -> float:
    """Return from which value on an answer is favourable; a regression's specification has it."""
    return float("inf") if spec.favourable_above is None else float(spec.favourable_above)


def _yes(spec: EvaluationSpec) -> bool:
    """Say whether 1 is the favourable answer of a yes/no question."""
    return not spec.favourable or any(_text(value).lower() in _TRUE for value in spec.favourable)


def _places(answers: Answers, spec: EvaluationSpec) -> list[int]:
    """Return positions of the favourable classes."""
    names = {_text(value) for value in spec.favourable}
    if strange := sorted(names - set(answers.classes)):
        raise InvalidSpec(
            "A favourable answer is no class of the model.",
            found=", ".join(strange),
            expected=", ".join(answers.classes),
            where="model.evaluation.favourable",
        )
    return [place for place, name in enumerate(answers.classes) if name in names]


def _equal(column: pa.ChunkedArray, value: Any, facet: Facet) -> Truths:
    """Compare by number or by text, as the column has it; null is equal to nothing."""
    if is_number(column):
        try:
            wanted = float(value)
        except ValueError as error:
            raise InvalidSpec(
                f"The facet {facet.column!r} is asked for a word and holds numbers.", found=repr(value)
            ) from error
        return np.asarray(numbers(column) == wanted, dtype=np.bool_)
    same = _compute.equal(_compute.cast(column, "string"), _text(value))
    return np.asarray(_compute.fill_null(same, False).to_numpy(), dtype=np.bool_)


def _numbers(column: pa.ChunkedArray, facet: Facet) -> Vector:
    if not is_number(column):
        raise InvalidSpec(
            f"The facet {facet.column!r} is compared with a number and holds words.",
            found=str(column.type),
            action="Give 'values' in place of 'above'.",
        )
    return numbers(column)


def _frequent(column: pa.ChunkedArray) -> list[Any]:
    """Return the most frequent values, sorted."""
    counted = _compute.value_counts(_compute.drop_null(column)).to_pylist()
    ranked = sorted(counted, key=lambda entry: (-entry["counts"], _text(entry["values"])))
    return sorted((entry["values"] for entry in ranked[:_MOST_VALUES]), key=_text)


def _text(value: Any) -> str:
    """Return a value as data have it: truth values are 1 and 0."""
    return str(int(value)) if isinstance(value, bool) else str(value)
