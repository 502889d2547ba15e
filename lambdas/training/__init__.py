"""Handlers of training."""
