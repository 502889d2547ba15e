"""The same profile by each peer, run in an environment of its own."""
