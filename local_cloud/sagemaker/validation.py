r"""Requests are checked against botocore's service model before anything else sees them.

AWS's front end reports a broken constraint in a fixed form, for example ``1 validation error detected: Value
'a b' at 'modelName' failed to satisfy constraint: Member must satisfy regular expression pattern: ...``.
"""

import functools
import re
from collections.abc import Callable, Iterator
from typing import Any

from botocore.model import Shape

from local_cloud.sagemaker.errors import SerializationException, ValidationException

# Java's classes have no equal in `re`; the nearest superset is used inside brackets.
_JAVA_CLASSES = {
    r"\p{L}": r"\w",
    r"\p{M}": r"\w",
    r"\p{N}": r"\w",
    r"\p{Z}": r" \t",
    r"\p{S}": r"$+<=>^`|~",
    r"\p{P}": r"!-/:-@\[-`{-~",
    r"\p{Alnum}": "a-zA-Z0-9",
    r"\uD800\uDC00-\uDBFF\uDFFF": "\U00010000-\U0010ffff",
}
_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "blob": (str,),
    "boolean": (bool,),
    "timestamp": (int, float, str),
    "integer": (int, float),
    "long": (int, float),
    "float": (int, float),
    "double": (int, float),
}


def validate(shape: Shape | None, request: Any) -> None:
    """Refuse a request that breaks the shape's constraints.

    Parameters
    ----------
    shape
        The operation's input shape; None means that no member may be given.
    request
        The decoded JSON body.

    Raises
    ------
    ValidationException
        An unknown, missing or ill-formed member; the message names its path.
    SerializationException
        A member has the wrong JSON type.

    Examples
    --------
    >>> from local_cloud.sagemaker.api_model import ApiModel
    >>> shape = ApiModel.load().operation("DescribeModel").input_shape
    >>> validate(shape, {"ModelName": "fine"})
    >>> validate(shape, {})
    Traceback (most recent call last):
    local_cloud.sagemaker.errors.ValidationException: 1 validation error detected: Value null at 'modelName' \
failed to satisfy constraint: Member must not be null
    """
    if shape is None:
        return
    problems = list(_problems(shape, request, ""))
    if problems:
        noun = "validation error" if len(problems) == 1 else "validation errors"
        raise ValidationException(f"{len(problems)} {noun} detected: {'; '.join(problems)}")


def _problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """Yield each broken constraint of a value and of what it contains."""
    kind = shape.type_name
    expected = _JSON_TYPES[kind]
    if not isinstance(value, expected) or (isinstance(value, bool) and bool not in expected):
        found = type(value).__name__
        raise SerializationException(f"Member {path or 'request'!r} must be of type {kind}, found {found}.")
    yield from _BY_KIND.get(kind, _no_problems)(shape, value, path)


def _no_problems(_shape: Shape, _value: Any, _path: str) -> Iterator[str]:
    """Accept a value that has no constraints beyond its type."""
    return iter(())


def _structure_problems(shape: Shape, value: dict[str, Any], path: str) -> Iterator[str]:
    """Check required, unknown and nested members."""
    members = shape.members  # type: ignore[attr-defined]
    given = {name: item for name, item in value.items() if item is not None}
    for name in given.keys() - members.keys():
        yield (
            f"Unknown parameter in {path or 'input'}: {name!r}, must be one of: {', '.join(sorted(members))}"
        )
    for name in getattr(shape, "required_members", []):
        if name not in given:
            yield _broken(None, _join(path, name), "Member must not be null")
    for name in members:
        if name in given:
            yield from _problems(members[name], given[name], _join(path, name))


def _list_problems(shape: Shape, value: list[Any], path: str) -> Iterator[str]:
    """Check a list's length and its elements."""
    yield from _length_problems(shape, value, path)
    for number, item in enumerate(value, 1):
        yield from _problems(shape.member, item, f"{path}.{number}.member")  # type: ignore[attr-defined]


def _map_problems(shape: Shape, value: dict[str, Any], path: str) -> Iterator[str]:
    """Check a map's size, keys and values."""
    yield from _length_problems(shape, value, path)
    for key, item in value.items():
        yield from _problems(shape.key, key, path)  # type: ignore[attr-defined]
        yield from _problems(shape.value, item, f"{path}.{key}.member")  # type: ignore[attr-defined]


def _string_problems(shape: Shape, value: str, path: str) -> Iterator[str]:
    """Check a text's enumeration, length and pattern."""
    enum = getattr(shape, "enum", None)
    if enum and value not in enum:
        yield _broken(value, path, f"Member must satisfy enum value set: [{', '.join(enum)}]")
        return
    yield from _length_problems(shape, value, path)
    pattern = shape.metadata.get("pattern")
    if pattern and not _compiled(pattern).fullmatch(value):
        yield _broken(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _number_problems(shape: Shape, value: float, path: str) -> Iterator[str]:
    """Check a number's range."""
    yield from _range_problems(shape, value, value, path, "value")


def _length_problems(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """Check the size of a text, list or map."""
    yield from _range_problems(shape, len(value), value, path, "length")


def _range_problems(shape: Shape, measured: float, value: Any, path: str, noun: str) -> Iterator[str]:
    """Check a measure against the shape's minimum and maximum."""
    low, high = shape.metadata.get("min"), shape.metadata.get("max")
    if low is not None and measured < low:
        yield _broken(value, path, f"Member must have {noun} greater than or equal to {low}")
    if high is not None and measured > high:
        yield _broken(value, path, f"Member must have {noun} less than or equal to {high}")


def _broken(value: Any, path: str, constraint: str) -> str:
    """Word one broken constraint as AWS does."""
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {constraint}"


def _join(path: str, name: str) -> str:
    """Append a member to a path, in AWS's lower camel case."""
    camel = name[0].lower() + name[1:]
    return f"{path}.{camel}" if path else camel


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Translate a Java pattern of the service model."""
    translated = re.sub(r"\$\{\d+,\d+\}$", "", pattern)
    for java, python in _JAVA_CLASSES.items():
        translated = translated.replace(java, python)
    return re.compile(translated, re.DOTALL)


_BY_KIND: dict[str, Callable[[Shape, Any, str], Iterator[str]]] = {
    "structure": _structure_problems,
    "list": _list_problems,
    "map": _map_problems,
    "string": _string_problems,
    "integer": _number_problems,
    "long": _number_problems,
    "float": _number_problems,
    "double": _number_problems,
}
