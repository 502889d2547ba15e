"""Asking a live endpoint, with the features that the caller does not have."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cached_property
from typing import TYPE_CHECKING, Any

from penstock.serving.enrichment import jsonable
from penstock.serving.plan import endpoint_name

if TYPE_CHECKING:
    from penstock.features import FeatureServer
    from penstock.platform import Platform
    from penstock.specs import UseCase

Row = Mapping[str, Any]
_AT_ONCE = 8


class EndpointClient:
    """The endpoint of a use case, as an application uses it.

    Parameters
    ----------
    platform
        The platform that the endpoint belongs to.
    use_case
        Its name.
    new_id
        Makes the InferenceId of each request, by which a label is joined to it later.

    Examples
    --------
    ::

        client = EndpointClient(platform, "late_invoices")
        client.predict([{"customer_id": "C000001", "country": "DE", ...}])
        # [{'score': 0.83, 'label': 1}]
    """

    def __init__(
        self, platform: Platform, use_case: str, *, new_id: Callable[[], str] = lambda: str(uuid.uuid4())
    ) -> None:
        from penstock.catalog import Catalog

        self.use_case: UseCase = Catalog(platform.items("catalog")).use_case(use_case)
        self.endpoint = endpoint_name(use_case)
        self._platform, self._new_id = platform, new_id
        self._runtime = platform.session.client("sagemaker-runtime", config=_config())
        self._features = _feature_names(self.use_case)

    def predict(
        self, rows: Sequence[Row], *, batch_rows: int = 20, variant: str | None = None
    ) -> list[dict[str, Any]]:
        """Predict rows, several requests at once, and return score and label of each in their order.

        Parameters
        ----------
        rows
            Raw rows; columns that the model does not take are left out. Features of the online store
            are added by the entity's key, unless the row has them already.
        batch_rows
            Rows of one request.
        variant
            Ask this production variant only.

        Raises
        ------
        botocore.exceptions.ClientError
            The endpoint or its model refused a request.
        """
        answers = self._in_batches(rows, batch_rows, {}, variant)
        return [prediction for answer in answers for prediction in answer["predictions"]]

    def answers(self, rows: Sequence[Row], *, batch_rows: int = 20) -> list[dict[str, Any]]:
        """Predict as :meth:`predict` does, with the ``inference_id`` and ``row`` that find each again."""
        return [
            {"inference_id": answer["inference_id"], "row": row, **prediction}
            for answer in self._in_batches(rows, batch_rows, {}, None)
            for row, prediction in enumerate(answer["predictions"])
        ]

    def explain(
        self,
        rows: Sequence[Row],
        *,
        method: str = "auto",
        counterfactual: bool = False,
        top: int = 5,
        batch_rows: int = 20,
    ) -> list[dict[str, Any]]:
        """Predict rows, and return with each answer the reasons for it under ``explanation``.

        Each answer also has the ``inference_id`` and ``row`` by which it is found again, and the ``version``.

        Parameters
        ----------
        rows, batch_rows
            As for :meth:`predict`.
        method
            One of :data:`~penstock.explanations.asking.METHODS`.
        counterfactual
            Look for the smallest change that turns the decision, too.
        top
            How many columns are told of in words.

        Raises
        ------
        botocore.exceptions.ClientError
            The endpoint or its model refused a request.
        """
        asked = {"explain": {"method": method, "counterfactual": counterfactual, "top": top}}
        return [
            told for answer in self._in_batches(rows, batch_rows, asked, None) for told in _explained(answer)
        ]

    def instances(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Return rows as the model takes them: its own columns, with the online features."""
        known = [row for row in rows if all(name in row for name in self._features)]
        complete = rows if len(known) == len(rows) else self._enriched(rows)
        columns = [*self.use_case.model.features, *self._features]
        return [{name: row.get(name) for name in columns} for row in complete]

    def invoke(self, instances: Sequence[Row], *, variant: str | None = None) -> list[dict[str, Any]]:
        """Send one request, with an id of its own, and return its predictions."""
        predictions: list[dict[str, Any]] = self._ask(instances, {}, variant)["predictions"]
        return predictions

    def _in_batches(
        self, rows: Sequence[Row], batch_rows: int, asked: Mapping[str, Any], variant: str | None
    ) -> list[dict[str, Any]]:
        """Send rows in requests, several at once, and return the answers in order."""
        instances = self.instances(rows)
        batches = [instances[at : at + batch_rows] for at in range(0, len(instances), batch_rows)]
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return list(pool.map(lambda batch: self._ask(batch, asked, variant), batches))

    def _ask(self, instances: Sequence[Row], asked: Mapping[str, Any], variant: str | None) -> dict[str, Any]:
        """Send one request, with an id of its own, and return the answer."""
        body, identifier = json.dumps({"instances": list(instances), **asked}).encode(), self._new_id()
        target = {"TargetVariant": variant} if variant else {}
        answer = self._runtime.invoke_endpoint(
            EndpointName=self.endpoint, ContentType="application/json", Accept="application/json", Body=body,
            InferenceId=identifier, **target,
        )  # fmt: skip
        return {**json.loads(answer["Body"].read()), "inference_id": identifier}

    def _enriched(self, rows: Sequence[Row]) -> list[dict[str, Any]]:
        """Return rows with the features of their entities."""
        return [
            {name: jsonable(value) for name, value in row.items()} for row in self._server.complete(rows).rows
        ]

    @cached_property
    def _server(self) -> FeatureServer:
        """The features of the model, read with the caller's permissions."""
        from penstock.features import DynamoEntities, FeatureServer, OnlineStore

        entities = DynamoEntities(self._platform.session.client("dynamodb"), self._platform.tables["online"])
        return FeatureServer.of(self.use_case, OnlineStore(entities))


def _explained(answer: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the predictions of an answer with the reasons for each."""
    facts = {"inference_id": answer["inference_id"], "version": answer["model"]["version"]}
    pairs = zip(answer["predictions"], answer["explanations"], strict=True)
    for row, (prediction, explanation) in enumerate(pairs):
        yield {**facts, "row": row, **prediction, "explanation": explanation}


def _feature_names(use_case: UseCase) -> list[str]:
    """Return the features that the model takes beside the columns of its dataset."""
    stored = [feature.name for view in use_case.model_views for feature in view.features]
    return [*stored, *(feature.name for feature in use_case.model_on_demand)]


def _config() -> Any:
    """Return a client configuration with a connection for each thread, and no hidden repeats."""
    from botocore.config import Config

    return Config(max_pool_connections=_AT_ONCE, retries={"max_attempts": 1, "mode": "standard"})
