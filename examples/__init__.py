"""Use cases to learn from and to run the demo with."""
