"""Handlers of onboarding."""
