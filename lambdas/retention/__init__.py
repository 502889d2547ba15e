"""Handlers of retention."""
