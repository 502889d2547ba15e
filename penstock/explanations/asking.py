"""What a caller may ask about the reasons for an answer."""

from __future__ import annotations

from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from penstock.errors import InvalidSpec

Method = Literal["auto", "exact", "enumeration", "permutation", "kernel"]
METHODS: tuple[str, ...] = get_args(Method)
_EXPECTED = f'true, or {{"method": {"|".join(METHODS)}, "counterfactual": true|false, "top": 1 to 100}}'


class Ask(BaseModel):
    """How rows are explained.

    Attributes
    ----------
    method
        ``auto`` is exact where the model has exact values, else compared with rows of training.
    counterfactual
        Look for the smallest change that turns the decision, too.
    top
        How many columns are told of in words; values are told of all.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: Method = "auto"
    counterfactual: bool = False
    top: int = Field(default=5, ge=1, le=100)


def read_ask(value: Any, *, top: int = 5) -> Ask | None:
    """Read the key ``explain`` of a request; None where nothing is asked.

    Parameters
    ----------
    value
        ``true``, or an object with ``method``, ``counterfactual`` and ``top``.
    top
        How many columns are told of where the request does not say.

    Raises
    ------
    InvalidSpec
        It is something else, or names a method that there is not.

    Examples
    --------
    >>> read_ask(True)
    Ask(method='auto', counterfactual=False, top=5)
    >>> read_ask({"method": "kernel", "top": 3}).top
    3
    >>> read_ask(None) is read_ask(False) is None
    True
    """
    if value is None or value is False:
        return None
    if value is True:
        return Ask(top=top)
    if not isinstance(value, dict):
        raise InvalidSpec("'explain' is wrong.", found=repr(value)[:100], expected=_EXPECTED)
    try:
        return Ask.model_validate({"top": top, **value}, strict=True)
    except ValidationError as error:
        found = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in error.errors())
        raise InvalidSpec("'explain' is wrong.", found=found[:500], expected=_EXPECTED) from error
