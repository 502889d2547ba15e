"""The same rules for each peer: each script prints what it counted, and runs in an environment of its own."""
