"""The model card of a version, filled from what the platform knows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from penstock.errors import NotFound
from penstock.governance.risk import RiskRating, Tier, rate
from penstock.models import ModelVersion
from penstock.models.card import (
    MOST_CHARACTERS,
    AdditionalInformation,
    BarChart,
    BusinessDetails,
    Evaluation,
    Function,
    HyperParameter,
    IntendedUses,
    MetricGroup,
    ModelCard,
    ModelOverview,
    ObjectiveFunction,
    SimpleMetric,
    TrainingDetails,
    TrainingJobDetails,
    TrainingMetric,
)
from penstock.specs import UseCase
from penstock.stores import ObjectStore

_DOCUMENTS = ("metrics", "explanation", "summary")
_LOSSES = {"log_loss", "brier", "rmse", "mae", "mape"}
_MOST_BARS = 30
_RISKS: dict[Tier, Literal["High", "Medium", "Low"]] = {"high": "High", "medium": "Medium", "low": "Low"}


def model_card(
    use_case: UseCase, version: ModelVersion, documents: Mapping[str, Mapping[str, Any]], *, bucket: str = ""
) -> ModelCard:
    """Fill the card of a version.

    Parameters
    ----------
    documents
        ``metrics``, ``explanation`` and ``summary`` of its evaluation, as far as there are any.
    bucket
        Address of the artifacts bucket.
    """
    rating = rate(use_case.risk)
    return ModelCard(
        model_overview=_overview(use_case, version, documents, bucket),
        intended_uses=_uses(use_case, version, rating),
        business_details=BusinessDetails(
            business_problem=_cut(use_case.description.strip() or use_case.title, 2_048),
            business_stakeholders=_cut(", ".join(_people(use_case)), 2_048),
            line_of_business=_cut(use_case.owner, 2_048),
        ),
        training_details=_training(use_case, version, documents),
        evaluation_details=(_evaluation(version, documents),),
        additional_information=_additional(use_case, version),
    )


def write_card(artifacts: ObjectStore, use_case: UseCase, version: ModelVersion) -> str:
    """Write the card of a version beside nothing that can be written by a job, and return its key."""
    documents = read_documents(artifacts, version)
    content = model_card(use_case, version, documents, bucket=artifacts.uri).document()
    data = json.dumps(content, indent=1)
    assert len(data) <= MOST_CHARACTERS  # noqa: S101
    artifacts.write(card_key(version), data.encode(), content_type="application/json")
    return card_key(version)


def card_key(version: ModelVersion) -> str:
    """Return where a version's card lies in the artifacts bucket."""
    return f"cards/{version.use_case}/{version.version}/card.json"


def card_name(version: ModelVersion) -> str:
    """Return the name of a version's card in SageMaker."""
    return f"penstock-{version.use_case.replace('_', '-')[:44]}-v{version.version}"


def read_documents(artifacts: ObjectStore, version: ModelVersion) -> dict[str, dict[str, Any]]:
    """Read what a version's evaluation wrote, as far as it is there."""
    return {
        name: _read(artifacts, f"{version.evaluation_prefix.rstrip('/')}/{name}.json") for name in _DOCUMENTS
    }


def _read(artifacts: ObjectStore, key: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(artifacts.read(key))
    except NotFound:
        return {}
    return found


def _overview(
    use_case: UseCase, version: ModelVersion, documents: Mapping[str, Mapping[str, Any]], bucket: str
) -> ModelOverview:
    chosen = _chosen(documents, version)
    return ModelOverview(
        model_description=_cut(f"{use_case.title}. {use_case.description.strip()}", 1_024),
        model_owner=_cut(use_case.owner, 1_024),
        model_creator=_cut(version.requested_by, 1_024),
        problem_type=use_case.model.problem,
        algorithm_type=str(chosen.get("algorithm") or version.candidate),
        model_id=version.package_arn or f"{version.use_case}/{version.version}",
        model_artifact=(f"{bucket}/{version.model_key}" if bucket else version.model_key,),
        model_name=use_case.name,
        model_version=version.version,
    )


def _uses(use_case: UseCase, version: ModelVersion, rating: RiskRating) -> IntendedUses:
    answers = ", ".join(f"{name}: {value}" for name, value in use_case.risk.model_dump().items())
    points = ", ".join(f"{name} {value}" for name, value in rating.points.items() if value) or "none"
    return IntendedUses(
        purpose_of_model=_cut(use_case.title, 2_048),
        intended_uses=_cut(use_case.description.strip(), 2_048),
        factors_affecting_model_efficiency=_cut(
            "Drift of these inputs, which monitoring watches: " + ", ".join(_inputs(use_case)), 2_048
        ),
        risk_rating=_RISKS[rating.tier],
        explanations_for_risk_rating=_cut(
            f"{sum(rating.points.values())} points ({points}) from the questionnaire: {answers}.", 2_048
        ),
    )


def _training(
    use_case: UseCase, version: ModelVersion, documents: Mapping[str, Mapping[str, Any]]
) -> TrainingDetails:
    metric, summary = str(use_case.model.metric), documents.get("summary", {})
    rows = ", ".join(f"{part} {count:,}" for part, count in (summary.get("rows") or {}).items())
    libraries = ", ".join(f"{name} {one}" for name, one in (summary.get("libraries") or {}).items())
    measured = _chosen(documents, version).get("validation")
    return TrainingDetails(
        objective_function=ObjectiveFunction(
            function=Function(function="Minimize" if metric in _LOSSES else "Maximize", facet=metric),
            notes=f"Candidates are compared by {metric} on the validation rows.",
        ),
        training_observations=_cut(
            f"Rows: {rows}. Libraries: {libraries}. Seed {use_case.model.seed}.", 1_024
        ),
        training_job_details=TrainingJobDetails(
            training_arn=version.run_id,
            training_datasets=(f"snapshot:{use_case.name}/{use_case.model.dataset}/{version.snapshot_id}",),
            training_metrics=_numbers({f"validation_{metric}": measured}),
            hyper_parameters=tuple(_parameters(use_case, version)),
        ),
    )


def _evaluation(version: ModelVersion, documents: Mapping[str, Mapping[str, Any]]) -> Evaluation:
    groups = [
        MetricGroup(name="test", metric_data=tuple(_measured(version.metrics))),
        MetricGroup(name="gates", metric_data=tuple(_gates(version.verdict))),
    ]
    shap = sorted(
        documents.get("explanation", {}).get("global_shap", {}).items(), key=lambda one: -abs(one[1])
    )
    if shap:
        names, values = zip(*shap[:_MOST_BARS], strict=True)
        bars = BarChart(
            name="mean absolute SHAP value",
            value=tuple(float(value) for value in values),
            x_axis_name=tuple(_cut(name, 63) for name in names),
        )
        groups.append(MetricGroup(name="explanation", metric_data=(bars,)))
    passed = "Every gate passed." if version.verdict.get("passed") else "Some gates did not pass."
    compared = version.verdict.get("compared_with")
    return Evaluation(
        name="evaluation on test rows",
        evaluation_observation=passed + (f" Compared with version {compared}." if compared else ""),
        datasets=(version.evaluation_prefix,),
        metadata={"run_id": version.run_id, "snapshot_id": version.snapshot_id},
        metric_groups=tuple(groups),
    )


def _additional(use_case: UseCase, version: ModelVersion) -> AdditionalInformation:
    sensitive = [
        f"{contract.dataset}.{column.name} ({column.sensitivity})"
        for contract in use_case.datasets
        for column in contract.columns
        if column.sensitivity != "none"
    ]
    data = "Personal data: " + (", ".join(sensitive) if sensitive else "none declared in the contracts") + "."
    bases = {f"{one.dataset}: {one.purpose} ({one.legal_basis})" for one in use_case.datasets}
    failed = [one["reason"] for one in version.verdict.get("checks", ()) if not one["passed"]]
    review = rate(use_case.risk).demands.review_months
    details = {
        "use_case": use_case.name,
        "use_case_digest": use_case.digest,
        "run_id": version.run_id,
        "snapshot_id": version.snapshot_id,
        "package_sha256": version.signature.sha256 if version.signature else "",
        "package_digest": version.signature.digest if version.signature else "",
        "registered_at": version.created_at,
    }
    return AdditionalInformation(
        ethical_considerations=_cut(f"{data} Purpose and legal basis: {'; '.join(sorted(bases))}.", 2_048),
        caveats_and_recommendations=_cut(
            f"Due for a review {review} months after its approval. {' '.join(failed)}".strip(), 2_048
        ),
        custom_details={name: value for name, value in details.items() if value},
    )


def _measured(metrics: Mapping[str, Any]) -> Iterable[SimpleMetric]:
    for name, found in metrics.items():
        interval = found if isinstance(found, dict) else {"value": found}
        if isinstance(value := interval.get("value"), int | float):
            low, high = interval.get("low"), interval.get("high")
            span = "" if low is None or high is None else f"95% interval {low:.4f} to {high:.4f}"
            yield SimpleMetric(name=_cut(name, 255), type="number", value=float(value), notes=span)


def _gates(verdict: Mapping[str, Any]) -> Iterable[SimpleMetric]:
    for check in verdict.get("checks") or ():
        yield SimpleMetric(
            name=_cut(str(check["check"]), 255),
            type="boolean",
            value=bool(check["passed"]),
            notes=_cut(str(check.get("reason") or ""), 1_024),
        )


def _parameters(use_case: UseCase, version: ModelVersion) -> Iterable[HyperParameter]:
    every = (use_case.model.baseline, *use_case.model.candidates)
    chosen = next((one for one in every if one.name == version.candidate), None)
    for name, value in (chosen.hyperparameters if chosen else {}).items():
        yield HyperParameter(name=_cut(name, 255), value=_cut(str(value), 255) or "-")


def _numbers(found: Mapping[str, Any]) -> tuple[TrainingMetric, ...]:
    return tuple(
        TrainingMetric(name=name, value=float(value))
        for name, value in found.items()
        if isinstance(value, int | float)
    )


def _chosen(documents: Mapping[str, Mapping[str, Any]], version: ModelVersion) -> Mapping[str, Any]:
    found: Mapping[str, Any] = documents.get("metrics", {}).get("models", {}).get(version.candidate, {})
    return found


def _inputs(use_case: UseCase) -> list[str]:
    views = [feature.name for view in use_case.model_views for feature in view.features]
    return [*use_case.model.features, *views]


def _people(use_case: UseCase) -> list[str]:
    people = [use_case.owner, *(name for one in use_case.datasets for name in (one.owner, one.steward))]
    return list(dict.fromkeys(people))


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else f"{text[: length - 1]}…"
