"""What a person sees while training runs: speed, learning rate, loss, time left; on standard error."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self


class Progress:
    """A live line on a terminal, one closing line elsewhere, nothing when not `verbose`."""

    def __init__(self, total: int, *, verbose: bool, unit: str = "words") -> None:
        self._total, self._verbose, self._unit = total, verbose, unit
        self._started, self._first = time.perf_counter(), -1
        self._done, self._loss = 0, float("nan")
        self._bar = _bar(total, unit) if verbose and sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.__enter__()
        return self

    def update(self, done: int, alpha: float, loss: float) -> None:
        """Show that `done` of the total are trained on."""
        if self._first < 0:
            self._first = done  # a resumed run has not trained these itself
        self._done, self._loss = done, loss
        if self._bar:
            self._bar.update(self._bar.task_ids[0], completed=done, speed=self._speed(), alpha=alpha, loss=loss)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar:
            self._bar.__exit__(kind, error, trace)
        if self._verbose:
            seconds = time.perf_counter() - self._started
            how_far = "" if self._done >= self._total else f" (stopped at {self._done / self._total:.0%})"
            speed = f"{self._speed() / 1e6:.2f} M {self._unit}/s"
            say(f"trained on {self._done:,} {self._unit} in {seconds:.1f} s{how_far}: {speed}, loss {self._loss:.3f}")

    def _speed(self) -> float:
        return (self._done - max(self._first, 0)) / max(time.perf_counter() - self._started, 1e-9)


def say(line: str) -> None:
    """Print one line for the person who waits."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def compiling(*, verbose: bool) -> Iterator[None]:
    """Compile or load kernels within it; say so if it took over a second."""
    started = time.perf_counter()
    yield
    seconds = time.perf_counter() - started
    if verbose and seconds > 1:
        say(f"compiled the kernels in {seconds:.1f} s (kept on disk for the next time)")


def _bar(total: int, unit: str):  # type: ignore[no-untyped-def]
    from rich.console import Console
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as RichProgress

    bar = RichProgress(
        TextColumn("training"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn(
            "{task.fields[speed]:,.0f} " + unit + "/s  rate {task.fields[alpha]:.4f}  loss {task.fields[loss]:.3f}"
        ),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    bar.add_task("training", total=total, speed=0.0, alpha=0.0, loss=float("nan"))
    return bar
