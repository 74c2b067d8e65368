"""Where a store keeps what, which versions are there, and how one writer at a time changes it."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from nearfield.errors import BadInput
from nearfield.files import read_config, storage_errors, sync, write_config
from nearfield.store import disk
from nearfield.store.state import State, log_current_event, read_log, read_state, write_state
from nearfield.store.version import Version, folder_name, read_version

KIND = "store"
FORMAT_VERSION = 1
CONFIG, NEW_CONFIG = "config.json", ".config.new"
BESIDE = "beside"


class Layout:
    """The files of a store: config.json, `current`, log.jsonl, lock and versions/000001 ….

    Parameters
    ----------
    path : path-like
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self.current, self.log, self.lock = (self.path / name for name in ("current", "log.jsonl", "lock"))
        self.versions = self.path / "versions"
        if self.path.exists() and not self._is_new():
            read_config(self.path, KIND, FORMAT_VERSION)

    def state(self) -> State:
        """Return what the pointer file says, and what is published by the log where the file is missing or older."""
        state = read_state(self.current)
        largest = max(self._all_numbers(), default=0)
        if largest <= state.newest:
            return state
        events = [event for event in read_log(self.log) if event.get("event") in ("publish", "rollback")]
        published = max((event["version"] for event in events), default=0)
        if self.current.exists():  # versions that neither knows were never published
            return replace(state, newest=max(state.newest, published))
        if not events:  # the first was published, or all but the versions is lost
            return State(largest, largest)
        pinned = tuple(sorted({event["version"] for event in events if event["event"] == "rollback"}))
        return State(events[-1]["version"], max(published, largest), pinned, events[-1])

    def numbers(self, state: State) -> list[int]:
        """Return the numbers of the published versions that are there, rising."""
        return [number for number in self._all_numbers() if number <= state.newest]

    def number(self, version: int | None) -> int:
        """Return `version`, or the number of the current one; `BadInput` if it is not there."""
        state = self.state()
        number = state.version if version is None else version
        if number is None:
            raise BadInput(f"{self.path}: holds no version yet; publish one first")
        if number not in (there := self.numbers(state)):
            if version is None and self.state().version != number:
                return self.number(None)  # a writer has published, and removed what was current until then
            raise BadInput(f"{self.path}: has no version {number}; it has: {', '.join(map(str, there)) or 'none'}")
        return number

    def number_before(self, state: State) -> int:
        """Return the number of the version before the current one."""
        earlier = [number for number in self.numbers(state) if state.version and number < state.version]
        if not earlier:
            raise BadInput(f"{self.path}: has no version before the current one, {state.version}; name another")
        return earlier[-1]

    def folder(self, number: int) -> Path:
        """Return where a version lies."""
        return self.versions / folder_name(number)

    def content(self, number: int) -> Path:
        """Return where what a version holds was saved."""
        return self.folder(number) / "content"

    def beside(self, number: int) -> Path:
        """Return where it is that belongs to a version and is no part of what it holds."""
        return self.folder(number) / BESIDE

    def read(self, number: int) -> Version:
        """Return what is known of a version."""
        return read_version(self.folder(number))

    @contextlib.contextmanager
    def writing(self, wait: float) -> Iterator[State]:
        """Hold the store alone, in the state that a writer should leave it in who was not stopped."""
        made = [folder for folder in (self.path, *self.path.parents) if not folder.exists()]
        with storage_errors(self.path), disk.only_writer(self.lock, wait):
            is_new = not (self.path / CONFIG).exists()
            try:
                self._begin()
                state = self.state()
                log_current_event(self.log, state)
                self._clear(state)
                yield state
            except BaseException:
                if is_new and self.state().version is None:
                    self._undo(made)
                raise

    def switch(self, temporary: Path, state: State) -> None:
        """Give the version `state.version` its name, then make it current."""
        folder = self.folder(state.newest)
        temporary.rename(folder)
        try:
            sync(self.versions)
            write_state(self.current, state)
        except BaseException:
            if read_state(self.current).newest < state.newest:
                shutil.rmtree(folder, ignore_errors=True)
            raise

    def after_switch(self, keep: int | None = None) -> None:
        """Log the change and remove old versions; where the disk refuses now, the next change makes it good."""
        with contextlib.suppress(OSError):
            state = self.state()
            log_current_event(self.log, state)
            numbers = self.numbers(state)
            kept = {state.version, *state.pinned, *numbers[-keep:]} if keep else set(numbers)
            # what lies beside a version holds for those after it, too, until it is written again
            with_beside = [number for number in numbers if self.beside(number).exists()]
            needed = {max((n for n in with_beside if n <= number), default=None) for number in kept if number}
            for number in numbers:
                if number not in kept | needed:
                    disk.remove(self.folder(number))

    def _is_new(self) -> bool:
        return self.path.is_dir() and {path.name for path in self.path.iterdir()} <= {self.lock.name, NEW_CONFIG}

    def _begin(self) -> None:
        """Make what a store consists of, the file that says so first."""
        if not (self.path / CONFIG).exists():
            temporary = self.path / NEW_CONFIG
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir()
            write_config(temporary, KIND, FORMAT_VERSION, {})
            sync(temporary / CONFIG)
            (temporary / CONFIG).rename(self.path / CONFIG)
        shutil.rmtree(self.path / NEW_CONFIG, ignore_errors=True)
        self.versions.mkdir(exist_ok=True)
        sync(self.path)

    def _undo(self, made: list[Path]) -> None:
        """Remove a store that never had a version, and the folders that were made for it, the innermost first."""
        for path in (self.versions, self.path / NEW_CONFIG):
            shutil.rmtree(path, ignore_errors=True)
        for path in (self.path / CONFIG, self.log, self.current, self.lock):
            path.unlink(missing_ok=True)
        for folder in made:
            with contextlib.suppress(OSError):  # somebody else has put something there
                folder.rmdir()

    def _clear(self, state: State) -> None:
        """Remove what stopped writers have left."""
        for path in self.path.glob(f".{self.current.name}.*.new"):
            path.unlink()
        for path in self.versions.glob(f"{disk.HIDDEN}*"):
            shutil.rmtree(path)
        for number in self._all_numbers():
            if number > state.newest:  # it never became current
                disk.remove(self.folder(number))

    def _all_numbers(self) -> list[int]:
        with storage_errors(self.path):
            names = [path.name for path in self.versions.iterdir()] if self.versions.exists() else []
        return sorted(int(name) for name in names if name.isdecimal())
