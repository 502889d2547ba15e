"""Handlers of the catalogue."""
