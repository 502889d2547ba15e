"""Checks: what a row, or the whole file, must be like.

One module a rule, named after it; ``RULE`` is its class.
"""
