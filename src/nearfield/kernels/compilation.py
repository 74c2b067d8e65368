"""How kernels are compiled: once a machine and release, kept on disk, and never from stale sources."""

from __future__ import annotations

import hashlib
import os
import signal
import tempfile
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba import njit

OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract", "reassoc", "nsz", "arcp"}}


def inlined(function: Callable[..., Any]) -> Any:
    """Compile a part that kernels share; the compiler puts its body where it is called."""
    return njit(forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, **OPTIONS)(function)


def kernel(function: Callable[..., Any]) -> Any:
    """Compile a kernel, and keep the machine code in `cache_folder` for the next process."""
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = cache_folder()  # Numba reads it once, when the function is decorated
    try:
        dispatcher = njit(cache=True, **OPTIONS)(function)
    finally:
        numba.config.CACHE_DIR = before
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


@cache
def cache_folder() -> str:
    """Return the folder for compiled kernels: one for each state of their sources.

    Numba looks at the date of a kernel's own file only, not at the parts that were inlined into it, and at the
    installation first, which may be read-only. So the folder's name holds a hash of all rooms' kernels, and it lies
    under `$NUMBA_CACHE_DIR`, else the user's cache, else the system's folder for temporary files.
    """
    sources = sorted(Path(__file__).parents[1].rglob("kernels/*.py"))
    fingerprint = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    user_cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parents = [os.environ.get("NUMBA_CACHE_DIR"), user_cache / "nearfield", Path(tempfile.gettempdir()) / "nearfield"]
    for parent in parents:
        if not parent:
            continue
        folder = Path(parent) / f"kernels-{fingerprint}"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError:
            continue
        if os.access(folder, os.W_OK):
            return str(folder)
    return tempfile.mkdtemp(prefix="nearfield-kernels-")
