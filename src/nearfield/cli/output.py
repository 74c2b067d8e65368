"""What the verbs print: tables or JSON lines on standard output, all else on standard error."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object a line instead of a table.")]


# control characters, line ends, marks that turn the direction of text, and other invisible ones; joiners of emoji and
# of Persian words are no such
_UNPRINTABLE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]"
)


def escaped(text: str) -> str:
    """Return a text in one line that a terminal shows as it is: what would steer it is written as Python writes it."""
    return _UNPRINTABLE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def say(line: str) -> None:
    """Print one line for the person who waits."""
    print(escaped(line), file=sys.stderr, flush=True)


def show(text: object) -> None:
    """Print the lines of a report."""
    print("\n".join(escaped(line) for line in str(text).split("\n")))


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
    """Print one JSON object in one line; numbers that JSON has no name for (NaN) become null.

    Characters that would steer a terminal or end the line are escaped as JSON has it: a reader gets them unchanged.
    """
    text = json.dumps({name: _jsonable(value) for name, value in content.items()}, ensure_ascii=False)
    print(_UNPRINTABLE.sub(lambda match: f"\\u{ord(match[0]):04x}", text))


def _jsonable(value: Any) -> Any:
    if isinstance(value, float) and value - value != 0:  # NaN or infinite
        return None
    if isinstance(value, Mapping):
        return {name: _jsonable(one) for name, one in value.items()}
    return [_jsonable(one) for one in value] if isinstance(value, list | tuple) else value


def _print_table(columns: Sequence[str] | None, rows: Iterable[Sequence[Any]]) -> None:
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    headers = (Column(Text(escaped(name))) for name in columns or ())
    table = Table(*headers, box=None, show_header=columns is not None, pad_edge=False, header_style="bold")
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
    return f"{value:,}" if isinstance(value, int) else escaped(str(value))


def _side(value: Any) -> Any:
    return "right" if isinstance(value, int | float) and not isinstance(value, bool) else "left"
