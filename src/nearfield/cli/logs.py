"""What the verbs that read a behaviour log share: its options, and from files to sequences."""

from __future__ import annotations

import sys
import tempfile
import time as clock
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nearfield.cli.arguments import STANDARD_INPUT
from nearfield.cli.output import say

if TYPE_CHECKING:
    from nearfield.sequences import Sequences

LOG = "Log"
Files = Annotated[
    list[str],
    typer.Argument(metavar="FILE", help="A log: CSV, TSV, Parquet, JSON lines, packed or not; a folder; `-`: CSV."),
]
User = Annotated[str, typer.Option(metavar="COLUMN", help="Who.", rich_help_panel=LOG)]
Item = Annotated[str, typer.Option(metavar="COLUMN", help="What.", rich_help_panel=LOG)]
Time = Annotated[
    str, typer.Option(metavar="COLUMN", help="When: ISO 8601, or s, ms, µs since 1970.", rich_help_panel=LOG)
]
Event = Annotated[str | None, typer.Option(metavar="COLUMN", help="The kind of event.", rich_help_panel=LOG)]
Columns = Annotated[
    str | None,
    typer.Option(metavar="A,B,…", help="The columns of a CSV that has no heading.", rich_help_panel=LOG),
]
Timezone = Annotated[str, typer.Option(help="Of times that name no zone, and of days.", rich_help_panel=LOG)]
Clean = Annotated[bool, typer.Option("--clean/--no-clean", help="Drop traffic that nobody meant.", rich_help_panel=LOG)]
Gap = Annotated[
    str,
    typer.Option(
        metavar="DURATION|day|none", help="What ends a session; none: one sequence a user.", rich_help_panel=LOG
    ),
]
MinCount = Annotated[int, typer.Option(min=1, help="Drop rarer items.", rich_help_panel=LOG)]


@dataclass(frozen=True)
class LogOptions:
    """How a log is read."""

    user: str
    item: str
    time: str
    event: str | None
    columns: str | None
    timezone: str
    clean: bool
    gap: str
    min_count: int


def read_sequences(files: list[str], options: LogOptions, *, verbose: bool) -> Sequences:
    """Read, clean and split, and tell what was dropped and what is left."""
    from nearfield.logs import read_log

    started = clock.perf_counter()
    with tempfile.TemporaryDirectory(prefix="nearfield-") as folder:
        log = read_log(
            [_spooled(folder) if file == STANDARD_INPUT else file for file in files],
            user=options.user,
            item=options.item,
            time=options.time,
            event=options.event,
            columns=options.columns.split(",") if options.columns else None,
            timezone=options.timezone,
        )
        if options.clean:
            log = log.clean()
        gap = None if options.gap == "none" else options.gap
        sequences = log.sessions(gap, min_count=options.min_count)
    if verbose:
        for line in str(log.report).splitlines() if log.report else ():
            if ": 0 events" not in line:
                say(line)
        what = "users" if gap is None else "sessions"
        seconds = clock.perf_counter() - started
        say(
            f"read {sequences.n_tokens:,} events of {len(sequences):,} {what},"
            f" {len(sequences.vocabulary):,} items, in {seconds:.1f} s"
        )
    return sequences


def _spooled(folder: str) -> str:
    """Write standard input to a file, which the engine reads more than once."""
    path = Path(folder, "standard_input.csv")
    path.write_bytes(sys.stdin.buffer.read())
    return str(path)
