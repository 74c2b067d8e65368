"""What a store asks of the disk: one writer at a time, folders that survive a loss of power, and checksums."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nearfield.errors import BadInput, StorageError
from nearfield.files import storage_errors

POLL = 0.05  # seconds between two tries for the lock
HIDDEN = "."  # how the names of folders begin that are not whole: being written or being removed


@contextmanager
def only_writer(path: Path, wait: float) -> Iterator[None]:
    """Hold the lock file `path`, or raise `StorageError` after `wait` seconds; a process that ends lets go of it.

    Its folder is made if it is not there. A writer that fails removes both where nothing was there before: whoever has
    waited for that file waits for the one that is there now.
    """
    until = time.monotonic() + wait
    while True:
        with storage_errors(path):
            descriptor = _opened(path)
        try:
            _take(descriptor, path, until)
            if _is_at(descriptor, path):
                yield
                return
        finally:
            os.close(descriptor)


def _opened(path: Path) -> int:
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        except FileNotFoundError:  # another writer has removed the folder again
            continue


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether an open file is still the one of this name."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False


def _take(descriptor: int, path: Path, until: float) -> None:
    while True:
        try:
            return fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise StorageError(f"{path.parent}: another program writes to this store; try again later") from None
            time.sleep(POLL)


def remove(folder: Path) -> None:
    """Remove a folder so that a program that is stopped midway leaves it under its name whole, or not at all."""
    hidden = folder.with_name(HIDDEN + folder.name)
    shutil.rmtree(hidden, ignore_errors=True)
    folder.rename(hidden)
    shutil.rmtree(hidden)


def checksums(folder: Path, without: str) -> dict[str, str]:
    """Return the SHA-256 of each file in `folder` but one, by its path there."""
    digests = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / without):
        with path.open("rb") as file:
            digests[path.relative_to(folder).as_posix()] = hashlib.file_digest(file, "sha256").hexdigest()
    return digests


def check_sums(folder: Path, expected: dict[str, str], without: str) -> None:
    """Raise `BadInput` where `folder` does not hold the files of `expected`, byte for byte, and no others but one."""
    present = checksums(folder, without)
    for name in sorted(expected.keys() | present.keys()):
        if name not in present:
            raise BadInput(f"{folder / name}: is missing; the version is damaged: roll back to another")
        if expected.get(name) != present[name]:
            raise BadInput(f"{folder / name}: is not what was published; the version is damaged: roll back to another")


def set_modes(folder: Path) -> None:
    """Give a folder and all within the modes of new ones, whatever those that they were copied from have."""
    umask = os.umask(0o077)
    os.umask(umask)
    for above, _, names in os.walk(folder):
        os.chmod(above, 0o777 & ~umask)
        for name in names:
            os.chmod(Path(above, name), 0o666 & ~umask)


def size(folder: Path) -> int:
    """Return the bytes of all files in `folder`."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
