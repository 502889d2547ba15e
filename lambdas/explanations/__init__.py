"""Handlers of explanations."""
