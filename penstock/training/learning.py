"""Learning declared preparation steps from the training rows, and from them alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from penstock.errors import InvalidSpec, TrainingRefused
from penstock.sketches.hashing import HASH
from penstock.training.arrow import count_words, known_numbers
from penstock.training.columns import DeclaredColumn, NumberColumn, TextColumn, WordColumn
from penstock.training.labelling import LABEL
from penstock.training.preparation import BooleanColumn, RowTreatment

if TYPE_CHECKING:
    import pyarrow as pa

    from penstock.specs.model import Problem
    from penstock.specs.preparing import InputType, PreparationSpec, Steps
    from penstock.training.columns import Vector


def learn_column(
    name: str, kind: InputType, steps: Steps, values: pa.ChunkedArray
) -> DeclaredColumn | BooleanColumn:
    """Learn what the declared steps of a column need.

    Raises
    ------
    InvalidSpec
        A step does not fit the column's type.
    """
    if wrong := steps.misfits(kind):
        raise InvalidSpec("A preparation step does not fit its column.", found="; ".join(wrong), where=name)
    indicator = values.null_count > 0 if steps.indicator is None else steps.indicator
    if kind == "string":
        return _text(name, steps, values) if steps.encode == "words" else _word(name, steps, values)
    if kind == "boolean":
        known = known_numbers(values)
        fill = steps.value if steps.impute == "constant" else known.size and 2 * known.sum() >= known.size
        return BooleanColumn(name=name, fill=bool(fill), nulls=indicator)
    return _number(name, kind, steps, known_numbers(values), indicator)


def learn_rows(spec: PreparationSpec, table: pa.Table, problem: Problem) -> RowTreatment | None:
    """Learn class weights, or how many rows of a class remain.

    Raises
    ------
    InvalidSpec
        Classes shall be balanced, and there are none.
    """
    if not spec.rows_change:
        return None
    copies = {"copies": spec.augment.copies, "noise": spec.augment.noise} if spec.augment else {}
    if spec.balance == "none":
        return RowTreatment.model_validate(copies)
    if problem not in ("binary", "multiclass"):
        raise InvalidSpec(
            "Only classes can be balanced.", found=problem, action="Remove preparation.balance."
        )
    counts = count_words(table[LABEL])
    rows, rarest = sum(counts.values()), min(counts.values())
    if spec.balance == "undersample":
        return RowTreatment.model_validate({"most": max(1, int(spec.ratio * rarest)), **copies})
    weights = {name: rows / (len(counts) * count) for name, count in sorted(counts.items())}
    return RowTreatment.model_validate({"weights": weights, **copies})


def refuse_infinite(table: pa.Table, names: list[str]) -> None:
    """Refuse numbers without end: means, scales and trees break on them.

    Raises
    ------
    TrainingRefused
        The message names the columns.
    """
    refuse_endless({name: int(np.isinf(known_numbers(table[name])).sum()) for name in names})


def refuse_endless(rows: Mapping[str, int]) -> None:
    """Refuse columns that have rows with infinite numbers, by how many they have.

    Raises
    ------
    TrainingRefused
        The message names the columns.
    """
    infinite = [f"{name} ({count:,} rows)" for name, count in rows.items() if count]
    if infinite:
        raise TrainingRefused(
            "Columns hold infinite numbers.",
            found=", ".join(infinite),
            expected="finite numbers or null",
            action="Add a rule that quarantines such rows, or correct them at their source.",
        )


def _number(name: str, kind: InputType, steps: Steps, known: Vector, indicator: bool) -> NumberColumn:
    """Learn fill, limits and scale of a number; the scale is of values cut off and logged."""
    if not known.size:
        fill = float(cast("float", steps.value)) if steps.impute == "constant" else 0.0
        return NumberColumn(name=name, type=cast("Any", kind), fill=fill, indicator=indicator, log=steps.log)
    low, high = (float(one) for one in np.quantile(known, steps.clip)) if steps.clip else (None, None)
    column = NumberColumn(
        name=name,
        type=cast("Any", kind),
        fill=_fill(steps, known),
        indicator=indicator,
        low=low,
        high=high,
        log=steps.log,
    )
    shaped = column.shaped(known)
    centre, spread = _scale(steps.scale, shaped)
    found = {"centre": centre, "spread": spread or 1.0, "deviation": float(shaped.std())}
    return column.model_copy(update=found)


def _fill(steps: Steps, known: Vector) -> float:
    """Return what stands for a null."""
    if steps.impute == "constant":
        return float(cast("float", steps.value))
    if steps.impute == "mean":
        return float(known.mean())
    if steps.impute == "most_frequent":
        values, counts = np.unique(known, return_counts=True)
        return float(values[counts.argmax()])
    return float(np.median(known))


def _scale(name: str, shaped: Vector) -> tuple[float, float]:
    """Return what is taken away from a number, and what it is divided by."""
    if name == "minmax":
        return float(shaped.min()), float(np.ptp(shaped))
    if name == "robust":
        low, middle, high = np.quantile(shaped, [0.25, 0.5, 0.75])
        return float(middle), float(high - low)
    return (0.0, 1.0) if name == "none" else (float(shaped.mean()), float(shaped.std()))


def _word(name: str, steps: Steps, values: pa.ChunkedArray) -> WordColumn:
    """Learn the levels of a word and their shares."""
    counts = count_words(values)
    ranked = sorted(counts, key=lambda word: (-counts[word], word))
    fill = _frequent_word(steps, ranked)
    indicator = fill is None if steps.indicator is None else steps.indicator
    common: dict[str, Any] = {"name": name, "encode": steps.encode, "fill": fill, "indicator": indicator}
    if steps.encode == "hashed":
        return WordColumn(**common, buckets=steps.buckets, hash=HASH)
    levels, shares = ranked[: steps.levels], ()
    if steps.encode == "frequency":
        rows, nulls = max(len(values), 1), values.null_count
        shown = [counts[word] for word in levels]
        others = rows - nulls - sum(shown)
        # Unseen words are as frequent as all the rare ones together are on average.
        rare = others / max(len(ranked) - len(levels), 1)
        shares = tuple(count / rows for count in [*shown, rare, nulls])
    return WordColumn(**common, levels=tuple(levels), shares=shares)


def _text(name: str, steps: Steps, values: pa.ChunkedArray) -> TextColumn:
    """Learn what stands for a missing text; words need no learning."""
    counts = count_words(values) if steps.impute == "most_frequent" else {}
    fill = _frequent_word(steps, sorted(counts, key=lambda word: (-counts[word], word)))
    indicator = values.null_count > 0 if steps.indicator is None else steps.indicator
    return TextColumn(name=name, buckets=steps.buckets, fill=fill, indicator=indicator)


def _frequent_word(steps: Steps, ranked: list[str]) -> str | None:
    """Return the word that stands for null, if one does."""
    if steps.impute == "constant":
        return str(steps.value)
    return ranked[0] if steps.impute == "most_frequent" and ranked else None
