"""The same point-in-time join by each peer, run in an environment of its own."""

VIEWS = {"payments": 1_000_000, "visits": 600_000, "complaints": 400_000}
"""Rows of each view."""
FEATURES = {view: [f"{view}_{number}" for number in range(4)] for view in VIEWS}
TIME_TO_LIVE = 90
"""Days."""
