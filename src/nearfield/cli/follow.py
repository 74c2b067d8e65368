"""`nearfield follow`: what a folder of logs gets becomes versions of a store."""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nearfield.cli import training
from nearfield.cli.arguments import spread
from nearfield.cli.gate import GateOptions, checks_of
from nearfield.cli.logs import LogOptions, cleaned, read_options, rules_of, split
from nearfield.cli.output import AsJson, print_json, say
from nearfield.errors import BadInput, StorageError

if TYPE_CHECKING:
    from nearfield.follow import Follower, Step

NAP = 0.1  # seconds after which a signal is noticed
FAILED = 1


@dataclass(frozen=True)
class FollowOptions(GateOptions, LogOptions):
    """How the log is read, and what an update is refused for."""


@spread(FollowOptions)
def follow(
    folder: Annotated[Path, typer.Argument(metavar="LOGDIR", help="The folder that gets the files of a log.")],
    store: Annotated[Path, typer.Option(metavar="STORE", help="The folder of versions; made if it is not there.")],
    options: FollowOptions,
    every: Annotated[str, typer.Option(metavar="DURATION", help="How long to wait between two looks.")] = "60s",
    once: Annotated[bool, typer.Option("--once", help="Look once, learn what is new, and end.")] = False,
    strategy: Annotated[
        str, typer.Option(help="How an update keeps what was learnt: settle, lwf, fine_tune, …, or a mix.")
    ] = "replay+settle",
    memory: Annotated[int, typer.Option(min=1, help="How many events are kept beside a version for replay.")] = 10**6,
    keep: Annotated[
        int | None, typer.Option(min=1, help="Remove all but so many of the last versions, as `publish` does.")
    ] = 10,
    vector_size: training.VectorSize = 64,
    seed: training.Seed = 1,
    quiet: training.Quiet = False,
    as_json: AsJson = False,
) -> None:
    """Learn item vectors from a folder of logs, and go on learning what it gets.

    New files, and new lines of those that grow, are learnt by an update of the current version, which is published if
    it passes the checks. How far each file was learnt is written with the version: whenever this program is stopped,
    nothing is lost or learnt twice. Ctrl-C ends it after the update in work, and a second Ctrl-C at once.
    """
    from nearfield.embed import ItemEmbedding
    from nearfield.follow import Follower
    from nearfield.recency import microseconds

    if options.group is not None:
        raise BadInput("--group is given; an update draws its noise from all items: leave it out")
    rules_of(options)
    seconds = microseconds(every) / 1e6
    stop = _Stop()
    follower = Follower(
        folder,
        store,
        log=read_options(options),
        sessions=lambda log: split(cleaned(log, options), options),
        first=ItemEmbedding(vector_size=vector_size, seed=seed, verbose=False),
        strategy=strategy,
        memory=memory,
        checks=checks_of(options),
        keep=keep,
        wait=stop.wait,
    )

    def tell(step: Step) -> None:
        if as_json:
            print_json(step.as_dict())
        elif not quiet:
            say(f"{store}: {step}")

    if once:
        _once(follower, tell, quiet)
        return
    if not quiet:
        say(f"{folder}: looking every {every}; Ctrl-C ends this")
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
