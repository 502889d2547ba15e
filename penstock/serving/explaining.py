"""The reasons that an endpoint gives with its answers: where they are asked for, and for a sample."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from penstock.explanations.asking import Ask, read_ask
from penstock.explanations.sampling import sampled
from penstock.serving.requests import InvalidRequest, TooManyRows

if TYPE_CHECKING:
    from penstock.explanations.reasoner import Reasoner
    from penstock.serving.requests import Body

_LOG = logging.getLogger("penstock.serving")


@dataclass(frozen=True)
class Explaining:
    """When requests are explained, and how.

    Parameters
    ----------
    reasoner
        Of the model; loads nothing before it is used.
    share
        Share of JSON requests that are explained without being asked.
    top
        How many columns are told of in words, unless the request says.
    max_rows
        Rows that one request may have explained.
    """

    reasoner: Reasoner
    share: float = 0.0
    top: int = 5
    max_rows: int = 100

    @classmethod
    def of(cls, reasoner: Reasoner, environment: Mapping[str, str]) -> Explaining:
        """Read the container's settings: ``PENSTOCK_EXPLAIN_SHARE``, ``_TOP`` and ``_ROWS``."""
        return cls(
            reasoner,
            share=float(environment.get("PENSTOCK_EXPLAIN_SHARE", "0")),
            top=int(environment.get("PENSTOCK_EXPLAIN_TOP", "5")),
            max_rows=int(environment.get("PENSTOCK_EXPLAIN_ROWS", "100")),
        )

    def load(self) -> None:
        """Load now what a sampled request would else wait for; nothing where none is sampled."""
        if self.share > 0:
            self.reasoner.load()

    def wanted(self, body: Body) -> Ask | None:
        """Return what a request asks for, or None: nothing, and it does not belong to the sample.

        Raises
        ------
        InvalidRequest, InvalidSpec, TooManyRows
            It asks for what there is not, in a format without room for it, or for too many rows.
        """
        ask = read_ask(body.explain, top=self.top)
        if ask is None:
            return None
        if body.is_csv:
            raise InvalidRequest(
                "CSV answers have no room for explanations.",
                found="a CSV request that asks for them",
                expected='application/json: {"instances": […], "explain": true}',
            )
        most = self._most(ask)
        if len(body.rows) > most:
            raise TooManyRows(
                "The request has too many rows to explain.",
                found=str(len(body.rows)),
                expected=f"at most {most}" + (" with counterfactuals" if ask.counterfactual else ""),
                action="Send several requests, or have them explained in a batch: penstock explain --batch.",
            )
        return ask

    def _most(self, ask: Ask) -> int:
        """Return how many rows may be explained so: looking for counterfactuals takes ten times as long."""
        return max(self.max_rows // 10, 1) if ask.counterfactual else self.max_rows

    def documents(self, instances: Sequence[Mapping[str, Any]], ask: Ask) -> list[dict[str, Any]]:
        """Explain rows, as answers tell it."""
        return [one.document() for one in self.reasoner.explain(instances, ask)]

    def unasked(
        self, body: Body, raw: bytes, instances: Sequence[Mapping[str, Any]]
    ) -> list[dict[str, Any]] | None:
        """Explain a request that nobody asked to, if it belongs to the sample; never fail it for that."""
        if body.is_csv or len(body.rows) > self.max_rows or not sampled(raw, share=self.share):
            return None
        try:
            return self.documents(instances, Ask(top=self.top))
        except Exception:
            _LOG.exception("a sampled request could not be explained")
            return None
