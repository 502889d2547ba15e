"""Handlers of features."""
