"""Handlers of foundation."""
