"""Benchmarks: one script a claim, run as modules from the checkout; docs/benchmarks.md has the figures."""
