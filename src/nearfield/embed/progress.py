"""What a person sees while training runs: speed, learning rate, loss, time left; on standard error."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, Self


class Progress:
    """A live line on a terminal, one closing line elsewhere, nothing when not `verbose`.

    `total` counts each of its `unit` once an epoch.
    """

    def __init__(self, total: int, *, verbose: bool, unit: str, epochs: int = 1, done: int = 0) -> None:
        self._epochs, self._first = epochs, done  # a resumed run has not trained these itself
        self._total, self._verbose, self._unit = total, verbose, unit
        self._started = time.perf_counter()
        self._done, self._loss = done, float("nan")
        self._bar = _bar(total, unit) if verbose and sys.stderr.isatty() else None

    def __enter__(self) -> Self:
        if self._bar:
            self._bar.__enter__()
        return self

    def update(self, done: int, alpha: float, loss: float) -> None:
        """Show that `done` of the total are trained on."""
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
            epochs = f" × {self._epochs} epochs" if self._epochs > 1 else ""
            n = self._total // self._epochs
            speed = f"{rounded(self._speed())} {self._unit}/s"
            loss = f", loss {self._loss:.3f}" if math.isfinite(self._loss) else ""
            say(f"trained on {n:,} {self._unit}{epochs} in {seconds:.1f} s{how_far}: {speed}{loss}")

    def _speed(self) -> float:
        return (self._done - self._first) / max(time.perf_counter() - self._started, 1e-9)


def rounded(number: float) -> str:
    """Return a number of three digits with the unit of its size: 1.25 M, 12.5 k, 125."""
    for size, unit in ((1e6, " M"), (1e3, " k")):
        if number >= 0.9995 * size:
            shown = number / size
            return f"{shown:.{max(0, 2 - int(math.log10(shown) + 1e-9))}f}{unit}"
    return f"{number:.0f}"


def say(line: str) -> None:
    """Print one line for the person who waits."""
    print(line, file=sys.stderr, flush=True)


@contextmanager
def compiling(kernel: Any, *, verbose: bool) -> Iterator[None]:
    """Compile a kernel or load it from the disk within the block; say which if it took over a second."""
    compiled_before, started = _n_compiled(kernel), time.perf_counter()
    yield
    seconds = time.perf_counter() - started
    if not verbose or seconds <= 1:
        return
    if _n_compiled(kernel) == compiled_before:
        say(f"loaded the compiled kernels in {seconds:.1f} s")
    else:
        kept = " (kept on disk for the next time)" if kernel.stats.cache_path else ""
        say(f"compiled the kernels in {seconds:.1f} s{kept}")


def _n_compiled(kernel: Any) -> int:
    """How often a kernel was compiled in this process because the disk did not have it."""
    return sum(kernel.stats.cache_misses.values())


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
