"""One detector a file; each file says ``DETECTOR``."""
