"""Options of how a file of vectors is read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

READING = "Reading vectors"


def _option(help: str, **more: Any) -> Any:
    return typer.Option(help=help, rich_help_panel=READING, **more)


@dataclass(frozen=True)
class VectorOptions:
    """How vectors are read; see `nearfield.load`."""

    from_format: Annotated[
        str | None,
        typer.Option(
            "--from", metavar="FORMAT", help="The format, where content and name do not tell.", rich_help_panel=READING
        ),
    ] = None
    errors: Annotated[
        Literal["strict", "replace", "ignore"], _option("For bytes of keys that are not UTF-8, as of keys cut short.")
    ] = "strict"
    on_bad: Annotated[
        Literal["refuse", "skip"], _option("For vectors that cannot be read, keys that come twice, wrong counts.")
    ] = "refuse"
    limit: Annotated[int | None, _option("Read the first so many vectors only.", min=1)] = None
    keys: Annotated[
        Path | None, _option("Keep only the keys in this list, one a line; - for standard input.", metavar="FILE")
    ] = None
    encoding: Annotated[str | None, _option("Of keys in text and binary files that are not UTF-8.")] = None

    def load_options(self) -> dict[str, Any]:
        """Return them as arguments of `nearfield.load`, but for those that are defaults."""
        from nearfield.cli.arguments import read_lines

        options = {
            "format": self.from_format,
            "errors": None if self.errors == "strict" else self.errors,
            "on_bad": None if self.on_bad == "refuse" else self.on_bad,
            "limit": self.limit,
            "keys": None if self.keys is None else read_lines(self.keys),
            "encoding": self.encoding,
        }
        return {name: value for name, value in options.items() if value is not None}
