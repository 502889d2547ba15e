"""One module a kind of engineered feature, named as the kind is."""
