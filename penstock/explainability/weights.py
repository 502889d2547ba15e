"""What each condition of a path contributes to its leaf: Shapley values by quadrature.

A leaf with value ``v`` whose path asks something of ``k`` columns is a product: ``v`` times, for each column,
1 or 0 when the column is known (it meets the path's conditions or not), and the share ``w`` of training rows
that meets them when it is not. The Shapley value of such a product is an integral over the chance ``t`` of
being known,

    phi_i = v * (on_i - w_i) * integral over t from 0 to 1 of the product over j != i of
            (t * on_j + (1 - t) * w_j),

of a polynomial of degree ``k - 1`` [1]_, so that Gauss and Legendre's rule with ``k / 2`` points is exact.
Nothing cancels and no factor is divided by: values are right to the last few bits at any depth. The
interaction of two columns is the same integral with both differences before it, over the product of the
others.

.. [1] G. Owen, "Multilinear extensions of games", Management Science 18 (1972).
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vector = NDArray[np.float64]


def every_contribution(share: Vector) -> Vector:
    """Return the contributions to leaves of value one in every case: leaves by columns by cases.

    In case ``n``, column ``c`` meets its conditions if bit ``c`` of ``n`` is set. The columns are split into
    two halves: a product over all columns is a product over each half, so that the sum over the rule's points
    is a matrix product of two small tables.

    Parameters
    ----------
    share
        The share of training rows that meets each column's conditions: leaves by columns.

    Examples
    --------
    >>> every_contribution(np.array([[0.25, 0.5]])).round(9).tolist()
    [[[-0.0625, 0.1875, -0.1875, 0.5625], [-0.0625, -0.3125, 0.0625, 0.3125]]]
    """
    leaves, columns = share.shape
    chance, weight = np.array(_rule((columns + 1) // 2)).T
    half = columns // 2
    low, low_all = _half(share[:, :half], chance)
    high, high_all = _half(share[:, half:], chance)
    found = np.empty((leaves, columns, 2 ** (columns - half), 2**half))
    np.matmul(weight * high_all[:, None], low.transpose(0, 1, 3, 2), out=found[:, :half])
    np.matmul(high, (weight * low_all).transpose(0, 2, 1)[:, None], out=found[:, half:])
    return found.reshape(leaves, columns, 2**columns)


def _half(share: Vector, chance: Vector) -> tuple[Vector, Vector]:
    """Return each column's term (leaves by columns by cases by points), and the product of all factors."""
    columns = share.shape[1]
    known = ((np.arange(2**columns)[None, :] >> np.arange(columns)[:, None]) & 1).astype(np.float64)
    unknown = share[:, :, None]
    factors = chance * known[..., None] + (1.0 - chance) * unknown[..., None]
    return _others(factors) * (known - unknown)[..., None], factors.prod(axis=1)


def contributions(on: NDArray[np.bool_], share: Vector) -> Vector:
    """Return the contribution of each column to leaves of value one in given cases.

    Parameters
    ----------
    on
        Whether each column meets its conditions: leaves by columns by cases.
    share
        The share of training rows that meets them: leaves by columns.

    Examples
    --------
    A leaf behind one condition, that a quarter of the training rows met:

    >>> contributions(np.array([[[False, True]]]), np.array([[0.25]])).tolist()
    [[[-0.25, 0.75]]]
    """
    known = on.astype(np.float64)
    unknown = share[:, :, None]
    total = np.zeros(known.shape)
    for chance, weight in _rule((known.shape[1] + 1) // 2):
        total += weight * _others(chance * known + (1.0 - chance) * unknown)
    total *= known - unknown
    return total


def interactions(on: NDArray[np.bool_], share: Vector) -> Vector:
    """Return what each two columns contribute together to leaves of value one, in given cases.

    Parameters
    ----------
    on
        Whether each column meets its conditions: leaves by columns by cases.
    share
        The share of training rows that meets them: leaves by columns.

    Returns
    -------
        Leaves by pairs (in the order of ``numpy.triu_indices``) by cases.

    Examples
    --------
    >>> on = np.array([[[True, True], [True, False]]])
    >>> interactions(on, np.array([[0.25, 0.5]])).tolist()
    [[[0.375, -0.375]]]
    """
    known, unknown = on.astype(np.float64), share[:, :, None]
    columns, effect = known.shape[1], on - unknown
    parts = [np.zeros((known.shape[0], columns - 1 - first, known.shape[2])) for first in range(columns)]
    for chance, weight in _rule(max(1, columns // 2)):
        factors = chance * known + (1.0 - chance) * unknown
        for first in range(columns):
            parts[first] += weight * _others(np.delete(factors, first, axis=1))[:, first:]
    for first in range(columns):
        parts[first] *= effect[:, first, None] * effect[:, first + 1 :]
    return np.concatenate(parts, axis=1)


def every_case(leaves: int, columns: int) -> NDArray[np.bool_]:
    """Return leaves by columns by cases: in case ``n``, column ``c`` is on if bit ``c`` of ``n`` is set."""
    cases = (np.arange(2**columns)[None, :] >> np.arange(columns)[:, None]) & 1 == 1
    return np.broadcast_to(cases, (leaves, *cases.shape))


def _others(factors: Vector) -> Vector:
    """Return, for each column, the product of all columns' factors but its own."""
    product = np.empty(factors.shape)
    running = np.ones((factors.shape[0], *factors.shape[2:]))
    for column in range(factors.shape[1]):
        product[:, column] = running
        running *= factors[:, column]
    running[:] = 1.0
    for column in reversed(range(factors.shape[1])):
        product[:, column] *= running
        running *= factors[:, column]
    return product


@cache
def _rule(points: int) -> tuple[tuple[float, float], ...]:
    """Return the points and weights of Gauss and Legendre's rule from 0 to 1."""
    nodes, weights = np.polynomial.legendre.leggauss(points)
    return tuple(zip((nodes + 1) / 2, weights / 2, strict=True))
