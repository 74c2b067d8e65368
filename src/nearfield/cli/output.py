"""What the verbs print: tables or JSON lines on standard output, all else on standard error."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object a line instead of a table.")]


def say(line: str) -> None:
    """Print one line for the person who waits."""
    print(line, file=sys.stderr, flush=True)


def print_rows(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, as_json: bool) -> None:
    """Print rows as a table with a heading, or each as a JSON object with the columns as names."""
    if as_json:
        for row in rows:
            print_json(dict(zip(columns, row, strict=True)))
    else:
        _print_table(columns, rows)


def print_facts(facts: Mapping[str, Any], *, as_json: bool) -> None:
    """Print names and values below each other, or as one JSON object."""
    if as_json:
        print_json(facts)
    else:
        _print_table(None, ((name, _cell(value)) for name, value in facts.items()))  # all to the left


def print_json(content: Mapping[str, Any]) -> None:
    """Print one JSON object in one line; numbers that JSON has no name for (NaN) become null."""
    print(json.dumps({name: _jsonable(value) for name, value in content.items()}, ensure_ascii=False))


def _jsonable(value: Any) -> Any:
    if isinstance(value, float) and value - value != 0:  # NaN or infinite
        return None
    if isinstance(value, Mapping):
        return {name: _jsonable(one) for name, one in value.items()}
    return [_jsonable(one) for one in value] if isinstance(value, list | tuple) else value


def _print_table(columns: Sequence[str] | None, rows: Iterable[Sequence[Any]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(*(columns or ()), box=None, show_header=columns is not None, pad_edge=False, header_style="bold")
    for row in rows:
        # Text, not str: a key such as "[red]" is no markup
        table.add_row(*(Text(_cell(value), justify=_side(value), overflow="fold") for value in row))
    # a file or another program gets whole lines, however long
    console = Console() if sys.stdout.isatty() else Console(width=1_000_000)
    console.print(table)


def _cell(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "-"}[value]
    if isinstance(value, float):
        return f"{value:.4f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def _side(value: Any) -> Any:
    return "right" if isinstance(value, int | float) and not isinstance(value, bool) else "left"
