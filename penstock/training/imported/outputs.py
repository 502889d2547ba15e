"""From a model's outputs to answers as the problem has them: which output is which class."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from penstock.training.imported.refusal import ModelRefused

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from penstock.specs.model import Problem

    Vector = NDArray[np.float64]

_YES = frozenset({"1", "1.0", "True", "true"})
_NO = frozenset({"0", "0.0", "False", "false"})
_PAIR = 2
_SLACK = 1e-3
"""By which probabilities may miss 0, 1 and their sum: single precision."""


def order_of(
    problem: Problem, width: int, told: tuple[str, ...], known: tuple[str, ...], positive: str | None
) -> tuple[int, ...]:
    """Return which outputs stand for our answers, in our order.

    Parameters
    ----------
    width
        How many outputs the model has.
    told
        What they stand for, as the file or a person says.
    known
        The classes of the training rows.
    positive
        Of a yes/no question, which class means yes.

    Raises
    ------
    ModelRefused
        The classes are not those of the use case, or it is unknown what they are.

    Examples
    --------
    >>> order_of("binary", 2, ("no", "yes"), (), "yes"), order_of("binary", 1, (), (), None)
    ((1,), ())
    >>> order_of("multiclass", 3, ("c", "a", "b"), ("a", "b", "c"), None)
    (1, 2, 0)
    """
    if problem == "binary":
        return _place_of_yes(width, told, positive)
    if problem == "regression" and width > 1:
        raise ModelRefused("The model gives several values for a row.", found=str(width), expected="one")
    if problem != "multiclass":
        return ()
    names = told or (tuple(map(str, range(width))) if set(known) == set(map(str, range(width))) else ())
    if not names:
        raise ModelRefused(
            "The model does not say which of its outputs is which class.",
            expected=", ".join(known),
            action="Name them in the order of its outputs: --classes.",
        )
    return _matched(_plain(names, known), known, width)


def mapped(found: NDArray[Any], problem: Problem, order: tuple[int, ...], clusters: int) -> Vector:
    """Return a model's outputs as answers of the problem.

    Examples
    --------
    >>> mapped(np.array([[0.9, 0.1]]), "binary", (1,), 0).tolist()
    [0.1]
    >>> mapped(np.array([1, -1]), "clustering", (), 2).tolist()
    [[0.0, 1.0], [0.0, 0.0]]
    """
    if problem == "clustering":
        return _memberships(found, clusters)
    numbers = np.asarray(found, dtype=np.float64)
    if problem == "multiclass":
        return numbers[:, list(order)]
    return numbers[:, order[0]] if order else numbers.reshape(len(numbers))


def refuse_nonsense(scores: Vector, problem: Problem) -> None:
    """Refuse answers that are no numbers, or no probabilities where they should be.

    Raises
    ------
    ModelRefused
        Rows with such answers are counted.

    Examples
    --------
    >>> refuse_nonsense(np.array([0.5, 2.0]), "binary")
    Traceback (most recent call last):
    penstock.training.imported.refusal.ModelRefused: The model's answers are no probabilities.
      found: 0.5 to 2
      expected: 0 to 1
      what to do: Export the model so that it gives probabilities, not margins or labels.
    """
    wrong = ~np.isfinite(scores).reshape(len(scores), -1).all(axis=1)
    if wrong.any():
        raise ModelRefused(
            "The model answers rows with what is no number.",
            found=f"{int(wrong.sum())} of {len(scores)} validation rows",
            action="See how it treats nulls: impute them inside of the model, or declare other features.",
        )
    if problem not in ("binary", "multiclass"):
        return
    low, high = float(scores.min()), float(scores.max())
    if low < -_SLACK or high > 1 + _SLACK:
        raise ModelRefused(
            "The model's answers are no probabilities.",
            found=f"{low:.4g} to {high:.4g}",
            expected="0 to 1",
            action="Export the model so that it gives probabilities, not margins or labels.",
        )
    if problem == "multiclass" and float(np.abs(scores.sum(axis=1) - 1).max()) > _SLACK:
        raise ModelRefused("The probabilities of a row's classes do not add up to 1.")


def _place_of_yes(width: int, told: tuple[str, ...], positive: str | None) -> tuple[int, ...]:
    """Return which output is the probability of yes."""
    if width == 1 and len(told) != _PAIR:
        return ()
    if width > _PAIR or len(told) not in (0, _PAIR):
        raise ModelRefused(
            "The model has other classes than a yes/no question.", found=", ".join(told) or f"{width} outputs"
        )
    if positive is None and set(told) - _YES - _NO:
        raise ModelRefused(
            "It is not known which class means yes.",
            found=", ".join(told),
            action=f"Say it: --positive {told[-1]}",
        )
    if positive is not None and told and positive not in told:
        raise ModelRefused(
            "The class that means yes is none of the model's.", found=positive, expected=", ".join(told)
        )
    yes = positive if positive is not None else next((name for name in told if name in _YES), None)
    place = told.index(yes) if told and yes is not None else 1
    if width == 1:
        if place == 0:
            raise ModelRefused(
                "The model gives the probability of its second class, and the first means yes.",
                found=", ".join(told),
            )
        return ()
    return (place,)


def _plain(names: tuple[str, ...], known: tuple[str, ...]) -> tuple[str, ...]:
    """Return names as the rows have them: 1.0 is 1 where 1 is what the rows say."""
    return tuple(
        name.removesuffix(".0") if name not in known and name.removesuffix(".0") in known else name
        for name in names
    )


def _matched(names: tuple[str, ...], known: tuple[str, ...], width: int) -> tuple[int, ...]:
    """Return the place of each class of ours among the model's."""
    if set(names) != set(known) or len(names) != width:
        raise ModelRefused(
            "The model's classes are not those of the use case.",
            found=", ".join(names[:20]),
            expected=", ".join(known[:20]),
            action="Name the classes in the order of the model's outputs: --classes.",
        )
    return tuple(names.index(name) for name in known)


def _memberships(found: NDArray[Any], clusters: int) -> Vector:
    """Return rows by clusters from numbers of clusters; noise belongs to none."""
    if found.ndim > 1 and found.shape[1] > 1:
        return np.asarray(found, dtype=np.float64)
    said = found.reshape(len(found)).astype(np.int64)
    rows = np.zeros((len(said), clusters))
    there = np.flatnonzero((said >= 0) & (said < clusters))
    rows[there, said[there]] = 1.0
    return rows
