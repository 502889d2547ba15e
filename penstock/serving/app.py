"""The model container's web application: ``GET /ping`` and ``POST /invocations``."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from penstock.errors import PenstockError, TransientError
from penstock.explanations.reasoner import Reasoner
from penstock.serving.enrichment import Added
from penstock.serving.explaining import Explaining
from penstock.serving.requests import UnsupportedContentType, csv_answer, json_answer, read_body

if TYPE_CHECKING:
    from starlette.requests import Request

    from penstock.features import FeatureServer
    from penstock.serving.predictor import Predictor

_LOG = logging.getLogger("penstock.serving")
_JSON = "application/json"


def application(
    predictor: Predictor,
    *,
    model: Mapping[str, str],
    max_batch_rows: int,
    features: FeatureServer | None = None,
    explaining: Explaining | None = None,
) -> Starlette:
    """Build the application around a loaded model, so that it is healthy as soon as it answers.

    Parameters
    ----------
    predictor
        The loaded model.
    model
        ``use_case``, ``version`` and ``candidate``, returned with each answer.
    max_batch_rows
        Rows that one request may carry.
    features
        Adds to the rows of a JSON request what they do not have of the model's features, by the keys of their
        entities; the answer says what was added, and why where nothing was known.
    explaining
        Which requests are explained; without it, those that ask.
    """
    reasons = explaining or Explaining(Reasoner(predictor))

    def answer(content_type: str, body: bytes) -> Response:
        asked = read_body(content_type, body, predictor.card.columns, max_rows=max_batch_rows)
        ask = reasons.wanted(asked)
        added = None if features is None else Added.to(asked.rows, features, predictor.card)
        instances = asked.rows if added is None else added.instances
        predictions = predictor.predict(instances)
        if asked.is_csv:
            return Response(csv_answer(predictions), media_type="text/csv")
        told = reasons.documents(instances, ask) if ask else reasons.unasked(asked, body, instances)
        content = json_answer(predictions, model, features=added.told if added else None, explanations=told)
        return Response(content, media_type=_JSON)

    async def invocations(request: Request) -> Response:
        content_type, body = request.headers.get("content-type", ""), await request.body()
        try:
            return await run_in_threadpool(answer, content_type, body)
        except UnsupportedContentType as error:
            return _refusal(415, error)
        except TransientError as error:
            return _refusal(503, error)
        except PenstockError as error:
            return _refusal(400, error)
        except Exception as error:
            _LOG.exception("a prediction failed")
            return _refusal(500, error)

    async def ping(_: Request) -> Response:
        return Response(json.dumps({"status": "healthy", **model}), media_type=_JSON)

    return Starlette(routes=[Route("/ping", ping), Route("/invocations", invocations, methods=["POST"])])


def _refusal(status: int, error: Exception) -> Response:
    """Answer with the error's name and message."""
    document = {"error": type(error).__name__, "message": str(error)}
    return Response(json.dumps(document), status_code=status, media_type=_JSON)
