"""What a first contract says, found in a file: how it is written, names, types, keys, times."""
