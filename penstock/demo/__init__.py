"""The demo: the whole loop on the local cloud, told step by step, through the surface that users have."""

from penstock.demo.play import Request
from penstock.demo.story import tell

__all__ = ["Request", "tell"]
