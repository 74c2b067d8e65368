"""How kernels are compiled: once a machine and release, kept on disk, and never from stale sources."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from numba import njit

from nearfield.kernels.cache import keep_compiled

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract", "reassoc", "nsz", "arcp"}}


def inlined(function: Callable[..., Any]) -> Any:
    """Compile a part that kernels share; the compiler puts its body where it is called."""
    return njit(forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, **OPTIONS)(function)


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a kernel, and keep the machine code for the next process; see `cache`."""
    dispatcher = njit(**OPTIONS)(function)
    keep_compiled(dispatcher)
    dispatcher.compile = interrupted_afterwards()(dispatcher.compile)
    return dispatcher


@contextmanager
def interrupted_afterwards() -> Iterator[None]:
    """Put Ctrl-C off to the end of the block, or of a function that this decorates.

    LLVM calls Python back while it compiles, and what is raised in there is lost: the interruption, or the kernel.
    """
    before = signal.getsignal(signal.SIGINT)
    if threading.current_thread() is not threading.main_thread() or not callable(before):
        yield
        return
    pressed: list[Any] = []
    signal.signal(signal.SIGINT, lambda *given: pressed.append(given))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        if pressed:
            before(*pressed[-1])
