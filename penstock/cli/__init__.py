"""The command line: an adapter of the package. ``penstock --help`` names its commands."""

from __future__ import annotations


def main() -> None:
    """Run the command that was typed; errors are told in words, with exit code 1."""
    from penstock.cli.app import run

    run()


__all__ = ["main"]
