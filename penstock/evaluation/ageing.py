"""Earlier versions measured on the newest rows, which none of them was trained on."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from penstock.errors import ChangedModel, PenstockError
from penstock.evaluation.contest import Rows, newest_rows, on_same_classes
from penstock.evaluation.history import AgedQuality, History
from penstock.evaluation.measuring import measured
from penstock.evaluation.package import unpack
from penstock.models.signing import sign_archive
from penstock.serving.predictor import Predictor

if TYPE_CHECKING:
    from penstock.specs import UseCase

_DAY_SECONDS = 86_400.0


class EarlierVersion(BaseModel):
    """A version that is measured again, and the hash that its archive must have."""

    model_config = ConfigDict(frozen=True)

    version: str
    trained_at: datetime
    sha256: str
    serves: bool = False


def with_earlier(
    history: History,
    earlier: Sequence[EarlierVersion],
    *,
    archives: Mapping[str, Path],
    use_case: UseCase,
    prepared: Path,
    recent_arrival_id: str,
) -> History:
    """Add to a history what earlier versions reach on the test rows of the newest arrival.

    Parameters
    ----------
    earlier
        The versions; ``history.at`` says when this is.
    archives
        Their ``model.tar.gz`` by version.

    Raises
    ------
    ChangedModel
        The archive of the version that serves is not the one that was registered. Another one that was
        changed, or that cannot answer the rows of today, is left out, and a line says why.
    """
    if history.at is None or not earlier or use_case.model.problem == "clustering":
        return history
    found = list[AgedQuality]()
    for one in earlier:
        try:
            _check(archives[one.version], one)
            value, rows = _measured(archives[one.version], use_case, prepared, recent_arrival_id)
        except PenstockError as error:
            if one.serves and isinstance(error, ChangedModel):
                raise
            print(f"evaluation: version {one.version} is not measured again: {error}", flush=True)
            continue
        age = (history.at - one.trained_at).total_seconds() / _DAY_SECONDS
        if rows:
            found.append(
                AgedQuality(version=one.version, age_days=age, metric=value, rows=rows, at=history.at)
            )
    return history.model_copy(update={"ages": (*history.ages, *found)})


def _check(archive: Path, one: EarlierVersion) -> None:
    """Refuse an archive that is not the one that was registered, before anything of it is loaded."""
    found = sign_archive(archive).sha256
    if found != one.sha256:
        raise ChangedModel(
            "The model's package is not the one that was registered.",
            found=f"sha256 {found}",
            expected=f"sha256 {one.sha256}",
            where=f"version {one.version}",
            action="Restore the object's registered version in the bucket.",
        )


def _measured(archive: Path, use_case: UseCase, prepared: Path, arrival: str) -> tuple[float, int]:
    """Return the metric of a version on the newest rows, and how many those are: 0 when too few."""
    with tempfile.TemporaryDirectory() as scratch:
        model = Predictor.load(unpack(archive, Path(scratch)))
        path, problem = prepared / "test.parquet", use_case.model.problem
        newest = newest_rows(Rows.read(path, problem, model.card.classes), arrival)
        if newest is None:
            return 0.0, 0
        scores = on_same_classes(model, model.scores(newest.table), newest.answers)
        return measured(newest.answers, scores)[use_case.model.metric], newest.table.num_rows
