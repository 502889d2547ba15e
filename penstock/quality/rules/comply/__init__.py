"""Protection of values on their way to the curated data.

One module a rule, named after it; ``RULE`` is its class.
"""
