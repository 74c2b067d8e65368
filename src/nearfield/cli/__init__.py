"""The command line, one file a verb."""

from nearfield.cli.app import main as main

__all__ = ["main"]
