"""Every bias metric by Clarify's name, with the sentence that Clarify describes it by."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from penstock.evaluation.fairness import conditional, entropy, flip, labels, rates

if TYPE_CHECKING:
    from collections.abc import Callable

Stage = Literal["pre_training", "post_training"]


@dataclass(frozen=True)
class BiasMetric:
    """A metric: what Clarify calls it, and how it is computed from two groups."""

    name: str
    description: str
    stage: Stage
    measure: Callable[[rates.Groups], float]


def _of(stage: Stage, **named: tuple[str, Callable[[rates.Groups], float]]) -> list[BiasMetric]:
    return [BiasMetric(name, f"{text} ({name})", stage, measure) for name, (text, measure) in named.items()]


METRICS: dict[str, BiasMetric] = {
    metric.name: metric
    for metric in (
        *_of(
            "pre_training",
            CDDL=("Conditional Demographic Disparity in Labels", conditional.cddl),
            CI=("Class Imbalance", labels.ci),
            DPL=("Difference in Positive Proportions in Labels", labels.dpl),
            JS=("Jensen-Shannon Divergence", labels.js),
            KL=("Kullback-Liebler Divergence", labels.kl),
            KS=("Kolmogorov-Smirnov Distance", labels.ks),
            LP=("L-p Norm", labels.lp),
            TVD=("Total Variation Distance", labels.tvd),
        ),
        *_of(
            "post_training",
            AD=("Accuracy Difference", rates.ad),
            CDDPL=("Conditional Demographic Disparity in Predicted Labels", conditional.cddpl),
            DAR=("Difference in Acceptance Rates", rates.dar),
            DCA=("Difference in Conditional Acceptance", rates.dca),
            DCR=("Difference in Conditional Rejection", rates.dcr),
            DI=("Disparate Impact", rates.di),
            DPPL=("Difference in Positive Proportions in Predicted Labels", rates.dppl),
            DRR=("Difference in Rejection Rates", rates.drr),
            FT=("Flip Test", flip.ft),
            GE=("Generalized Entropy", entropy.ge),
            RD=("Recall Difference", rates.rd),
            SD=("Specificity Difference", rates.sd),
            TE=("Treatment Equality", rates.te),
        ),
    )
}
"""In the order in which Clarify writes them."""
