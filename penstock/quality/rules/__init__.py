"""One folder a kind of rule, one module a rule."""
