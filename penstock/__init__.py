"""Penstock: from files in a data lake to governed, served, watched and retrained models on AWS."""

__version__ = "0.1.0"
