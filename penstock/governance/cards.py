"""The model card of a version, filled from what the platform knows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Literal

from penstock.errors import NotFound
from penstock.governance.card_evaluation import DOCUMENTS, Documents, cut, metric_groups
from penstock.governance.risk import RiskRating, Tier, rate
from penstock.models import ModelVersion
from penstock.models.card import (
    MOST_CHARACTERS,
    AdditionalInformation,
    BusinessDetails,
    Evaluation,
    Function,
    HyperParameter,
    IntendedUses,
    ModelCard,
    ModelOverview,
    ModelPackageDetails,
    ObjectiveFunction,
    TrainingDetails,
    TrainingJobDetails,
    TrainingMetric,
)
from penstock.models.package import expected_status, group_name
from penstock.specs import UseCase
from penstock.stores import ObjectStore

_LOSSES = {"log_loss", "brier", "rmse", "mae", "mape"}
_LEFT_OUT = " Too long for a card: "
_RISKS: dict[Tier, Literal["High", "Medium", "Low"]] = {"high": "High", "medium": "Medium", "low": "Low"}


def model_card(
    use_case: UseCase, version: ModelVersion, documents: Documents, *, bucket: str = ""
) -> ModelCard:
    """Fill the card of a version.

    Parameters
    ----------
    documents
        Those of its evaluation, as far as there are any, by name.
    bucket
        Address of the artifacts bucket.
    """
    rating = rate(use_case.risk)
    card = ModelCard(
        model_overview=_overview(use_case, version, documents, bucket),
        model_package_details=_package(version),
        intended_uses=_uses(use_case, version, rating),
        business_details=BusinessDetails(
            business_problem=cut(use_case.description.strip() or use_case.title, 2_048),
            business_stakeholders=cut(", ".join(_people(use_case)), 2_048),
            line_of_business=cut(use_case.owner, 2_048),
        ),
        training_details=_training(use_case, version, documents),
        evaluation_details=(_evaluation(version, documents),),
        additional_information=_additional(use_case, version),
    )
    return _fitted(card)


def write_card(artifacts: ObjectStore, use_case: UseCase, version: ModelVersion) -> str:
    """Write the card of a version where no job can write, and return its key."""
    documents = read_documents(artifacts, version)
    content = model_card(use_case, version, documents, bucket=artifacts.uri).document()
    data = json.dumps(content, indent=1)
    artifacts.write(card_key(version), data.encode(), content_type="application/json")
    return card_key(version)


def _fitted(card: ModelCard) -> ModelCard:
    """Leave out the longest groups of metrics of a card that SageMaker would refuse, and say so."""
    left_out = list[str]()
    while len(json.dumps(card.document())) > MOST_CHARACTERS:
        (evaluation,) = card.evaluation_details
        longest = max(evaluation.metric_groups, key=lambda one: len(one.model_dump_json()))
        left_out.append(longest.name)
        told = f"{_LEFT_OUT}{', '.join(left_out)}."
        kept = tuple(one for one in evaluation.metric_groups if one is not longest)
        said = evaluation.evaluation_observation.partition(_LEFT_OUT)[0]
        facts = {"metric_groups": kept, "evaluation_observation": said + told}
        card = card.model_copy(update={"evaluation_details": (evaluation.model_copy(update=facts),)})
    return card


def card_key(version: ModelVersion) -> str:
    """Return where a version's card lies in the artifacts bucket."""
    return f"cards/{version.use_case}/{version.version}/card.json"


def card_name(version: ModelVersion) -> str:
    """Return the name of a version's card in SageMaker."""
    return f"penstock-{version.use_case.replace('_', '-')[:44]}-v{version.version}"


def read_documents(artifacts: ObjectStore, version: ModelVersion) -> dict[str, dict[str, Any]]:
    """Read what a version's evaluation wrote, as far as it is there."""
    return {
        name: _read(artifacts, f"{version.evaluation_prefix.rstrip('/')}/{name}.json") for name in DOCUMENTS
    }


def _read(artifacts: ObjectStore, key: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(artifacts.read(key))
    except NotFound:
        return {}
    return found


def _overview(use_case: UseCase, version: ModelVersion, documents: Documents, bucket: str) -> ModelOverview:
    chosen = _chosen(documents, version)
    return ModelOverview(
        model_description=cut(f"{use_case.title}. {use_case.description.strip()}", 1_024),
        model_owner=cut(use_case.owner, 1_024),
        model_creator=cut(version.requested_by, 1_024),
        problem_type=use_case.model.problem,
        algorithm_type=str(chosen.get("algorithm") or version.candidate),
        model_id=version.package_arn or f"{version.use_case}/{version.version}",
        model_artifact=(f"{bucket}/{version.model_key}" if bucket else version.model_key,),
        model_name=use_case.name,
        model_version=version.version,
    )


def _package(version: ModelVersion) -> ModelPackageDetails:
    if not version.package_arn:
        return ModelPackageDetails()
    number = version.package_arn.rsplit("/", 1)[-1]
    return ModelPackageDetails(
        model_package_arn=version.package_arn,
        model_package_group_name=group_name(version.use_case),
        model_package_version=int(number) if number.isdigit() else None,
        model_approval_status=expected_status(version),
        approval_description=cut(version.history[-1].reason if version.history else "", 1_024),
    )


def _made_elsewhere(chosen: Mapping[str, Any]) -> str:
    """Tell of an imported model what a reader must know; nothing of others."""
    if chosen.get("algorithm") != "imported":
        return ""
    return (
        "Made elsewhere and brought in as it is, not trained here. What it learnt from is not known to the "
        "platform: it may have seen the rows that it is tested on, so its metrics may be too good. Its file, "
        "hash and reason are in the audit trail (training started)."
    )


def _uses(use_case: UseCase, version: ModelVersion, rating: RiskRating) -> IntendedUses:
    answers = ", ".join(f"{name}: {value}" for name, value in use_case.risk.model_dump().items())
    points = ", ".join(f"{name} {value}" for name, value in rating.points.items() if value) or "none"
    return IntendedUses(
        purpose_of_model=cut(use_case.title, 2_048),
        intended_uses=cut(use_case.description.strip(), 2_048),
        factors_affecting_model_efficiency=cut(
            "Drift of these inputs, which monitoring watches: " + ", ".join(_inputs(use_case)), 2_048
        ),
        risk_rating=_RISKS[rating.tier],
        explanations_for_risk_rating=cut(
            f"{sum(rating.points.values())} points ({points}) from the questionnaire: {answers}.", 2_048
        ),
    )


def _training(use_case: UseCase, version: ModelVersion, documents: Documents) -> TrainingDetails:
    metric, summary = str(use_case.model.metric), documents.get("summary", {})
    rows = ", ".join(f"{part} {count:,}" for part, count in (summary.get("rows") or {}).items())
    libraries = ", ".join(f"{name} {one}" for name, one in (summary.get("libraries") or {}).items())
    chosen = _chosen(documents, version)
    measured = chosen.get("validation")
    made_here = f"Rows: {rows}. Libraries: {libraries}. Seed {use_case.model.seed}."
    return TrainingDetails(
        objective_function=ObjectiveFunction(
            function=Function(function="Minimize" if metric in _LOSSES else "Maximize", facet=metric),
            notes=f"Candidates are compared by {metric} on the validation rows.",
        ),
        training_observations=cut(_made_elsewhere(chosen) or made_here, 1_024),
        training_job_details=TrainingJobDetails(
            training_arn=version.run_id,
            training_datasets=(f"snapshot:{use_case.name}/{use_case.model.dataset}/{version.snapshot_id}",),
            training_metrics=_numbers({f"validation_{metric}": measured}),
            hyper_parameters=tuple(_parameters(use_case, version)),
        ),
    )


def _evaluation(version: ModelVersion, documents: Documents) -> Evaluation:
    passed = "Every gate passed." if version.verdict.get("passed") else "Some gates did not pass."
    compared = version.verdict.get("compared_with")
    return Evaluation(
        name="evaluation on test rows",
        evaluation_observation=passed + (f" Compared with version {compared}." if compared else ""),
        datasets=(version.evaluation_prefix,),
        metadata={"run_id": version.run_id, "snapshot_id": version.snapshot_id},
        metric_groups=metric_groups(version, documents),
    )


def _additional(use_case: UseCase, version: ModelVersion) -> AdditionalInformation:
    sensitive = [
        f"{contract.dataset}.{column.name} ({column.sensitivity})"
        for contract in use_case.datasets
        for column in contract.columns
        if column.sensitivity != "none"
    ]
    data = "Personal data: " + (", ".join(sensitive) if sensitive else "none declared in the contracts") + "."
    if waived := use_case.model.evaluation.no_facets_because:
        data += f" No groups of people are compared: {waived.rstrip('.')}."
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
        "stage": str(version.stage),
    }
    return AdditionalInformation(
        ethical_considerations=cut(f"{data} Purpose and legal basis: {'; '.join(sorted(bases))}.", 2_048),
        caveats_and_recommendations=cut(
            f"Due for a review {review} months after its approval. {' '.join(failed)}".strip(), 2_048
        ),
        custom_details={name: value for name, value in details.items() if value},
    )


def _parameters(use_case: UseCase, version: ModelVersion) -> Iterable[HyperParameter]:
    every = (use_case.model.baseline, *use_case.model.candidates)
    chosen = next((one for one in every if one.name == version.candidate), None)
    for name, value in (chosen.hyperparameters if chosen else {}).items():
        yield HyperParameter(name=cut(name, 255), value=cut(str(value), 255) or "-")


def _numbers(found: Mapping[str, Any]) -> tuple[TrainingMetric, ...]:
    return tuple(
        TrainingMetric(name=name, value=float(value))
        for name, value in found.items()
        if isinstance(value, int | float)
    )


def _chosen(documents: Documents, version: ModelVersion) -> Mapping[str, Any]:
    found: Mapping[str, Any] = documents.get("metrics", {}).get("models", {}).get(version.candidate, {})
    return found


def _inputs(use_case: UseCase) -> list[str]:
    views = [feature.name for view in use_case.model_views for feature in view.features]
    return [*use_case.model.features, *views]


def _people(use_case: UseCase) -> list[str]:
    people = [use_case.owner, *(name for one in use_case.datasets for name in (one.owner, one.steward))]
    return list(dict.fromkeys(people))
