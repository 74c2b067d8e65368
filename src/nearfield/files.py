"""Files that are whole or not there: atomic folders and files, key lists, arrays that grow on disk."""

from __future__ import annotations

import contextlib
import ctypes
import errno
import fcntl
import functools
import glob
import hashlib
import json
import mmap
import os
import re
import shutil
import stat
import tempfile
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import numpy as np

from nearfield.errors import BadInput, IncompatibleVersion, NearfieldError, StorageError

READ_AROUND = 1 << 16  # bytes that Linux maps where one is read
CONFIG, CARD = "config.json", "README.md"
LISTED = "files"  # where `config.json` lists the files of its folder
_NEW, _OLD = ".new", ".old"  # how the names of folders end that are being written or replaced
_READS = 1_000  # how often a folder is read that is replaced all the time
_YOUNG = 60.0  # seconds in which a new folder may not have its lock yet
_AT_FDCWD, _RENAME_EXCHANGE = -100, 2
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


@contextmanager
def storage_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn the operating system's refusals under `path` into a `StorageError` of one line."""
    try:
        yield
    except NearfieldError:
        raise
    except OSError as error:
        # NumPy says how many items it wrote, and no number of an error
        reason = error.strerror or f"not all could be written, is the disk full? ({error})"
        raise StorageError(f"{path}: {reason}") from error


@contextmanager
def atomic_folder(path: str | os.PathLike[str], *, any_name: bool = False) -> Iterator[Path]:
    """Yield a temporary folder that takes the place of `path` when the block ends without an error.

    A reader of `path` sees the old folder or the new one, never a part, and there is one at every moment. What stood at
    `path` is removed only if `check_folder_target` allows it; a link is followed. Its `config.json` then lists all
    files with their sizes and checksums (see `check_files`). Temporary folders of writers that were killed are removed.
    """
    target = check_folder_target(path, any_name=any_name)
    _remove_leftovers(target)
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}{_NEW}")
    with storage_errors(target):
        temporary.mkdir(parents=True)
        descriptor = os.open(temporary, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)  # tells that its writer lives
            yield temporary
            list_files(temporary)
            check_folder_target(target, saved_kind(temporary), any_name=any_name)
            sync_tree(temporary)
            _put_in_place(temporary, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
            os.close(descriptor)


@contextmanager
def atomic_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path` that is renamed to it when the block ends without an error.

    A link is followed. A folder, a pipe or a device at `path` raises `BadInput`: none of these can be replaced.
    """
    target = _file_to_replace(Path(path))
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}.new")
    with storage_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            yield temporary
            sync(temporary)
            temporary.replace(target)
        finally:
            temporary.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Ask the operating system to put a file on the disk now."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_tree(folder: Path) -> None:
    """Put a folder with all that is in it on the disk now: files, then the names that lead to them."""
    for above, _, names in os.walk(folder, topdown=False):
        for name in names:
            sync(Path(above, name))
        sync(Path(above))


def file_ending(path: Path) -> str:
    """Return the ending of a name in lower case where it looks like a file's: ".csv", but "" of `v.2` and `m.v3`."""
    suffix = path.suffix.lower()
    return suffix if re.fullmatch(r"\.(?!v\d+$)[a-z][a-z0-9]{0,15}", suffix) else ""


def check_folder_target(path: str | os.PathLike[str], kind: str | None = None, *, any_name: bool = False) -> Path:
    """Return the folder that `atomic_folder` would write, a link followed; raise now what it would raise at its end.

    Parameters
    ----------
    path : path-like
    kind : str, optional
        What will be saved, as `config.json` says it.
    any_name : bool
        Whether a new folder may have a name that ends as a file's does, such as `w.csv`.

    Raises
    ------
    BadInput
        A name that ends as a file's does. There is something that must not be replaced: a file, a link that leads
        nowhere, the working folder, what nearfield did not save, another kind of thing, or a folder that holds other
        files than those that it lists.
    StorageError
        No permission to write there.
    """
    target = _link_followed(Path(path))
    if Path.cwd().is_relative_to(target):
        raise BadInput(f"{path}: is the working folder, or holds it; name a folder of its own")
    if not any_name and file_ending(target) and not target.is_dir():
        raise BadInput(
            f"{path}: ends in {file_ending(target)!r} as a file does, but a folder would be written; name it without an"
            " ending"
        )
    if _writable_above(target) == target and any(target.iterdir()):
        _check_replaceable(target, Path(path), kind)
    return target


def check_file_target(path: str | os.PathLike[str]) -> None:
    """Raise now what `atomic_file` would raise at the end of a long run: `BadInput` or `StorageError`."""
    _writable_above(_file_to_replace(Path(path)).parent / uuid.uuid4().hex)


def _file_to_replace(path: Path) -> Path:
    target = _link_followed(path)
    if target.is_dir():
        raise BadInput(f"{path}: is a folder; expected a file name to write to")
    return target


def _link_followed(path: Path) -> Path:
    """Return the absolute path that a new file or folder takes; refuse a pipe and a device, which it would remove."""
    with storage_errors(path):
        if path.is_symlink() and not path.exists():
            raise BadInput(f"{path}: is a link to {os.readlink(path)}, which is not there; remove it or name another")
        if path.exists() and not path.is_file() and not path.is_dir():
            raise BadInput(f"{path}: is a pipe or a device; expected the name of a file or a folder to write to")
        return Path(os.path.realpath(path))


def _writable_above(target: Path) -> Path:
    """Return the nearest of a path and the folders above that exists; refuse where nothing can be written there."""
    above = next(folder for folder in (target, *target.parents) if folder.exists())
    if not above.is_dir():
        raise BadInput(f"{above}: is a file; expected a folder name to write to")
    if not os.access(target.parent if above == target else above, os.W_OK):
        raise StorageError(f"{target}: no permission to write there; name another folder")
    return above


def _check_replaceable(target: Path, named: Path, kind: str | None) -> None:
    """Raise `BadInput` unless a folder holds what nearfield saved, of this kind, and nothing else."""
    config = _our_config(target)
    if config is None:
        raise BadInput(f"{named}: is a folder that nearfield did not write; name another, or remove it first")
    if kind is not None and config.get("kind") != kind:
        raise BadInput(
            f"{named}: holds a {config.get('kind')}, which {kind} would replace; name another folder, or"
            " remove it first"
        )
    others = sorted(_files_in(target) - {CONFIG, CARD} - set(config.get(LISTED) or ()))
    if others:
        raise BadInput(
            f"{named}: holds {others[0]!r}, which nearfield did not write there, and replacing the folder would remove"
            " it; move it away, or name another folder"
        )


def _our_config(folder: Path) -> dict[str, Any] | None:
    """Other programs name a file config.json, too; only ours says nearfield_version."""
    try:
        config = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return config if isinstance(config, dict) and "nearfield_version" in config else None


def _files_in(folder: Path) -> set[str]:
    """The paths within a folder of all that is no folder, and of empty folders."""
    entries = set()
    for above, folders, names in os.walk(folder):
        place = Path(above)
        links = [name for name in folders if (place / name).is_symlink()]
        entries |= {(place / name).relative_to(folder).as_posix() for name in (*names, *links)}
        if not names and not folders:
            entries.add(place.relative_to(folder).as_posix())
    return entries


def list_files(folder: Path) -> None:
    """Have the `config.json` of a saved folder list its files, all of them ours, with sizes and checksums."""
    config = _our_config(folder)
    if config is not None:
        listed = {name: _facts(folder / name) for name in sorted(_files_in(folder) - {CONFIG, CARD})}
        text = json.dumps(config | {LISTED: listed}, indent=2, ensure_ascii=False)
        with atomic_file(folder / CONFIG) as temporary:
            temporary.write_text(text + "\n", encoding="utf-8", errors="backslashreplace")


def check_files(folder: Path, *names: str) -> None:
    """Read files of a saved folder, all that it lists or some, and compare them with what it says of them.

    Called before native code maps a file, and where a version is verified: it reads every byte.

    Raises
    ------
    BadInput
        A file is missing, or its size or checksum is another; there is no list of them, or a file is not in it.
    """
    config = _our_config(folder)
    listed = None if config is None else config.get(LISTED)
    if not isinstance(listed, dict):
        raise BadInput(f"{folder / CONFIG}: does not list the files of the folder; it is damaged")
    for name in names or listed:
        if name not in listed:
            raise BadInput(f"{folder / name}: is not in the list of {CONFIG}; the folder is damaged")
        if not (folder / name).is_file():
            raise BadInput(f"{folder / name}: is missing; the folder is damaged")
        if _facts(folder / name) != listed[name]:
            raise BadInput(f"{folder / name}: is not what was saved: size or checksum differ; the folder is damaged")


def reads_whole_folder(read: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """Decorate a function that reads the saved folder `path`, its first path: it reads one save, never parts of two.

    Where the folder was exchanged meanwhile (`atomic_folder`) it reads again; so does it where a file that it asked for
    was gone with the old folder.
    """

    @functools.wraps(read)
    def reading(*arguments: Arguments.args, **options: Arguments.kwargs) -> Result:
        values = (*arguments, *options.values())
        path = next((Path(value) for value in values if isinstance(value, str | os.PathLike)), None)
        if path is None:
            return read(*arguments, **options)  # whoever reads it says what is wrong
        for _ in range(_READS):
            before = _identity(path)
            try:
                result = read(*arguments, **options)
            except (NearfieldError, OSError):
                if _identity(path) == before:
                    raise
            else:
                if _identity(path) == before:
                    return result
        raise StorageError(f"{path}: is replaced again and again while it is read; try again later")

    return reading


def _identity(folder: Path) -> tuple[int, ...] | None:
    """What is another of every folder that was ever at a path."""
    try:
        facts = folder.stat()
    except OSError:
        return None
    # a file is opened once; a pipe could not be read again
    return (facts.st_dev, facts.st_ino, facts.st_ctime_ns) if stat.S_ISDIR(facts.st_mode) else None


def _facts(file: Path) -> dict[str, Any]:
    with file.open("rb") as opened:
        digest = hashlib.file_digest(opened, "sha256").hexdigest()
    return {"bytes": file.stat().st_size, "sha256": digest}


def _put_in_place(new: Path, target: Path) -> None:
    """Give `new` the name of `target`; what stood there is at `new` then, or gone."""
    try:
        new.rename(target)  # also over an empty folder
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        if not _exchange(new, target):
            old = target.with_name(f".{target.name}.{uuid.uuid4().hex}{_OLD}")
            target.rename(old)
            new.rename(target)
            shutil.rmtree(old, ignore_errors=True)
    sync(target.parent)


def _exchange(first: Path, second: Path) -> bool:
    """Exchange two names in one step, where the system and the file system can; return whether it was done."""
    libc = ctypes.CDLL(None, use_errno=True)
    if hasattr(libc, "renameat2"):
        failed = libc.renameat2(_AT_FDCWD, os.fsencode(first), _AT_FDCWD, os.fsencode(second), _RENAME_EXCHANGE)
    elif hasattr(libc, "renamex_np"):
        failed = libc.renamex_np(os.fsencode(first), os.fsencode(second), _RENAME_EXCHANGE)
    else:
        return False
    if failed and (code := ctypes.get_errno()) not in (errno.EINVAL, errno.ENOSYS, errno.ENOTSUP):
        raise OSError(code, os.strerror(code), str(second))
    return not failed


def _remove_leftovers(target: Path) -> None:
    """Remove the temporary folders of killed writers; bring back what stood at `target` where nothing does."""
    with contextlib.suppress(OSError):
        for path in target.parent.glob(f".{glob.escape(target.name)}.*"):
            if path.suffix == _OLD and not target.exists():
                path.rename(target)
            elif path.suffix in (_NEW, _OLD) and path.is_dir() and _is_abandoned(path):
                shutil.rmtree(path, ignore_errors=True)


def _is_abandoned(folder: Path) -> bool:
    """Whether no writer holds a temporary folder, and none can have just made it."""
    if time.time() - folder.stat().st_mtime < _YOUNG:
        return False
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def write_keys(path: Path, keys: Iterable[str]) -> None:
    """Write one key a line, UTF-8; a key that would not survive as a plain line is written as a JSON string."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(_key_line(key) + "\n" for key in keys)


def _key_line(key: str) -> str:
    # str.isprintable is false for line ends, control characters and lone surrogates
    plain = key.isprintable() and key[:1] != '"' and key != "" and key == key.strip()
    return key if plain else json.dumps(key)


def read_keys(path: Path) -> list[str]:
    """Read what `write_keys` wrote."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: is not UTF-8 at byte {error.start}; the file is damaged") from error
    if lines.pop() != "":
        raise BadInput(f"{path}: the last line has no line end; the file is cut short")
    return [_parse_key(path, number, line) for number, line in enumerate(lines, 1)]


def _parse_key(path: Path, number: int, line: str) -> str:
    if line[:1] != '"':
        return line
    try:
        key = json.loads(line)
    except json.JSONDecodeError as error:
        raise BadInput(f"{path}:{number}: {line[:40]!r} is no JSON string: {error.msg}") from error
    if not isinstance(key, str):
        raise BadInput(f"{path}:{number}: {line[:40]!r} is no JSON string")
    return key


def write_config(folder: Path, kind: str, format_version: int, content: dict[str, Any]) -> None:
    """Write `config.json`: what the folder holds, in which version of its format, by which release."""
    from nearfield import __version__

    head = {"kind": kind, "format_version": format_version, "nearfield_version": __version__}
    text = json.dumps(plain(head | content), indent=2, ensure_ascii=False)
    # half of a surrogate pair, which UTF-8 cannot hold, becomes its JSON escape
    (folder / "config.json").write_text(text + "\n", encoding="utf-8", errors="backslashreplace")


def plain(content: dict[str, Any]) -> dict[str, Any]:
    """Return a deep copy of `content` in what JSON holds; NumPy's numbers and arrays become numbers and lists."""
    try:
        copy: dict[str, Any] = json.loads(json.dumps(content, default=_plain_value))
    except (TypeError, ValueError) as error:
        raise BadInput(f"metadata cannot be written as JSON: {error}; expected text, numbers, lists, dicts") from error
    return copy


def _plain_value(value: object) -> Any:
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"it holds a {type(value).__name__}")


def saved_kind(folder: Path) -> str:
    """Return what a folder's `config.json` says it holds; "" where it says nothing, and whoever reads it says why."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return ""
    return str(config.get("kind", "")) if isinstance(config, dict) else ""


def read_config(folder: Path, kind: str, format_version: int) -> dict[str, Any]:
    """Read `config.json` and check that it describes a `kind` in a format of at most `format_version`."""
    path = folder / "config.json"
    if not path.is_file():
        raise BadInput(f"{folder}: holds no config.json; expected a folder that nearfield saved")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BadInput(f"{path}: is no JSON: {error}") from error
    if not isinstance(config, dict) or config.get("kind") != kind:
        found = config.get("kind") if isinstance(config, dict) else config
        raise BadInput(f"{path}: kind is {found!r}; expected {kind!r}")
    version = config.get("format_version")
    if not isinstance(version, int) or not 1 <= version <= format_version:
        raise IncompatibleVersion(
            f"{path}: format version {version!r}; this release reads 1 to {format_version}; upgrade nearfield"
        )
    return config


class GrowingArray:
    """A flat array that is appended to on disk and read back memory-mapped; it leaves no file behind.

    It lives in the system's folder for temporary files (`$TMPDIR`), without a name, so that the space is free again
    as soon as the array is dropped or the process ends, however it ends.
    """

    def __init__(self, dtype: np.dtype[Any] | type[np.generic]) -> None:
        self.dtype = np.dtype(dtype)
        self._file = tempfile.TemporaryFile(prefix="nearfield-")  # noqa: SIM115 - closed by __del__
        self._length = 0

    def __del__(self) -> None:
        if hasattr(self, "_file"):
            self._file.close()  # a mapped array keeps a descriptor of its own

    def __len__(self) -> int:
        return self._length

    def append(self, values: np.ndarray) -> None:
        """Write `values` (any shape, cast to the array's dtype) behind what is there."""
        with storage_errors(f"{tempfile.gettempdir()} (set TMPDIR to use another disk)"):
            self._file.write(np.ascontiguousarray(values, dtype=self.dtype).data)
        self._length += values.size

    def array(self) -> np.ndarray:
        """Return all that was appended as a memory-mapped array that can be written to."""
        with storage_errors(f"{tempfile.gettempdir()} (set TMPDIR to use another disk)"):
            self._file.flush()
        if not self._length:
            return np.empty(0, self.dtype)
        return np.memmap(self._file, dtype=self.dtype, mode="r+", shape=(self._length,))


def release(array: np.ndarray, start: int, stop: int) -> None:
    """Let the system take back the memory behind array[start:stop] if it is mapped from a file; it can be read again.

    Without this a pass over a mapped file looks, in the process's own memory figure, like holding the whole file.
    """
    mapped = getattr(array, "_mmap", None)
    if mapped is None or not hasattr(mmap, "MADV_DONTNEED"):
        return
    begin = np.frombuffer(mapped, np.uint8).ctypes.data
    first, end = (array.ctypes.data + position * array.itemsize for position in (start, stop))
    # reading one page brings those around it, so that pages of before, released already, are there again
    first = max(begin, first // READ_AROUND * READ_AROUND)
    mapped.madvise(mmap.MADV_DONTNEED, first - begin, end - first)
