"""The contenders of the benchmark of the online store, one process each."""
