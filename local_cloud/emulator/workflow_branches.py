"""Parallel and Map states: branches that run together and are given up together."""

import contextvars
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from local_cloud.emulator.workflow_map_runs import MapRun, batches, read_items
from local_cloud.emulator.workflow_run import CURRENT, ExecutionEndedError, Json, record
from local_cloud.emulator.workflow_tasks import Step, _engine, guarded

Walk = Callable[[Json, str, Any, Json, Json], Any]
_AT_ONCE = 40


def _fork(ctx: Json, **more: Any) -> Json:
    """Return a branch's own context: it reads the variables around it and keeps those that it assigns."""
    return {**ctx, "variables": dict(ctx.get("variables", {})), **more}


def _together(works: Sequence[Callable[[], Any]], at_once: int, names: str) -> list[Any]:
    """Run branches, give up the others when one fails, and return the results in order."""
    engine, stop, run = _engine(), threading.Event(), CURRENT.get()
    results: list[Any] = [None] * len(works)
    failures: list[BaseException] = []

    def one(index: int) -> None:
        """Run one branch at its own position."""
        CURRENT.set(run.below(f"{names}{index}", stop))
        try:
            results[index] = works[index]()
        except ExecutionEndedError:
            run.check()
        except Exception as error:
            failures.append(error)
            stop.set()

    with ThreadPoolExecutor(max_workers=max(1, min(at_once or _AT_ONCE, len(works) or 1))) as pool:
        for future in [
            pool.submit(contextvars.copy_context().run, one, index) for index in range(len(works))
        ]:
            future.exception()
    run.check()
    if failures:
        first = failures[0]
        raise (
            first
            if isinstance(first, engine._ExecutionError)
            else engine._ExecutionError("States.Runtime", str(first))
        )
    return results


def _step(state: Json, data: Any, ctx: Json, results: list[Any]) -> Step:
    """Turn the results of the branches into the state's output."""
    engine = _engine()
    if engine._state_query_language(state, ctx) == "JSONata":
        output = engine._apply_jsonata_output(state, data, ctx, result=results, default=results)
        engine._apply_state_assign(state, data, ctx, result=results)
    else:
        output = engine._apply_result_path(state, data, engine._apply_result_selector(state, results))
        output = engine._apply_output_path(state, output, ctx)
    return output, engine._next_or_end(state)


def parallel(walk: Walk) -> Callable[[Json, Any, Json, Json], Step]:
    """Return the executor of Parallel states."""

    def attempt(state: Json, data: Any, execution: Json, ctx: Json) -> Step:
        """Run all branches once."""
        engine = _engine()
        if engine._state_query_language(state, ctx) == "JSONata":
            given = engine._apply_jsonata_arguments(state, data, ctx) if "Arguments" in state else data
        else:
            given = engine._apply_parameters(state, engine._apply_input_path(state, data, ctx), ctx)
        record(execution, "ParallelStateStarted")
        works = [
            lambda branch=branch: walk(branch["States"], branch["StartAt"], given, execution, _fork(ctx))
            for branch in state["Branches"]
        ]
        results = _together(works, len(works), "branch")
        record(execution, "ParallelStateSucceeded")
        return _step(state, data, ctx, results)

    return lambda state, data, execution, ctx: guarded(
        state, data, ctx, lambda: attempt(state, data, execution, ctx)
    )


def _items(state: Json, data: Any, ctx: Json) -> tuple[list[Any], Any]:
    """Return a Map state's items and the input that their selector reads."""
    engine = _engine()
    if "ItemReader" in state:
        return list(read_items(state, data, ctx)), data
    if engine._state_query_language(state, ctx) == "JSONata":
        found = engine._jsonata_state_field(state, "Items", "array", data, ctx) if "Items" in state else data
        return list(found), data
    effective = engine._apply_input_path(state, data, ctx)
    found = engine._resolve_path_or_ctx(state.get("ItemsPath", "$"), effective, ctx)
    if not isinstance(found, list):
        raise engine._ExecutionError(
            "States.Runtime", f"The items of a Map state must be an array, not {found!r:.80}."
        )
    return found, effective


def _at_once(state: Json, data: Any, ctx: Json) -> int:
    """Return how many items may run together; 0 sets no limit."""
    engine = _engine()
    if "MaxConcurrencyPath" in state:
        return int(engine._resolve_path_or_ctx(state["MaxConcurrencyPath"], data, ctx))
    if "MaxConcurrency" in state and engine._state_query_language(state, ctx) == "JSONata":
        return int(engine._jsonata_state_field(state, "MaxConcurrency", "number", data, ctx))
    return int(state.get("MaxConcurrency", 0))


def map_state(walk: Walk) -> Callable[[Json, Any, Json, Json], Step]:
    """Return the executor of Map states."""

    def item_input(state: Json, data: Any, ctx: Json) -> Any:
        """Return what one item's states receive."""
        engine = _engine()
        selector = state.get("ItemSelector") or state.get("Parameters")
        if not selector:
            return ctx["Map"]["Item"]["Value"]
        if engine._state_query_language(state, ctx) == "JSONata":
            return engine._apply_jsonata_template(selector, data, ctx)
        return engine._resolve_params_obj(selector, data, ctx)

    def distributed(state: Json, data: Any, execution: Json, ctx: Json, items: list[Any]) -> list[Any]:
        """Run each item, or batch of items, as an execution of its own."""
        inputs = [
            item_input(state, data, _fork(ctx, Map={"Item": {"Index": index, "Value": value}}))
            for index, value in enumerate(items)
        ]
        batched = batches(inputs, state.get("ItemBatcher"))
        run = MapRun(state, execution, batched, _at_once(state, data, ctx))
        run.authorize()
        return run.results(walk, ctx)

    def attempt(state: Json, data: Any, execution: Json, ctx: Json) -> Step:
        """Run all items once."""
        processor = state.get("ItemProcessor") or state.get("Iterator") or {}
        items, effective = _items(state, data, ctx)
        name = ctx["State"]["Name"]
        record(execution, "MapStateStarted", "mapStateStarted", length=len(items))
        if (processor.get("ProcessorConfig") or {}).get("Mode") == "DISTRIBUTED":
            results = distributed(state, effective, execution, ctx, items)
            record(execution, "MapStateSucceeded")
            return _step(state, data, ctx, results)

        def one(index: int, value: Any) -> Any:
            """Run the states of one item."""
            own = _fork(ctx, Map={"Item": {"Index": index, "Value": value}})
            record(execution, "MapIterationStarted", "mapIterationStarted", name=name, index=index)
            output = walk(
                processor["States"], processor["StartAt"], item_input(state, effective, own), execution, own
            )
            record(execution, "MapIterationSucceeded", "mapIterationSucceeded", name=name, index=index)
            return output

        works = [lambda index=index, value=value: one(index, value) for index, value in enumerate(items)]
        results = _together(works, _at_once(state, effective, ctx), "item")
        record(execution, "MapStateSucceeded")
        return _step(state, data, ctx, results)

    return lambda state, data, execution, ctx: guarded(
        state, data, ctx, lambda: attempt(state, data, execution, ctx)
    )
