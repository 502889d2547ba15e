"""Features on request: complete rows for whoever asks with the keys of entities."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from penstock.errors import PenstockError
from penstock.features.retrieval import FeatureServer
from penstock.serving.enrichment import jsonable

if TYPE_CHECKING:
    from penstock.features.online.store import OnlineStore
    from penstock.specs import UseCase

MOST_ROWS = 1_000


class InvalidFeatureRequest(PenstockError, ValueError):
    """A request for features is not one."""


@dataclass(frozen=True)
class FeatureAnswers:
    """Answers requests for the features of a use case's model.

    Parameters
    ----------
    use_case
        Finds a registered use case by its name.
    store
        The online store.
    """

    use_case: Callable[[str], UseCase]
    store: OnlineStore

    def get(self, request: Mapping[str, Any]) -> dict[str, Any]:
        """Answer a request.

        Parameters
        ----------
        request
            ``use_case``, ``rows`` (mappings with the keys of entities and other columns) and perhaps ``at``,
            the time of asking (ISO 8601).

        Returns
        -------
        dict
            ``rows`` with stored and computed features, and for each row its ``statuses`` by view.

        Raises
        ------
        InvalidFeatureRequest
            There is no list of rows, too many of them, or no time in ``at``.
        """
        rows = request.get("rows")
        if (
            not isinstance(rows, list)
            or not all(isinstance(row, dict) for row in rows)
            or len(rows) > MOST_ROWS
        ):
            raise InvalidFeatureRequest(
                "The request has no rows that can be answered.", found=str(rows)[:100],
                expected=f'{{"use_case": name, "rows": [{{column: value}}, …]}}, at most {MOST_ROWS:,} rows',
            )  # fmt: skip
        server = FeatureServer.of(self.use_case(str(request.get("use_case", ""))), self.store)
        found = server.complete(rows, at=_moment(request.get("at")))
        plain = [{name: jsonable(value) for name, value in row.items()} for row in found.rows]
        return {"rows": plain, "statuses": found.statuses}


def _moment(text: Any) -> datetime | None:
    """Read the time of asking."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise InvalidFeatureRequest(
            "The time of asking is none.", found=str(text)[:100], expected="ISO 8601"
        ) from error
    return found if found.tzinfo else found.replace(tzinfo=UTC)
