"""Experiments: every training run on record."""

from penstock.experiments.runs import Run, Runs

__all__ = ["Run", "Runs"]
