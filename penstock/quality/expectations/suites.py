"""Suites of great-expectations 1.x as checks, and checks as a suite."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from penstock.errors import InvalidSpec
from penstock.quality.conditions import Check, ColumnCheck
from penstock.quality.expectations.equivalents import EQUIVALENTS, Equivalent
from penstock.quality.expectations.shapes import SHAPES
from penstock.specs import Rule
from penstock.specs.base import ColumnType
from penstock.specs.rule import parse_rule

Types = Mapping[str, ColumnType]
_NO_TYPES: Types = MappingProxyType({})
_META = "penstock"
_OURS = {"critical": "quarantine", "warning": "warn", "info": "warn"}
_OF_THE_WHOLE = ("distinct_values", "proportion", "quantile", "most_common")
_OF_ROWS = ("expect_multicolumn", "expect_compound", "expect_select", "expect_column_value_")
_IGNORED = {"batch_id", "result_format", "catch_exceptions", "include_config", "meta", "description"}
_DEFAULTS = {"match_on": "any", "exact_match": True, "or_equal": False, "ties_okay": False, "strictly": False}


@dataclass(frozen=True)
class Refused:
    """An expectation for which there is no check.

    Parameters
    ----------
    place
        Its place in the suite, from 0.
    expectation
        Its name.
    why
        What stands against it.
    """

    place: int
    expectation: str
    why: str


@dataclass(frozen=True)
class ImportedSuite:
    """What a suite becomes: ``rules`` for a contract, and what could not be taken over."""

    name: str
    rules: tuple[Rule, ...]
    refused: tuple[Refused, ...]


def read_suite(document: Mapping[str, Any], *, parameters: Mapping[str, Any] | None = None) -> ImportedSuite:
    """Turn a suite into checks.

    Parameters
    ----------
    document
        The suite's JSON, as great-expectations 1.x writes it.
    parameters
        Values of the suite's parameters (``{"$PARAMETER": name}``).

    Returns
    -------
    ImportedSuite
        Every expectation is either among the rules, in the order of the suite, or refused with its reason.

    Raises
    ------
    InvalidSpec
        It is no suite.

    Notes
    -----
    Severity ``critical`` becomes ``quarantine``, ``warning`` and ``info`` become ``warn``; a suite that
    :func:`write_suite` wrote says the severity itself.

    Examples
    --------
    >>> suite = {"name": "payments", "expectations": [
    ...     {"type": "expect_column_values_to_not_be_null", "kwargs": {"column": "id"}},
    ...     {"type": "expect_column_values_to_match_json_schema", "kwargs": {"column": "id"}}]}
    >>> imported = read_suite(suite)
    >>> imported.rules[0].name, imported.refused[0].why
    ('not_null', 'there is no check of the same meaning')
    """
    entries = document.get("expectations")
    if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
        raise InvalidSpec(
            "This is no suite of great-expectations.",
            found=f"expectations: {type(entries).__name__}",
            expected='{"name": …, "expectations": [{"type": …, "kwargs": {…}}, …]}',
            action="Export the suite with suite.to_json_dict().",
        )
    rules: list[Rule] = []
    refused: list[Refused] = []
    for place, entry in enumerate(entries):
        expectation = str(entry.get("type") or entry.get("expectation_type", ""))
        try:
            rules.append(_rule(expectation, entry, parameters or {}))
        except ValueError as error:
            refused.append(Refused(place, expectation, str(error)))
    return ImportedSuite(str(document.get("name", "")), tuple(rules), tuple(refused))


def write_suite(
    rules: Iterable[Rule], *, name: str, types: Types = _NO_TYPES
) -> tuple[dict[str, Any], tuple[Rule, ...]]:
    """Turn checks into a suite.

    Parameters
    ----------
    rules
        Rules of a contract.
    name
        Of the suite.
    types
        Column to its type: values in lists are written in it (texts where it is not given).

    Returns
    -------
    tuple
        The suite as JSON, and the rules that have no expectation of the same meaning. A check of several
        columns becomes an expectation each.

    Examples
    --------
    >>> suite, left = write_suite([parse_rule({"check": "between", "column": "x", "minimum": 0})], name="s")
    >>> suite["expectations"][0]["kwargs"]
    {'column': 'x', 'min_value': 0, 'strict_min': False, 'strict_max': False, 'mostly': 1.0}
    >>> left
    ()
    """
    entries: list[dict[str, Any]] = []
    left: list[Rule] = []
    for rule in rules:
        made = [expectation_of(check, types) for check in one_by_one(rule)]
        if any(entry is None for entry in made):
            left.append(rule)
        else:
            entries += [entry for entry in made if entry]
    suite: dict[str, Any] = {"name": name, "id": None, "expectations": entries, "meta": {}, "notes": None}
    return suite, tuple(left)


def one_by_one(rule: Rule) -> Iterator[Rule]:
    """Yield a check of several columns, each by itself, as a check a column; anything else as it is."""
    if isinstance(rule, ColumnCheck) and rule.columns and rule.name not in {"unique", "foreign_key"}:
        for name in rule.columns:
            yield rule.model_copy(update={"column": name, "columns": ()})
    elif isinstance(rule, ColumnCheck) and rule.name == "unique" and len(rule.columns) == 1:
        yield rule.model_copy(update={"column": rule.columns[0], "columns": ()})
    else:
        yield rule


def expectation_of(rule: Rule, types: Types = _NO_TYPES) -> dict[str, Any] | None:
    """Return a rule as an expectation of a suite, or None if there is none of the same meaning."""
    if not isinstance(rule, Check):
        return None
    kwargs = next((made for made in _written(rule) if made is not None), None)
    if kwargs is None:
        return None
    expectation, fields = kwargs
    if "value_set" in fields:
        kind = types.get(str(fields["column"]), "string")
        fields["value_set"] = [typed_value(value, kind) for value in fields["value_set"]]
    if _has_mostly(expectation):
        fields["mostly"] = rule.mostly
    ours = {"severity": rule.severity, **({"reason": rule.reason} if rule.reason else {})}
    severity = "warning" if rule.severity == "warn" else "critical"
    return {"type": expectation, "kwargs": fields, "meta": {_META: ours}, "severity": severity}


def typed_value(text: str, kind: ColumnType) -> Any:
    """Return a value of a list as JSON has it in a column's type.

    Examples
    --------
    >>> typed_value("1", "integer"), typed_value("true", "boolean"), typed_value("1", "string")
    (1, True, '1')
    """
    if kind == "boolean":
        return text == "true"
    return int(text) if kind == "integer" else float(text) if kind == "decimal" else text


def _written(rule: Check) -> Iterator[tuple[str, dict[str, Any]] | None]:
    """Yield each way of saying a check as an expectation, None for one that does not fit."""
    for shape in SHAPES:
        if shape.check == rule.name:
            yield shape.write(rule)
    for equivalent in EQUIVALENTS:
        if equivalent.check == rule.name:
            kwargs = _kwargs(rule, equivalent)
            yield None if kwargs is None else (equivalent.expectation, kwargs)


def _kwargs(rule: Check, equivalent: Equivalent) -> dict[str, Any] | None:
    """Return an expectation's arguments, or None where it cannot say all that the check says."""
    fields = rule.model_dump(mode="json", exclude={"check", "severity", "mostly", "reason"})
    said = set(rule.model_dump(exclude_defaults=True)) & set(fields)
    if any(fields[name] != value for name, value in equivalent.when.items()):
        return None
    if said - set(equivalent.fields) - set(equivalent.when) - {"ignore"}:
        return None
    if any(name in equivalent.fields and not fields[name] for name in ("column", "columns")):
        return None
    if equivalent.one and (len(fields[equivalent.one]) != 1 or said - set(equivalent.fields)):
        return None
    kwargs = {theirs: fields[ours] for ours, theirs in equivalent.fields.items()}
    kwargs = {name: value for name, value in kwargs.items() if value not in (None, "", [])}
    if equivalent.one:
        kwargs[equivalent.fields[equivalent.one]] = fields[equivalent.one][0]
    if equivalent.ignored:
        kwargs["ignore_row_if"] = equivalent.ignored[fields["ignore"]]
    return {**kwargs, **equivalent.fixed}


def _has_mostly(expectation: str) -> bool:
    """Tell whether an expectation is about rows."""
    if any(part in expectation for part in _OF_THE_WHOLE):
        return False
    return "_values_" in expectation or expectation.startswith(_OF_ROWS)


def _rule(expectation: str, entry: Mapping[str, Any], parameters: Mapping[str, Any]) -> Rule:
    """Turn an expectation into a check.

    Raises
    ------
    ValueError
        With the reason why it cannot be.
    """
    kwargs = {name: _value(value, parameters) for name, value in dict(entry.get("kwargs") or {}).items()}
    kwargs = {name: value for name, value in kwargs.items() if name not in _IGNORED and value is not None}
    if "row_condition" in kwargs:
        raise ValueError("row_condition is not supported; put the condition into a check of kind satisfies")
    mostly = kwargs.pop("mostly", 1.0)
    ours = dict(dict(entry.get("meta") or {}).get(_META) or {})
    severity = ours.pop("severity", _OURS.get(str(entry.get("severity", "critical")), "quarantine"))
    common = {"severity": severity, **({"mostly": mostly} if mostly != 1 else {}), **ours}
    reasons = []
    for read in _readings(expectation):
        try:
            return parse_rule({**read(dict(kwargs)), **common})
        except ValueError as error:
            reasons.append(str(error))
    raise ValueError("; ".join(reasons) or "there is no check of the same meaning")


def _readings(expectation: str) -> Iterator[Any]:
    """Yield functions that make a rule's document of an expectation's arguments."""
    for shape in SHAPES:
        if expectation in shape.expectations:
            yield lambda kwargs, shape=shape: shape.read(expectation, kwargs)
    for equivalent in EQUIVALENTS:
        if equivalent.expectation == expectation:
            yield lambda kwargs, equivalent=equivalent: _document(equivalent, kwargs)


def _document(equivalent: Equivalent, kwargs: dict[str, Any]) -> dict[str, Any]:
    """Make a rule's document of an expectation's arguments."""
    for name, value in equivalent.fixed.items():
        if kwargs.pop(name, _DEFAULTS.get(name)) != value:
            raise ValueError(f"{name} is not {value!r}")
    document: dict[str, Any] = {"check": equivalent.check, **equivalent.when}
    if equivalent.ignored:
        rows = kwargs.pop("ignore_row_if", equivalent.ignored["all"])
        back = {theirs: ours for ours, theirs in equivalent.ignored.items()}
        document["ignore"] = back.get(rows, rows)
    for ours, theirs in equivalent.fields.items():
        if theirs in kwargs:
            value = kwargs.pop(theirs)
            document[ours] = [value] if ours == equivalent.one else value
    left = {name: value for name, value in kwargs.items() if value is not False}
    if left:
        raise ValueError(f"{', '.join(sorted(left))} cannot be said")
    return document


def _value(value: Any, parameters: Mapping[str, Any]) -> Any:
    """Return an argument, a parameter replaced by its value."""
    if isinstance(value, Mapping) and "$PARAMETER" in value:
        name = str(value["$PARAMETER"])
        if name not in parameters:
            raise ValueError(f"the suite's parameter {name} has no value")
        return parameters[name]
    return value
