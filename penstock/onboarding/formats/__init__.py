"""How files are written: compression, encoding, and one module a format."""
