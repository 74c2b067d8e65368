"""Where compiled kernels are kept: in a folder that nobody else can write to, or nowhere.

What Numba keeps is a pickle, and whoever can write it can run code in the process that loads it.
"""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numba
from numba.core.caching import FunctionCache

READ_ONLY = (errno.EACCES, errno.EPERM, errno.EROFS)


def keep_compiled(dispatcher: Any) -> None:
    """Have a compiled function loaded from, and saved to, `cache_folder`; without such a folder it is not kept."""
    folder = cache_folder()
    if folder is None:
        return
    before = numba.config.CACHE_DIR
    numba.config.CACHE_DIR = folder  # read once, when the cache is made
    try:
        dispatcher._cache = KernelCache(dispatcher.py_func)
    finally:
        numba.config.CACHE_DIR = before


class _Locator(FunctionCache._impl_class._locator_classes[0]):  # type: ignore[misc]
    """The folder that `numba.config.CACHE_DIR` names, also where it can only be read."""

    @classmethod
    def from_function(cls, py_func: Any, py_file: str) -> Any:
        return cls(py_func, py_file)


class _Entries(FunctionCache._impl_class):  # type: ignore[misc]
    _locator_classes = (_Locator,)


class KernelCache(FunctionCache):  # type: ignore[misc]
    """A cache whose damage, or a full disk, costs compiling again and nothing else."""

    _impl_class = _Entries

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """Return what was kept, or None where there is nothing or it is damaged."""
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # what half a pickle raises has no common type
            with suppress(OSError):
                self.flush()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled where there is room and permission."""
        try:
            super().save_overload(sig, data)
        except OSError as error:
            if error.errno not in READ_ONLY:
                _warn_once(
                    f"{self.cache_path}: compiled kernels cannot be kept ({error.strerror or error}); each "
                    "process compiles them again until there is room, or NUMBA_CACHE_DIR names another folder"
                )


@cache
def _warn_once(message: str) -> None:
    warnings.warn(message, stacklevel=2)


@cache
def cache_folder() -> str | None:
    """Return the folder for compiled kernels, one for each state of their sources; None where there is no safe one.

    Numba looks at a kernel's own file only, not at the parts of other files that were inlined into it. So the name of
    the folder holds a hash of all kernels. It lies under the first of these that this process can write to, or that
    holds it already: `$NUMBA_CACHE_DIR`, the user's cache (`$XDG_CACHE_HOME`, `~/.cache`), and a folder of the user's
    own in the system's folder for temporary files. Each must belong to this user or to root, and nobody else may be
    able to write to it.
    """
    sources = sorted(Path(__file__).parents[1].rglob("kernels/*.py"))
    fingerprint = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()[:16]
    for parent, mode in _parents():
        folder = parent / f"kernels-{fingerprint}"
        if _is_safe(folder, mode):
            return str(folder)
    return None


def _parents() -> Iterator[tuple[Path, int]]:
    """The folders that may hold kernels, each with the mode of what is made there."""
    if named := os.environ.get("NUMBA_CACHE_DIR"):
        yield Path(named), 0o755  # an image may be built by one user and run by another
    with suppress(RuntimeError, KeyError):  # no home
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "nearfield", 0o700
    private = Path(tempfile.gettempdir()) / f"nearfield-{os.geteuid()}"
    if _is_safe(private, 0o700):  # anybody may have made it first
        yield private, 0o700


def _is_safe(folder: Path, mode: int) -> bool:
    """Make a folder if it is not there; return whether it can be used and only its owner, this user or root, writes."""
    try:
        if not folder.is_symlink() and not folder.exists():
            folder.parent.mkdir(mode=mode, parents=True, exist_ok=True)
            with suppress(FileExistsError):
                folder.mkdir(mode=mode)
        facts = folder.lstat()
    except OSError:
        return False
    trusted = stat.S_ISDIR(facts.st_mode) and facts.st_uid in (0, os.geteuid()) and not facts.st_mode & 0o022
    return trusted and (os.access(folder, os.W_OK) or any(folder.iterdir()))
