"""The features that the serving container adds to the rows of a request."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from penstock.features import FeatureServer
    from penstock.training.artefact import ModelCard

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Added:
    """Rows as the model takes them, and what was added to each.

    Parameters
    ----------
    instances
        Complete rows.
    told
        For each row, what the answer says of it: ``values`` that were added, ``statuses`` by view.
    """

    instances: list[dict[str, Any]]
    told: list[dict[str, Any]]

    @classmethod
    def to(cls, rows: Sequence[Row], server: FeatureServer, card: ModelCard) -> Added | None:
        """Add features to rows; None if every row has all the features that the model takes.

        Keys, times and other columns by which features are found are left out of the instances, unless the
        model takes them; any other column stays, for the model to refuse.
        """
        taken = {column.name for column in card.columns}
        wanted = [name for name in server.features.names if name in taken]
        if all(name in row for row in rows for name in wanted):
            return None
        complete = server.complete(rows)
        spare = (server.features.inputs | set(server.features.names)) - taken
        instances = [
            {name: value for name, value in row.items() if name not in spare} for row in complete.rows
        ]
        told = [
            {
                "values": {name: jsonable(full[name]) for name in wanted if name not in row},
                "statuses": statuses,
            }
            for row, full, statuses in zip(rows, complete.rows, complete.statuses, strict=True)
        ]
        return cls(instances, told)


def jsonable(value: Any) -> Any:
    """Return a value that JSON has: times as text, and nothing where there is no finite number.

    Examples
    --------
    >>> jsonable(date(2025, 1, 1)), jsonable(math.inf), jsonable(0.5)
    ('2025-01-01', None, 0.5)
    """
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value.isoformat() if isinstance(value, date) else value
