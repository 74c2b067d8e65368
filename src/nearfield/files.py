"""Files that are whole or not there: atomic folders and files, key lists, arrays that grow on disk."""

from __future__ import annotations

import json
import mmap
import os
import shutil
import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from nearfield.errors import BadInput, IncompatibleVersion, NearfieldError, StorageError

READ_AROUND = 1 << 16  # bytes that Linux maps where one is read


@contextmanager
def storage_errors(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turn the operating system's refusals under `path` into a `StorageError` of one line."""
    try:
        yield
    except NearfieldError:
        raise
    except OSError as error:
        raise StorageError(f"{path}: {error.strerror or error}") from error


@contextmanager
def atomic_folder(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary folder that takes the place of `path` when the block ends without an error.

    A reader of `path` sees the old folder or the new one, never a part. What stood at `path` is removed only if it is
    a folder of ours (its `config.json` names a release of nearfield) or empty; anything else raises `BadInput` before a
    byte is written.
    """
    target = Path(path)
    check_folder_target(target)
    temporary = target.with_name(f".{target.name}.{uuid.uuid4().hex}.new")
    with storage_errors(target):
        temporary.mkdir(parents=True)
        try:
            yield temporary
            for file in temporary.iterdir():
                sync(file)
            _replace_folder(temporary, target)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)


@contextmanager
def atomic_file(path: str | os.PathLike[str]) -> Iterator[Path]:
    """Yield a temporary path beside `path` that is renamed to it when the block ends without an error."""
    target = Path(path)
    if target.is_dir():
        raise BadInput(f"{target}: is a folder; expected a file name to write to")
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


def check_folder_target(path: str | os.PathLike[str]) -> None:
    """Raise now what `atomic_folder` would raise at the end of a long run: `BadInput` or `StorageError`."""
    target = Path(path)
    above = next(folder for folder in (target, *target.absolute().parents) if folder.exists())
    if not above.is_dir():
        raise BadInput(f"{above}: is a file; expected a folder name to write to")
    if not os.access(target.absolute().parent if above == target else above, os.W_OK):
        raise StorageError(f"{target}: no permission to write there; name another folder")
    if above == target and any(target.iterdir()) and not _is_ours(target):
        raise BadInput(f"{target}: is a folder that nearfield did not write; name another, or remove it first")


def _is_ours(folder: Path) -> bool:
    """Other programs name a file config.json, too; only ours says nearfield_version."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(config, dict) and "nearfield_version" in config


def _replace_folder(new: Path, target: Path) -> None:
    if not target.exists():
        new.rename(target)
        return
    old = target.with_name(f".{target.name}.{uuid.uuid4().hex}.old")
    target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


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
