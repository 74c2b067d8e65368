"""What the verbs that read a behaviour log share: its options, and from files to sequences."""

from __future__ import annotations

import json
import time as clock
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, NamedTuple

import typer

from nearfield.cli.arguments import durations, named
from nearfield.cli.output import say
from nearfield.defaults import MIN_COUNT
from nearfield.errors import BadInput

if TYPE_CHECKING:
    from nearfield.logs import UnknownEvents
    from nearfield.reading import Reading
    from nearfield.sequences import Sequences

LOG, CLEANING, SESSIONS = "Log", "Cleaning", "Sessions"
COLUMNS = ("user", "item", "time", "event", "dwell", "group")
READ = (*COLUMNS, "time_unit", "time_format", "timezone", "separator", "escape", "encoding")
Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE", help="A log: CSV, TSV, Parquet, JSON lines, compressed or not; a folder; `-`: standard input."
    ),
]


def _column(help: str) -> Any:
    return typer.Option(metavar="COLUMN", help=help, rich_help_panel=LOG)


@dataclass(frozen=True)
class LogOptions:
    """How a log is read, cleaned and split; the options of every verb that does."""

    user: Annotated[str, _column("Who.")] = "user"
    item: Annotated[str, _column("What.")] = "item"
    time: Annotated[str, _column("When: ISO 8601, or s, ms, µs, ns since 1970.")] = "time"
    event: Annotated[str | None, _column("The kind of event.")] = None
    dwell: Annotated[str | None, _column("How long it lasted, in seconds; what is too short is cleaned away.")] = None
    group: Annotated[str | None, _column("What the item belongs to: samples are drawn from there, too.")] = None
    columns: Annotated[
        str | None,
        typer.Option(metavar="A,B,…", help="The columns of a CSV that has no header row.", rich_help_panel=LOG),
    ] = None
    separator: Annotated[
        str | None,
        typer.Option(
            metavar="TEXT", help="Of a CSV; else what splits its header row: , tab ; or |", rich_help_panel=LOG
        ),
    ] = None
    quote: Annotated[
        str, typer.Option(metavar="CHAR|none", help="Around cells of a CSV with a separator.", rich_help_panel=LOG)
    ] = '"'
    escape: Annotated[
        str | None,
        typer.Option(metavar="CHAR", help="Before a quote within quotes; else it is doubled.", rich_help_panel=LOG),
    ] = None
    encoding: Annotated[
        str | None, typer.Option(metavar="NAME", help="Of text that is not UTF-8: gb18030, …", rich_help_panel=LOG)
    ] = None
    nulls: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,…", help="What stands for nothing; else NULL, NaN, NA, None and the like.", rich_help_panel=LOG
        ),
    ] = None
    time_unit: Annotated[
        Literal["s", "ms", "us", "ns"] | None,
        typer.Option(
            help="Of times that are numbers; else the one that makes them 1980 or later.", rich_help_panel=LOG
        ),
    ] = None
    time_format: Annotated[
        str | None,
        typer.Option(metavar="FORMAT", help="Of times, as for strptime: %d/%m/%Y %H:%M", rich_help_panel=LOG),
    ] = None
    timezone: Annotated[str, typer.Option(help="Of times that name no zone, and of days.", rich_help_panel=LOG)] = "UTC"
    clean: Annotated[
        bool,
        typer.Option("--clean/--no-clean", help="Drop bots, accidents and broken clocks.", rich_help_panel=CLEANING),
    ] = True
    rule: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="A rule of cleaning, such as max_per_minute=60, or =none to switch it off; may be repeated.",
            rich_help_panel=CLEANING,
        ),
    ] = None
    gap: Annotated[
        str,
        typer.Option(
            metavar="DURATION|day|none",
            help="What ends a session; none: one sequence a user.",
            rich_help_panel=SESSIONS,
        ),
    ] = "none"
    start_event: Annotated[
        str | None, typer.Option(metavar="EVENT", help="Begins a session, too.", rich_help_panel=SESSIONS)
    ] = None
    min_length: Annotated[int, typer.Option(min=1, help="Drop shorter sessions.", rich_help_panel=SESSIONS)] = 1
    max_length: Annotated[
        int | None, typer.Option(min=1, help="Cut longer sessions into pieces.", rich_help_panel=SESSIONS)
    ] = None
    min_count: Annotated[int, typer.Option(min=1, help="Drop rarer items.", rich_help_panel=SESSIONS)] = MIN_COUNT
    event_weight: Annotated[
        list[str] | None,
        typer.Option(
            metavar="EVENT=WEIGHT", help="How much a kind counts; else 1; may be repeated.", rich_help_panel=SESSIONS
        ),
    ] = None
    half_life: Annotated[
        list[str] | None,
        typer.Option(
            metavar="[EVENT=]DURATION",
            help="Events that much older count half; 1d,30d: the mean of both; of a kind: buy=30d, may be repeated.",
            rich_help_panel=SESSIONS,
        ),
    ] = None


class Behaviour(NamedTuple):
    """What was read: sequences, the group of each item if the log has groups, whose each sequence is if asked."""

    sequences: Sequences
    groups: dict[str, str] | None
    users: list[str] | None = None


def read_behaviour(
    files: list[str],
    reading: Reading,
    *,
    verbose: bool,
    users: bool = False,
    unknown_events: UnknownEvents = "refuse",
) -> Behaviour:
    """Read, clean and split, and say what was dropped and what is left; with `users`, whose each sequence is.

    `reading` is what `reading.of_log` returns; `unknown_events` what to do where it names an event that never occurs.
    """
    from nearfield.rereading import cleaned_alike, details_alike, log_alike, sessions_alike

    started, owners = clock.perf_counter(), None
    raw = log_alike(reading, files)
    log = cleaned_alike(reading, raw, unknown_events)
    if users:
        sequences, owners, *_ = details_alike(reading, log, unknown_events)
    else:
        sequences = sessions_alike(reading, log, unknown_events)
    groups = log.groups() if reading["read_log"].get("group") else None
    if verbose:
        say(str(raw.clock))
        for line in str(log.report).splitlines() if log.report else ():
            if ": 0 events" not in line or "not applied" in line:
                say(line)
        seconds = clock.perf_counter() - started
        _say_what_is_left(sequences, seconds)
    return Behaviour(sequences, groups, owners)


def _say_what_is_left(sequences: Sequences, seconds: float) -> None:
    options, seen = sequences.reading["sessions"], sequences.reading["seen"]
    what = "users" if options["gap"] is None else "sessions"
    n_items, n_events = len(sequences.vocabulary), sequences.n_tokens
    say(f"read {n_events:,} events of {len(sequences):,} {what}, {n_items:,} items, in {seconds:.1f} s")
    if gone := seen["tokens"] - n_events:
        names = [f"{name}={options[name]}" for name in ("min_count", "min_length") if options[name] > 1]
        share = gone / seen["tokens"]
        say(
            f"{' and '.join(names)} dropped {gone:,} events ({share:.1%}) and {seen['keys'] - n_items:,} of"
            f" {seen['keys']:,} items"
        )


def read_options(options: LogOptions) -> dict[str, Any]:
    """Return what `read_log` takes."""
    lists = {name: _list(getattr(options, name)) for name in ("columns", "nulls")}
    quote = "" if options.quote == "none" else options.quote
    return {name: getattr(options, name) for name in READ} | lists | {"quote": quote}


def _list(text: str | None) -> list[str] | None:
    return None if text is None else text.split(",")


def rules_of(options: LogOptions) -> dict[str, Any]:
    """Return the rules of cleaning that were typed, checked."""
    from nearfield.logs.rules import Rules

    rules = {name.replace("-", "_"): _value(name, text) for name, text in named(options.rule or (), "--rule").items()}
    if rules and not options.clean:
        raise BadInput("--rule with --no-clean; expected one of them")
    Rules(**rules)
    return rules


def session_options(options: LogOptions) -> dict[str, Any]:
    """Return what `Log.sessions` takes."""
    return {
        "gap": None if options.gap == "none" else options.gap,
        "start_event": options.start_event,
        "min_length": options.min_length,
        "max_length": options.max_length,
        "min_count": options.min_count,
        "event_weights": _weights(options.event_weight or ()),
        "half_life": _half_life(options.half_life or ()),
    }


def _value(name: str, text: str) -> Any:
    """The value of a rule: a number, none, true or false; kinds of events by commas; text."""
    if text.lower() in ("none", "off"):
        return False if name == "duplicates" else None
    if name == "purchases":
        return tuple(text.split(","))
    try:
        return json.loads(text)
    except ValueError:
        return text


def _weights(pairs: list[str] | tuple[str, ...]) -> dict[str, float] | None:
    found = {}
    for kind, text in named(pairs, "--event-weight").items():
        try:
            found[kind] = float(text)
        except ValueError:
            raise BadInput(f"--event-weight has {text!r} for {kind!r}; expected a number") from None
    return found or None


def _half_life(given: list[str] | tuple[str, ...]) -> list[str] | Mapping[str, list[str]] | None:
    """One for all kinds of events, or one for each kind that is named."""
    if not given:
        return None
    if len(given) == 1 and "=" not in given[0]:
        return durations(given[0])
    return {kind: durations(text) for kind, text in named(given, "--half-life").items()}
