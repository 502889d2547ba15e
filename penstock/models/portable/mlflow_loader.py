"""What MLflow imports to load an exported model: ``loader_module`` of its ``python_function`` flavour."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from penstock.errors import InvalidSpec
from penstock.serving.predictor import NOISE, Predictor

if TYPE_CHECKING:
    import pandas as pd

    from penstock.training.artefact import ModelCard, ModelColumn

_TYPES = {
    "integer": pa.float64(),
    "decimal": pa.float64(),
    "boolean": pa.bool_(),
    "string": pa.string(),
}


class PortableModel:
    """A model with the interface that MLflow calls."""

    def __init__(self, predictor: Predictor) -> None:
        self.predictor = predictor

    def predict(self, model_input: pd.DataFrame, params: dict[str, Any] | None = None) -> pd.DataFrame:
        """Answer the rows of a data frame that has (at least) the raw columns.

        Returns
        -------
        pandas.DataFrame
            ``score``, ``label`` (except of a regression), and of several classes a column
            ``score of <class>`` each.
        """
        import pandas as pd

        del params
        table = raw_table(model_input, self.predictor.card.columns)
        return pd.DataFrame(
            answered(self.predictor.card, self.predictor.scores(table)), index=model_input.index
        )


def raw_table(frame: Any, columns: tuple[ModelColumn, ...]) -> pa.Table:
    """Return the raw columns of a data frame as an Arrow table; NaN and None are null.

    Raises
    ------
    InvalidSpec
        A column is missing, or holds values of another type.
    """
    missing = [column.name for column in columns if column.name not in frame]
    if missing:
        raise InvalidSpec("The rows lack columns that the model needs.", found=", ".join(map(str, frame)),
                          expected=", ".join(missing))  # fmt: skip
    return pa.table({column.name: _array(column, frame[column.name]) for column in columns})


def answered(card: ModelCard, scores: Any) -> dict[str, Any]:
    """Return scores as named columns, with their labels."""
    if card.problem == "regression":
        return {"score": scores}
    if card.problem == "binary":
        return {"score": scores, "label": (scores >= card.threshold).astype(np.int64)}
    place = scores.argmax(axis=1)
    best = scores[np.arange(len(scores)), place]
    if card.problem == "clustering":
        return {"score": best, "label": np.where(best > 0, place, NOISE)}
    each = {f"score of {name}": scores[:, number] for number, name in enumerate(card.classes)}
    return {"score": best, "label": np.array(card.classes, dtype=object)[place], **each}


def _array(column: ModelColumn, values: Any) -> pa.Array:
    """Return one column with the type that the model learnt from."""
    try:
        return pa.array(values, type=_TYPES[column.type], from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError) as error:
        raise InvalidSpec(
            "A column holds values of another type.",
            found=str(error).splitlines()[0],
            expected=column.type,
            where=column.name,
        ) from error


def _load_pyfunc(path: str) -> PortableModel:
    """Verify a model's folder by its hashes and load it, as MLflow asks for."""
    return PortableModel(Predictor.load(Path(path)))
