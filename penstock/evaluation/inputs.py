"""Whether the rows have something to learn from: columns without values, words never seen, too few rows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from penstock.evaluation.checks import Check

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.specs import Gates
    from penstock.specs.preparing import PreparationSpec

_NAMED = 5


class Inputs(BaseModel):
    """What the parts of a run hold of the model's raw columns.

    Attributes
    ----------
    empty
        Columns without a single value, and in which parts.
    constant
        Columns with one value in all training rows: nothing is learnt from them.
    unseen
        Of each column of words, the share of test rows whose word is in no training row.
    training_rows, learnt_columns
        How many rows there were to learn from, and how many columns the model saw after encoding.
    """

    model_config = ConfigDict(frozen=True)

    empty: dict[str, tuple[str, ...]]
    constant: tuple[str, ...]
    unseen: dict[str, float]
    training_rows: int
    learnt_columns: int


def inputs_of(
    parts: Mapping[str, pa.Table],
    columns: Sequence[str],
    *,
    learnt_columns: int,
    free_texts: Collection[str] = (),
) -> Inputs:
    """Look at the raw columns of ``train``, ``validation`` and ``test``.

    Parameters
    ----------
    columns
        The model's raw columns.
    learnt_columns
        How many the model saw after encoding.
    free_texts
        Columns of which new words are expected, because a hash divides them.

    Examples
    --------
    >>> import pyarrow as pa
    >>> train = pa.table({"a": ["x", "y"], "b": pa.nulls(2, pa.float64())})
    >>> test = pa.table({"a": ["x", "z"], "b": [1.0, 2.0]})
    >>> found = inputs_of({"train": train, "test": test}, ["a", "b"], learnt_columns=4)
    >>> found.empty, found.unseen
    ({'b': ('train',)}, {'a': 0.5})
    """
    from penstock.training.arrow import varies

    train, test = parts["train"], parts["test"]
    empty = {name: tuple(part for part, table in parts.items() if _is_empty(table[name])) for name in columns}
    words = [name for name in columns if _has_words(train[name]) and name not in free_texts]
    return Inputs(
        empty={name: where for name, where in empty.items() if where},
        constant=tuple(name for name in columns if not empty[name] and not varies(train[name])),
        unseen={name: _unseen(train[name], test[name]) for name in words},
        training_rows=train.num_rows,
        learnt_columns=learnt_columns,
    )


def hashed_columns(spec: PreparationSpec | None, columns: Sequence[str]) -> frozenset[str]:
    """Return the columns of words that a hash divides into buckets."""
    steps = {name: spec.steps(name, "string") for name in columns} if spec else {}
    return frozenset(name for name, one in steps.items() if one and one.encode in ("hashed", "words"))


def input_checks(found: Inputs, gates: Gates) -> tuple[Check, ...]:
    """Return the checks of a run's raw columns.

    Examples
    --------
    >>> from penstock.specs import Gates
    >>> odd = Inputs(empty={"b": ("train",)}, constant=(), unseen={}, training_rows=9, learnt_columns=40)
    >>> [(one.check, one.passed) for one in input_checks(odd, Gates())]
    [('columns_with_values', False), ('rows_for_columns', False)]
    """
    checks = [_with_values(found, gates.maximum_empty_columns)]
    if found.unseen:
        checks.append(_seen(found.unseen, gates.maximum_unseen))
    if gates.rows_for_each_column:
        checks.append(_rows(found, gates.rows_for_each_column))
    return tuple(checks)


def _is_empty(column: pa.ChunkedArray) -> bool:
    """Say whether rows have no value at all."""
    return len(column) > 0 and column.null_count == len(column)


def _has_words(column: pa.ChunkedArray) -> bool:
    """Say whether a column holds texts."""
    import pyarrow as pa

    return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))


def _unseen(train: pa.ChunkedArray, test: pa.ChunkedArray) -> float:
    """Return the share of test rows whose word is in no training row; null is no word."""
    from penstock.training.arrow import count_words

    known, asked = count_words(train), count_words(test)
    new = sum(count for word, count in asked.items() if word not in known)
    return float(new / max(len(test), 1))


def _with_values(found: Inputs, limit: int) -> Check:
    """Check that every column has a value somewhere."""
    named = [f"{name} ({', '.join(where)} rows)" for name, where in found.empty.items()]
    reason = "every column has values in all parts"
    if named:
        reason = (
            f"{_listed(named)} without any value: nothing is learnt from them, and values that come later "
            "are not looked at; correct the source, or take them out of features"
        )
    if found.constant:
        reason += f"; constant in the training rows: {_listed(found.constant)}"
    return Check(
        check="columns_with_values",
        value=float(len(named)),
        limit=float(limit),
        passed=len(named) <= limit,
        reason=reason,
    )


def _seen(unseen: Mapping[str, float], limit: float) -> Check:
    """Check that test rows have words that training rows have."""
    name, share = max(unseen.items(), key=lambda entry: entry[1])
    reason = (
        f"{share:.1%} of the test rows have a word in {name} that no training row has "
        f"(at most {limit:.0%} is allowed)"
    )
    if share > limit:
        reason += ": such words are all the same to the model; use a coarser column, or encode it by a hash"
    return Check(check="seen_words", value=share, limit=limit, passed=share <= limit, reason=reason)


def _rows(found: Inputs, limit: float) -> Check:
    """Check that there are rows enough for the columns."""
    share = found.training_rows / max(found.learnt_columns, 1)
    reason = (
        f"{found.training_rows:,} training rows for {found.learnt_columns:,} encoded columns; "
        f"{limit:g} a column are needed"
    )
    if share < limit:
        reason += ": any answer can be fitted by chance; take columns or levels out, or wait for more rows"
    return Check(check="rows_for_columns", value=share, limit=limit, passed=share >= limit, reason=reason)


def _listed(names: Sequence[Any]) -> str:
    """Name some."""
    more = len(names) - _NAMED
    return ", ".join(map(str, names[:_NAMED])) + (f" and {more} more" if more > 0 else "")
