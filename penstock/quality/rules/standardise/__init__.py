"""Standardisation: one way of writing a value.

One module a rule, named after it; ``RULE`` is its class.
"""
