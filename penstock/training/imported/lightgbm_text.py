"""Whether a LightGBM text is whole: the library follows the numbers of a damaged tree out of its memory."""

from __future__ import annotations

from collections.abc import Mapping

from penstock.training.imported.refusal import ModelRefused

_END, _LAST = "end of trees", "end of parameters"
_SPLITS = ("split_feature", "threshold", "decision_type", "left_child", "right_child")


def check(data: bytes) -> str:
    r"""Return the text of a model.

    Raises
    ------
    ModelRefused
        It is no text, ends before its trees do, or a tree points to what there is not.

    Examples
    --------
    >>> tree = b"Tree=0\nnum_leaves=2\nsplit_feature=7\nthreshold=1\ndecision_type=2\nleft_child=-1\n"
    >>> check(b"tree\nmax_feature_idx=1\n\n" + tree + b"right_child=-2\nleaf_value=1 2\n\nend of trees\n")
    Traceback (most recent call last):
    penstock.training.imported.refusal.ModelRefused: The LightGBM text is damaged.
      found: tree 0: split_feature
    """
    try:
        text = data.decode("utf-8")
        head, *trees = text.partition(_END)[0].split("\nTree=")
        if _END not in text or not trees or ("\nparameters:" in text and _LAST not in text):
            raise ModelRefused("The LightGBM text is cut off.", found=f"{len(data):,} bytes")
        features = int(_fields(head)["max_feature_idx"]) + 1
        for number, tree in enumerate(trees):
            _check_tree(number, _fields(tree), features)
    except (ValueError, KeyError) as error:
        raise ModelRefused(
            "The LightGBM text is damaged.", found=f"{type(error).__name__}: {error}"
        ) from error
    return text


def _fields(text: str) -> dict[str, str]:
    """Return the lines ``name=value``."""
    parts = (line.partition("=") for line in text.splitlines())
    return {name: value for name, equals, value in parts if equals}


def _check_tree(number: int, fields: Mapping[str, str], features: int) -> None:
    """Refuse a tree whose lists differ in length, or point to no node, leaf or feature."""
    leaves = int(fields["num_leaves"])
    if len(fields["leaf_value"].split()) != leaves:
        raise _damaged(number, "leaf_value")
    if leaves <= 1:
        return
    for name in _SPLITS:
        found = [float(one) for one in fields[name].split()]
        low, high = {"split_feature": (0, features - 1)}.get(name, (-leaves, leaves - 2))
        pointing = name in ("split_feature", "left_child", "right_child")
        if len(found) != leaves - 1 or (pointing and not all(low <= one <= high for one in found)):
            raise _damaged(number, name)


def _damaged(number: int, name: str) -> ModelRefused:
    return ModelRefused("The LightGBM text is damaged.", found=f"tree {number}: {name}")
