"""The catalogue of features: definitions by version, their approval, who uses them, how fresh they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from penstock.lazy import names_from

if TYPE_CHECKING:
    from penstock.features.catalogue.asking import (
        change_features,
        feature_catalogue,
        freshness_of,
        impact_on,
        newest,
    )
    from penstock.features.catalogue.catalogue import FeatureCatalogue
    from penstock.features.catalogue.digests import view_digest
    from penstock.features.catalogue.impacts import Impact, impact
    from penstock.features.catalogue.observing import Freshness, Observation
    from penstock.features.catalogue.records import Definition, ModelUse, Status
    from penstock.features.catalogue.references import Reference, parse_reference
    from penstock.features.catalogue.stewardship import FeatureStewardship

__all__ = [
    "Definition",
    "FeatureCatalogue",
    "FeatureStewardship",
    "Freshness",
    "Impact",
    "ModelUse",
    "Observation",
    "Reference",
    "Status",
    "change_features",
    "feature_catalogue",
    "freshness_of",
    "impact",
    "impact_on",
    "newest",
    "parse_reference",
    "view_digest",
]

_HOMES = {
    "Definition": "records",
    "FeatureCatalogue": "catalogue",
    "FeatureStewardship": "stewardship",
    "Freshness": "observing",
    "Impact": "impacts",
    "ModelUse": "records",
    "Observation": "observing",
    "Reference": "references",
    "Status": "records",
    "change_features": "asking",
    "feature_catalogue": "asking",
    "freshness_of": "asking",
    "impact": "impacts",
    "impact_on": "asking",
    "newest": "asking",
    "parse_reference": "references",
    "view_digest": "digests",
}

__getattr__ = names_from(__name__, _HOMES)
