"""What a request may ask, and which requests are explained without asking."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from penstock.errors import InvalidSpec
from penstock.explainability.explainer import Method
from penstock.explanations.asking import METHODS, Ask, read_ask
from penstock.explanations.sampling import sampled
from penstock.specs import ExplanationRequest


def test_true_asks_for_the_usual() -> None:
    assert read_ask(True, top=3) == Ask(top=3)


def test_an_object_says_how() -> None:
    asked = read_ask({"method": "kernel", "counterfactual": True, "top": 2}, top=9)
    assert asked == Ask(method="kernel", counterfactual=True, top=2)
    assert read_ask({}, top=9) == Ask(top=9)


@pytest.mark.parametrize("nothing", [None, False])
def test_nothing_is_asked(nothing: Any) -> None:
    assert read_ask(nothing) is None


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ("yes", "'yes'"), (1, "1"), ([], "[]"), ({"method": "magic"}, "'permutation'"), ({"top": 0}, "top"),
        ({"top": "3"}, "top"), ({"top": True}, "top"), ({"counterfactual": "no"}, "counterfactual"),
        ({"tops": 3}, "tops"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused_and_says_what_can(wrong: Any, named: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        read_ask(wrong)
    assert named in refused.value.found
    assert '"method"' in refused.value.expected


def test_all_methods_of_explaining_can_be_asked_for() -> None:
    assert METHODS == get_args(Method)
    assert ExplanationRequest.model_fields["method"].annotation is not None
    assert METHODS == get_args(ExplanationRequest.model_fields["method"].annotation)


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 1.0])
def test_a_sample_has_about_its_share_and_is_the_same_again(share: float) -> None:
    taken = [n for n in range(4_000) if sampled(str(n).encode(), share=share, seed=1)]
    assert len(taken) == pytest.approx(4_000 * share, abs=120)
    assert taken == [n for n in range(4_000) if sampled(str(n).encode(), share=share, seed=1)]
    if 0 < share < 1:
        assert taken != [n for n in range(4_000) if sampled(str(n).encode(), share=share, seed=2)]


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"rows": "s3://b/k", "since": "2026-03-01T00:00:00Z"}, "not both"),
        ({"rows": "/etc/passwd"}, "rows"),
        ({"since": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"}, "before"),
        ({"since": "2026-03-02"}, "since"),
        ({"share": 0}, "share"), ({"share": 1.5}, "share"), ({"method": "magic"}, "method"),
        ({"version": 0}, "version"), ({"inference_ids": ["a"] * 1_001}, "inference_ids"),
    ],
)  # fmt: skip
def test_a_wrong_request_for_a_batch_is_refused_by_name(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidSpec) as refused:
        ExplanationRequest.parse({"use_case": "demo", **wrong})
    assert named in refused.value.found
