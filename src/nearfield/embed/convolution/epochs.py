"""The loop that the estimators of this room share: epoch after epoch, told on standard error, ended by Ctrl-C."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from nearfield.embed.progress import say
from nearfield.errors import BadInput


@dataclass
class History:
    """What a run has been through.

    Attributes
    ----------
    losses : list of float
        The mean loss of each epoch that was ended.
    interrupted : bool
        Whether Ctrl-C ended it.
    """

    losses: list[float] = field(default_factory=list)
    interrupted: bool = False

    def summary(self) -> dict[str, Any]:
        """What the metadata of vectors say of the run."""
        return {"losses": self.losses, "finished": not self.interrupted}


def run_epochs(
    step: Callable[[], float], epochs: int, *, verbose: bool, enough: Callable[[], bool] = lambda: False
) -> History:
    """Call `step`, which trains for an epoch and returns its loss, until `epochs` are done or there is `enough`.

    Ctrl-C ends it, too: the history says so, and whoever called keeps what was learnt before raising it again.

    Raises
    ------
    BadInput
        The loss is no number any more.
    """
    history, started = History(), time.perf_counter()
    live = verbose and sys.stderr.isatty()
    try:
        while len(history.losses) < epochs and not (history.losses and enough()):
            loss = step()
            if not math.isfinite(loss):
                raise BadInput(f"the loss is {loss} in epoch {len(history.losses) + 1}; lower alpha")
            history.losses.append(loss)
            if live:
                print(
                    f"\repoch {len(history.losses)} of {epochs}, loss {loss:.4f} ", end="", file=sys.stderr, flush=True
                )
    except KeyboardInterrupt:
        history.interrupted = True
    if live:
        print("\r\x1b[K", end="", file=sys.stderr)
    if verbose:
        loss = history.losses[-1] if history.losses else math.nan
        done = f"{len(history.losses)} of at most {epochs} epochs in {time.perf_counter() - started:.1f} s"
        say(f"trained for {done}{' (interrupted)' if history.interrupted else ''}: loss {loss:.4f}")
    return history
