"""`nearfield next`: what comes next."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from nearfield.cli.arguments import Folder, Neighbours, durations, given_keys
from nearfield.cli.output import AsJson, print_rows
from nearfield.errors import BadInput


def next_keys(
    path: Folder,
    history: Annotated[list[str], typer.Argument(metavar="KEY", help="The oldest first; `-`: standard input.")],
    k: Neighbours = 10,
    decay: Annotated[
        float | None, typer.Option(help="How much a key counts beside the one after it; all alike if not given.")
    ] = None,
    half_life: Annotated[
        str | None,
        typer.Option(metavar="DURATION,…", help="Keys that much older count half; 1h,7d: the mean of both."),
    ] = None,
    times: Annotated[
        str | None,
        typer.Option(
            metavar="TIME,…", help="With --half-life, when each key was: ISO 8601, or s, ms, µs, ns since 1970."
        ),
    ] = None,
    time_unit: Annotated[
        Literal["s", "ms", "us", "ns"] | None,
        typer.Option(help="Of times that are numbers; else the one in which they are from 1980 to two years from now."),
    ] = None,
    repeats: Annotated[bool, typer.Option(help="Whether keys of the history may come again.")] = False,
    as_json: AsJson = False,
) -> None:
    """Print the keys that are likeliest to follow a history."""
    from nearfield.formats import load
    from nearfield.moments import moments

    wanted = given_keys(history)
    if time_unit is not None and times is None:
        raise BadInput("--time-unit without --times; expected both")
    found = load(path).next(
        wanted,
        k=k,
        decay=decay,
        half_life=None if half_life is None else durations(half_life),
        times=None if times is None else moments(times.split(","), "--times", time_unit).view("datetime64[us]"),
        exclude=() if repeats else wanted,
    )
    print_rows(("key", "score"), found, as_json=as_json)
