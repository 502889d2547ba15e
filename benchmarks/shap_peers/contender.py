"""SHAP values of one model by one tool, added up to original columns; prints the seconds that the call took.

Run by ``benchmarks.shap_20000_rows`` in the tool's own environment, so it imports nothing of the project but
what it measures. Model and rows are read before the clock starts; a tool's own reading of the model's trees
counts.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

Explain = Callable[[Any, Any, Any], Any]


def penstock() -> Explain:
    from penstock.explainability import tree_shap

    def explain(model: Any, rows: Any, sources: Any) -> Any:
        explained = tree_shap(model, rows, sources=sources)
        if explained.engine != "tables":
            raise SystemExit(explained.fallback)
        return explained.values[:, :, 0]

    return explain


def booster() -> Explain:
    """Ask the booster itself, on all cores."""

    def explain(model: Any, rows: Any, sources: Any) -> Any:
        if hasattr(model, "feature_types"):
            import xgboost

            return summed(model.predict(xgboost.DMatrix(rows), pred_contribs=True)[:, :-1], sources)
        return summed(model.predict(rows, pred_contrib=True)[:, :-1], sources)

    return explain


def shap() -> Explain:
    """Ask the shap library, which hands these models to their boosters."""
    import shap

    return lambda model, rows, sources: summed(shap.TreeExplainer(model).shap_values(rows), sources)


def woodelf() -> Explain:
    import pandas as pd
    from woodelf import WoodelfExplainer

    def explain(model: Any, rows: Any, sources: Any) -> Any:
        explainer = WoodelfExplainer(model, feature_perturbation="tree_path_dependent")
        frame = pd.DataFrame(rows, columns=[f"f{n}" for n in range(rows.shape[1])])
        return summed(np.asarray(explainer.shap_values(frame, verbose=False)), sources)

    return explain


def fasttreeshap() -> Explain:
    import fasttreeshap_fixed

    def explain(model: Any, rows: Any, sources: Any) -> Any:
        explainer = fasttreeshap_fixed.TreeExplainer(model, algorithm="v2", n_jobs=-1)
        return summed(explainer.shap_values(rows, check_additivity=False), sources)

    return explain


def summed(encoded: Any, sources: Any) -> Any:
    values = np.zeros((sources.max() + 1, len(encoded)))
    np.add.at(values, sources, np.asarray(encoded, dtype=np.float64).T)
    return values.T


def load(file: Path) -> Any:
    if file.suffix == ".txt":
        import lightgbm

        return lightgbm.Booster(model_file=file)
    import xgboost

    return xgboost.Booster(model_file=file)


_ALL = (penstock, booster, shap, woodelf, fasttreeshap)
CONTENDERS = {one.__name__: one for one in _ALL}

if __name__ == "__main__":
    name, file, folder = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    explain, model = CONTENDERS[name](), load(file)
    rows, sources = np.load(folder / "rows.npy"), np.load(folder / "sources.npy")
    started, before = time.perf_counter(), time.process_time()
    values = explain(model, rows, sources)
    took = {"seconds": time.perf_counter() - started, "cpu_seconds": time.process_time() - before}
    np.save(folder / f"{name}.npy", values)
    print(json.dumps(took))
