"""JSONPath in state machines: a path that leads nowhere is an error, not a null."""

from typing import Any

Json = dict[str, Any]


def _engine() -> Any:
    """Return the emulator's Step Functions service."""
    from ministack.services import stepfunctions

    return stepfunctions


def leads_somewhere(path: str, data: Any) -> bool:
    """Tell whether a path finds something in the data.

    Parameters
    ----------
    path
        A reference path such as ``$.detail.items[0]``; one with a wildcard always finds a list.
    data
        What the path is applied to.

    Examples
    --------
    >>> leads_somewhere("$.a.b", {"a": {"b": None}}), leads_somewhere("$.a.c", {"a": {"b": 1}})
    (True, False)
    """
    tokens = _engine()._parse_jsonpath_tokens(path)
    if tokens is None:
        return False
    for kind, value in tokens:
        if kind == "wildcard":
            return True
        found = (kind == "field" and isinstance(data, dict) and value in data) or (
            kind == "index" and isinstance(data, list) and -len(data) <= value < len(data)
        )
        if not found:
            return False
        data = data[value]
    return True


def _require(path: Any, data: Any, ctx: Json | None, message: str) -> None:
    """Raise the error of a path that leads nowhere."""
    if not isinstance(path, str) or not path.startswith("$") or path in ("$", "$$"):
        return
    inside = path.startswith("$$.")
    if not leads_somewhere(path[1:] if inside else path, ctx or {} if inside else data):
        raise _engine()._ExecutionError("States.Runtime", message)


def _check_template(template: Any, data: Any, ctx: Json | None) -> None:
    """Check all paths of a payload template."""
    if isinstance(template, list):
        for item in template:
            _check_template(item, data, ctx)
    if not isinstance(template, dict):
        return
    for key, value in template.items():
        if key.endswith(".$"):
            message = (
                f"The JSONPath '{value}' specified for the field '{key}' could not be found in the input"
            )
            _require(value, data, ctx, message)
        else:
            _check_template(value, data, ctx)


def _strict_template(engine: Any) -> None:
    """Check templates before they are filled in."""
    original = engine._resolve_params_obj

    def resolve(template: Any, data: Any, ctx: Json | None = None) -> Any:
        """Fill in a payload template."""
        _check_template(template, data, ctx)
        return original(template, data, ctx)

    engine._resolve_params_obj = resolve


def _strict_filter(engine: Any, name: str, field: str) -> None:
    """Check a state's ``InputPath`` or ``OutputPath``."""
    original = getattr(engine, name)

    def apply(state: Json, data: Any, ctx: Json | None = None) -> Any:
        """Apply the path."""
        path = state.get(field)
        _require(path, data, ctx, f"Invalid path '{path}' of {field}: it could not be found in the input")
        return original(state, data, ctx)

    setattr(engine, name, apply)


def _strict_choice(engine: Any) -> None:
    """Check the variables of choice rules, except where their presence is the question."""
    original = engine._evaluate_rule

    def evaluate(rule: Json, data: Any, ctx: Json | None = None) -> Any:
        """Evaluate a rule."""
        if "IsPresent" not in rule:
            path = rule.get("Variable")
            problem = "The choice state's condition path references an invalid value."
            _require(path, data, ctx, f"Invalid path '{path}': {problem}")
        return original(rule, data, ctx)

    engine._evaluate_rule = evaluate


def _strict_arguments(engine: Any) -> None:
    """Check the paths that intrinsic functions are given."""
    original = engine._eval_intrinsic_arg

    def evaluate(argument: Any, data: Any, ctx: Json | None) -> Any:
        """Evaluate an argument."""
        if argument[0] == "path":
            path = argument[1]
            _require(path, data, ctx, f"The JsonPath argument '{path}' could not be found in the input")
        return original(argument, data, ctx)

    engine._eval_intrinsic_arg = evaluate


def install() -> None:
    """Make paths strict."""
    engine = _engine()
    _strict_template(engine)
    _strict_filter(engine, "_apply_input_path", "InputPath")
    _strict_filter(engine, "_apply_output_path", "OutputPath")
    _strict_choice(engine)
    _strict_arguments(engine)
