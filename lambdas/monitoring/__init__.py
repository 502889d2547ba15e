"""Handlers of monitoring."""
