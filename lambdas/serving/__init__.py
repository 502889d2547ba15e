"""Handlers of serving."""
