"""Explaining many rows: captured requests, or rows in files, a piece at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from penstock.errors import NotFound
from penstock.explanations.captured import CapturedRequest, read_captures
from penstock.explanations.drift import LIMIT, ndcg
from penstock.explanations.reasoner import Reasoned, Reasoner, hide
from penstock.explanations.records import Files, StoredExplanation
from penstock.explanations.sampling import sampled
from penstock.monitoring.capture import Reading, Window, moment
from penstock.training.instances import InvalidInstances

if TYPE_CHECKING:
    from pathlib import Path

    from penstock.explanations.work import Work

_PIECE = 500
_TOLD_SECONDS = 5.0
_TOLERANCE = 1e-6
_EVALUATIONS = 10_000
"""Rows that a model without exact values may be asked for to explain one row."""


class BatchSummary(BaseModel):
    """What a batch has done.

    Attributes
    ----------
    rows
        Rows that were met, of requests that were answered by this version or do not say.
    explained
        Rows whose explanation was stored; ``answered`` of them as the endpoint told it.
    other_versions, mismatched
        Rows that another version has answered: it says so, or the model's score is another.
    not_found
        Requests that were asked for and not captured.
    global_shap
        The mean size of each column's values over all that was stored, the largest first.
    ndcg, drifted
        How far the order of the columns is that of training, and whether so little that it is drift: see
        :func:`~penstock.explanations.drift.ndcg`. Of few rows, nothing is said of drift.
    partitions
        Folders that were written to.
    """

    model_config = ConfigDict(frozen=True)

    version: int
    source: str
    rows: int
    explained: int
    answered: int
    other_versions: int
    mismatched: int
    lines: int
    lines_outside_window: int
    corrupt: int
    corrupt_examples: tuple[str, ...]
    not_found: tuple[str, ...]
    global_shap: dict[str, float]
    ndcg: float | None
    drifted: bool
    partitions: tuple[str, ...]
    seconds: float


class Row(NamedTuple):
    """A row to explain.

    Attributes
    ----------
    inference_id, number
        Where it is.
    answer
        What was answered to it, as far as that is known.
    told
        Why, if the answer says.
    """

    inference_id: str
    number: int
    at: str
    instance: Mapping[str, Any]
    answer: Mapping[str, Any] = {}
    told: Mapping[str, Any] | None = None


@dataclass
class _Counts:
    rows: int = 0
    explained: int = 0
    answered: int = 0
    other_versions: int = 0
    mismatched: int = 0
    found: set[str] = field(default_factory=set)
    sizes: dict[str, float] = field(default_factory=dict)

    def add(self, one: StoredExplanation) -> None:
        """Count what was stored."""
        self.explained += 1
        for name, value in one.shap.items():
            self.sizes[name] = self.sizes.get(name, 0.0) + abs(value)

    def means(self) -> dict[str, float]:
        """Return the mean size of each column's values."""
        ranked = sorted(self.sizes.items(), key=lambda entry: -entry[1])
        return {name: size / self.explained for name, size in ranked}


@dataclass
class Batch:
    """Explains what its work names.

    Parameters
    ----------
    reasoner
        Of the version that the work names.
    masked
        Columns whose values are not stored.
    say
        Is told how far it is, every few seconds.
    """

    work: Work
    reasoner: Reasoner
    masked: frozenset[str]
    say: Callable[[str], None] = print
    _counts: _Counts = field(default_factory=_Counts)
    _reading: Reading = field(default_factory=Reading)

    def captured(self, folder: Path, output: Path) -> BatchSummary:
        """Explain captured requests.

        Parameters
        ----------
        folder
            Data capture at any depth.
        output
            Receives the files.

        Raises
        ------
        NotFound
            Requests were asked for by their ids, and none of them is there.
        """
        window = Window(moment(self.work.window_start), moment(self.work.window_end))
        columns = self.reasoner.predictor.card.columns
        requests = read_captures(folder, columns, window=window, reading=self._reading)
        summary = self._run(self._of_requests(requests), output)
        if self.work.inference_ids and not summary.explained:
            raise NotFound(
                "None of the requests is to be explained.",
                found=self._why_none(),
                expected=", ".join(self.work.inference_ids[:10]),
                where=f"captures from {self.work.window_start} to {self.work.window_end}",
                action="Look at the ids, the time, and the version: penstock lineage --prediction.",
            )
        return summary

    def rows(self, rows: Iterable[tuple[str, int, Mapping[str, Any]]], output: Path) -> BatchSummary:
        """Explain rows of files.

        Parameters
        ----------
        rows
            The name of the file, the number of the row, and the row as the model takes it.
        """
        return self._run(self._of_rows(rows), output)

    def _run(self, rows: Iterator[Row], output: Path) -> BatchSummary:
        """Explain piece by piece; write, count and tell."""
        started = told = time.monotonic()
        with Files(output, self.work.name) as files:
            while piece := list(islice(rows, _PIECE)):
                stored = list(self._stored(piece))
                files.write(stored)
                for one in stored:
                    self._counts.add(one)
                if time.monotonic() - told > _TOLD_SECONDS:
                    told = time.monotonic()
                    self.say(f"explained {self._counts.explained:,} rows, "
                             f"{self._counts.explained / (told - started):,.0f} a second")  # fmt: skip
        return self._summary(files.partitions, time.monotonic() - started)

    def _of_rows(self, rows: Iterable[tuple[str, int, Mapping[str, Any]]]) -> Iterator[Row]:
        """Yield those that are drawn."""
        for name, number, instance in rows:
            self._counts.rows += 1
            if self._drawn(name, number):
                yield Row(self._address(name), number, self.work.at, instance)

    def _address(self, name: str) -> str:
        """Return where a file with rows came from."""
        origin = self.work.origin.rstrip("/")
        return (origin or name) if not origin or origin.endswith(name) else f"{origin}/{name}"

    def _of_requests(self, requests: Iterator[CapturedRequest]) -> Iterator[Row]:
        """Yield the rows that are asked for, were explained by the endpoint, or are drawn."""
        for request in requests:
            asked = set(request.identifiers) & set(self.work.inference_ids)
            if self.work.inference_ids and not asked:
                continue
            self._counts.found |= asked
            if request.version not in (None, self.work.version):
                self._counts.other_versions += len(request.rows)
                continue
            self._counts.rows += len(request.rows)
            yield from self._of_request(request, wanted=bool(asked))

    def _of_request(self, request: CapturedRequest, *, wanted: bool) -> Iterator[Row]:
        for number, instance in enumerate(request.rows):
            told = request.explanations[number] if request.explanations else None
            answer = request.answers[number] if request.answers else {}
            if wanted or told is not None or self._drawn(request.identifiers[0], number):
                kept = told if told is not None and self._answers(told) else None
                yield Row(request.identifiers[0], number, request.at, instance, answer, kept)

    def _answers(self, told: Mapping[str, Any]) -> bool:
        """Say whether what the endpoint told is what is asked for, so that it need not be found anew."""
        ask = self.work.ask
        return ask.method == "auto" and (not ask.counterfactual or "counterfactual" in told)

    def _drawn(self, name: str, number: int) -> bool:
        """Say whether a row is in the sample."""
        return sampled(f"{name}/{number}".encode(), share=self.work.share, seed=self.work.seed)

    def _stored(self, rows: Sequence[Row]) -> Iterator[StoredExplanation]:
        """Explain some rows; those that the endpoint has explained are stored as it told them."""
        # What the endpoint told in words may hold values that must not be stored: then they are told anew.
        telling = bool(self.masked - self.reasoner.withheld)
        anew = [row for row in rows if row.told is None or telling]
        found = iter(self._explained(anew))
        for row in rows:
            fresh = next(found) if row.told is None or telling else None
            if row.told is not None:
                self._counts.answered += 1
                yield self._as_told(row, row.told, fresh, telling=telling)
            elif fresh is not None:
                if _same(row.answer, fresh):
                    yield self._fresh(row, fresh)
                else:
                    self._counts.mismatched += 1

    def _explained(self, rows: Sequence[Row]) -> Sequence[Reasoned | None]:
        """Explain rows together, and one by one where the model does not take one of them."""
        try:
            return self._reasons(rows)
        except InvalidInstances:
            return [self._one(row) for row in rows]

    def _reasons(self, rows: Sequence[Row]) -> list[Reasoned]:
        instances = [row.instance for row in rows]
        return self.reasoner.explain(instances, self.work.ask, masked=self.masked, budget=_EVALUATIONS)

    def _one(self, row: Row) -> Reasoned | None:
        try:
            return self._reasons([row])[0]
        except InvalidInstances as error:
            self._reading.refuse(f"{row.inference_id}, row {row.number}", error)
            return None

    def _fresh(self, row: Row, one: Reasoned) -> StoredExplanation:
        return StoredExplanation(
            inference_id=row.inference_id, row=row.number, version=self.work.version, time=row.at,
            method=one.row.method, score=one.row.score, label=self._label(row.answer, one),
            base_value=one.row.base_value, output=one.row.output, shap=one.row.shap,
            values=one.row.values, reasons=one.reasons, counterfactual=one.counterfactual,
        )  # fmt: skip

    def _label(self, answer: Mapping[str, Any], one: Reasoned) -> str | None:
        """Return what was answered, or what the model answers."""
        card = self.reasoner.predictor.card
        own = str(int(one.row.score >= card.threshold)) if card.problem == "binary" else one.row.label
        label = answer.get("label", own)
        return None if label is None else str(label)

    def _as_told(
        self, row: Row, told: Mapping[str, Any], fresh: Reasoned | None, *, telling: bool
    ) -> StoredExplanation:
        """Return what the endpoint told; its words only if they tell nothing that must not be stored."""
        label = row.answer.get("label")
        safe = {} if telling else told
        return StoredExplanation(
            inference_id=row.inference_id, row=row.number, version=self.work.version, time=row.at,
            method=told["method"], score=row.answer["score"], label=None if label is None else str(label),
            base_value=told["base_value"], output=told["output"], shap=told["shap"],
            values=hide(row.instance, self.masked),
            reasons=fresh.reasons if fresh else tuple(safe.get("reasons", ())),
            counterfactual=safe.get("counterfactual"),
        )  # fmt: skip

    def _why_none(self) -> str:
        if not self._counts.found:
            return f"none of them among {self._reading.lines} captured requests"
        other = f"{self._counts.other_versions} rows that other versions answered"
        return f"{other}, {self._counts.mismatched} with another score, {self._reading.corrupt} unreadable"

    def _summary(self, partitions: Sequence[str], seconds: float) -> BatchSummary:
        counts, reading, live = self._counts, self._reading, self._counts.means()
        alike, enough = ndcg(self.work.training, live), counts.explained >= self.work.minimum_rows
        return BatchSummary(
            version=self.work.version, source=self.work.source, rows=counts.rows, explained=counts.explained,
            answered=counts.answered, other_versions=counts.other_versions, mismatched=counts.mismatched,
            lines=reading.lines, lines_outside_window=reading.outside, corrupt=reading.corrupt,
            corrupt_examples=tuple(reading.corrupt_examples),
            not_found=tuple(one for one in self.work.inference_ids if one not in counts.found),
            global_shap=live, ndcg=alike, drifted=enough and alike is not None and alike < LIMIT,
            partitions=tuple(partitions), seconds=round(seconds, 3),
        )  # fmt: skip


def _same(answer: Mapping[str, Any], one: Reasoned) -> bool:
    """Say whether the model answers as it was captured; where nothing was captured, it does."""
    if "score" in answer:
        size = max(1.0, abs(one.row.score))
        return bool(np.isclose(answer["score"], one.row.score, rtol=0, atol=_TOLERANCE * size))
    return "label" not in answer or str(answer["label"]) == one.row.label
