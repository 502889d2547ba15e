"""Columns from reference datasets.

One module a rule, named after it; ``RULE`` is its class.
"""
