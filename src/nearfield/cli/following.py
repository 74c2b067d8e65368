"""What the verbs that follow a folder share: when they look, and how they end."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearfield.cli import training
from nearfield.cli.output import AsJson, print_json, say
from nearfield.errors import StorageError

if TYPE_CHECKING:
    from nearfield.follow import Follower, Step, Subject
    from nearfield.reading import Reading
    from nearfield.store.gate import Check

NAP = 0.1  # seconds after which a signal is noticed
FAILED = 1

Store = Annotated[Path, typer.Option(metavar="STORE", help="The folder of versions; made if it is not there.")]
Keep = Annotated[
    int | None, typer.Option(min=1, help="Remove all but so many of the last versions, as `publish` does.")
]


@dataclass(frozen=True)
class FollowOptions:
    """When to look, how to update, and what to tell."""

    every: Annotated[str, typer.Option(metavar="DURATION", help="How long to wait between two looks.")] = "60s"
    once: Annotated[bool, typer.Option("--once", help="Look once, learn what is new, and end.")] = False
    strategy: Annotated[
        str | None,
        typer.Option(
            help="How an update keeps what was learnt: replay, lwf, fine_tune, …; that of `update` by default."
        ),
    ] = None
    quiet: training.Quiet = False
    as_json: AsJson = False


def reading_of_current(store: Path) -> Reading:
    """Return how the input of the current version was read; nothing is known before the first."""
    from nearfield.reading import reading_of
    from nearfield.store import Store

    opened = Store(store)
    return {} if opened.current() is None else reading_of(opened.open())


def follow(
    folder: Path,
    store: Path,
    subject: Subject,
    options: FollowOptions,
    keep: int | None,
    checks: Sequence[Check],
    **settings: Any,
) -> None:
    """Follow a folder until a signal ends it, or look once."""
    from nearfield.follow import Follower
    from nearfield.recency import microseconds

    seconds = microseconds(options.every) / 1e6
    stop = _Stop()
    given: dict[str, Any] = {"strategy": options.strategy, "checks": checks, "keep": keep, "wait": stop.wait}
    follower = Follower(folder, store, subject, **given, **settings)

    def tell(step: Step) -> None:
        if options.as_json:
            print_json(step.as_dict())
        elif not options.quiet:
            for line in f"{store}: {step}".split("\n"):
                say(line)

    if options.once:
        _once(follower, tell, options.quiet)
        return
    if not options.quiet:
        say(f"{folder}: looking every {options.every}; Ctrl-C ends this")
    with stop:
        _forever(follower, tell, seconds, stop)


def _once(follower: Follower, tell: Any, quiet: bool) -> None:
    step = follower.step()
    if step is not None:
        tell(step)
    elif not quiet:
        say(f"{follower.folder}: nothing new")
    if (step is not None and step.refused) or follower.store.current() is None:
        raise typer.Exit(FAILED)


def _forever(follower: Follower, tell: Any, seconds: float, stop: _Stop) -> None:
    while not stop.wanted:
        try:
            step = follower.step()
        except StorageError as error:
            say(f"nearfield: {error}; nothing is lost, the next look tries again")
        else:
            if step is not None:
                tell(step)
        stop.wait(seconds)


class _Stop:
    """Ctrl-C and SIGTERM, heard at once and obeyed when the work at hand is done."""

    def __init__(self) -> None:
        self.wanted = False
        self._before: dict[int, Any] = {}

    def __enter__(self) -> _Stop:
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._hear)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _hear(self, number: int, _: object) -> None:
        if self.wanted and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.wanted = True
        say("stopping after what is in work")

    def wait(self, seconds: float) -> bool:
        """Wait, and return whether to stop."""
        until = time.monotonic() + seconds
        while not self.wanted and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, NAP))
        return self.wanted
