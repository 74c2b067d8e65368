"""Store: versions of an embedding or a model on disk, of which one is current."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from nearfield.errors import BadInput, Refused, StorageError
from nearfield.files import sync_tree
from nearfield.store import disk
from nearfield.store.checks import Finite
from nearfield.store.content import open_content, parts_within, write_content
from nearfield.store.dropped import read_dropped, remembering, write_dropped
from nearfield.store.gate import Check, Finding, refuse, run_checks
from nearfield.store.layout import BESIDE, Layout
from nearfield.store.spaces import opened_vectors, space_map, write_maps_back
from nearfield.store.state import State, append_to_log, read_log, write_state
from nearfield.store.version import FILE as VERSION_FILE
from nearfield.store.version import Version, folder_name, write_version
from nearfield.update.alignment import Kind
from nearfield.vectors import Vectors

CHECKS: tuple[Check, ...] = (Finite(),)


class Store:
    """A folder of published versions; readers see whole versions only, whatever happens to those who write.

    A version is written to a temporary folder in the store, put on the disk, renamed to `versions/000007`, and becomes
    current when one file, `current`, is replaced. Whoever is stopped before that, by `kill -9` or a full disk, has
    changed nothing; what is left over is removed by the next change. Writers take turns.

    Parameters
    ----------
    path : path-like
        The folder; made by the first `publish`.
    wait : float
        Seconds to wait for another writer before `StorageError` is raised.

    Raises
    ------
    BadInput
        At `path` is something else.
    """

    def __init__(self, path: str | os.PathLike[str], *, wait: float = 60.0) -> None:
        self.wait = wait
        self._layout = Layout(path)

    @property
    def path(self) -> Path:
        """The folder."""
        return self._layout.path

    def publish(
        self,
        content: Any,
        *,
        note: str = "",
        keep: int | None = None,
        checks: Sequence[Check] = CHECKS,
        force: bool = False,
        beside: Callable[[Path], object] | None = None,
    ) -> Version:
        """Write `content` as a new version and make it the current one.

        Parameters
        ----------
        content : whatever `nearfield.load` opens, a fitted estimator with vectors, or the path of a saved folder
            A store holds one kind.
        note : str
        keep : int, optional
            How many of the last versions stay; older ones are removed, but never the current one nor one that was
            rolled back to. All stay if it is not given.
        checks : sequence of callables
            Each gets what is to be published, as read back from the disk, and what is current or None; see
            `nearfield.store.checks`. The default: no number is NaN or infinite.
        force : bool
            Publish whatever the checks say. The log says so.
        beside : callable, optional
            Is given a folder that comes and goes with the version, to write what belongs to it, such as what it was
            learnt from; see the method of this name.

        Raises
        ------
        Refused
            A check failed; its `report` has all findings, and so has the log.
        BadInput
            What cannot be published here.
        StorageError
            The disk refuses, or another writer takes longer than `wait`. What was current still is.
        """
        if keep is not None and keep < 1:
            raise BadInput(f"keep is {keep}; expected at least 1, or None for all")
        with self._layout.writing(self.wait) as state:
            temporary = self._layout.versions / f"{disk.HIDDEN}{folder_name(state.newest + 1)}"
            try:
                temporary.mkdir()
                version = self._write(content, temporary, state, note, checks, force, beside)
                facts = {"note": note, "forced": version.forced, "report": version.report}
                event = _event("publish", version.number, previous=state.version, **facts)
                changed = replace(state, version=version.number, newest=version.number, event=event)
                self._layout.switch(temporary, changed)
            except BaseException:
                shutil.rmtree(temporary, ignore_errors=True)
                raise
            self._layout.after_switch(keep)
            return version

    def versions(self) -> list[Version]:
        """Return the versions that are there, the oldest first."""
        found = []
        for number in self._layout.numbers(self._layout.state()):
            try:
                found.append(self._layout.read(number))
            except BadInput:
                if self._layout.folder(number).exists():  # else a writer has just removed it
                    raise
        return found

    def current(self) -> Version | None:
        """Return the current version, or None before the first."""
        number = self._layout.state().version
        return None if number is None else self._layout.read(number)

    def open(self, version: int | None = None) -> Any:
        """Load what a version holds, the current one if no number is given; vectors are memory-mapped.

        Where a key was dropped, `UnknownKey` says which version had it last.

        Raises
        ------
        BadInput
            There is no such version, or it is damaged.
        """
        number = self._layout.number(version)
        try:
            return remembering(open_content(self._layout.content(number)), self._layout.folder(number))
        except (BadInput, StorageError):
            if version is not None or self._layout.state().version == number:
                raise
            return self.open()  # a writer has published, and removed what was current until then

    def open_in(self, space: int, version: int | None = None, *, kind: Kind = "orthogonal") -> Vectors:
        """Load the vectors of a version, the current one if no number is given, in the space of another.

        A consumer that was trained on the vectors of `space` reads newer ones so, without being trained anew. `space`
        itself may have been removed, as long as versions are left that lead back to it one by one. For the kinds of
        map see `nearfield.update.align`. Output rows are left out.
        """
        number = self._layout.number(version)
        vectors = opened_vectors(self._layout, number)
        return vectors if number == space else space_map(self._layout, number, space, kind).vectors(vectors)

    def rollback(self, version: int | None = None) -> Version:
        """Make an earlier version current again: a number, or without one the version before the current one."""
        with self._layout.writing(self.wait) as state:
            number = self._layout.number_before(state) if version is None else self._layout.number(version)
            chosen = self.verify(number)
            event = _event("rollback", number, previous=state.version)
            pinned = tuple(sorted({*state.pinned, number}))
            write_state(self._layout.current, replace(state, version=number, pinned=pinned, event=event))
            self._layout.after_switch()
            return chosen

    def verify(self, version: int | None = None) -> Version:
        """Read all files of a version again; `BadInput` names one that is not what was published.

        They are what it holds with all that lies within, the maps to the version before, the keys that were dropped,
        and what was written beside.
        """
        number = self._layout.number(version)
        version_facts = self._layout.read(number)
        disk.check_sums(self._layout.folder(number), version_facts.checksums, VERSION_FILE)
        return version_facts

    def folder(self, version: int | None = None) -> Path:
        """Return the folder that a version was saved to, which every other verb and `nearfield.load` read."""
        return self._layout.content(self._layout.number(version))

    def beside(self, version: int | None = None) -> Path:
        """Return the folder of what was written beside a version; without such it is not there."""
        return self._layout.beside(self._layout.number(version))

    def log(self) -> list[dict[str, Any]]:
        """Return all events, the oldest first: published (forced or not), refused, rolled back."""
        event, events = self._layout.state().event, read_log(self._layout.log)
        return events if not event or event in events else [*events, event]

    def __repr__(self) -> str:
        return f"Store({str(self.path)!r}, current: {self._layout.state().version})"

    def _write(
        self,
        content: Any,
        folder: Path,
        state: State,
        note: str,
        checks: Sequence[Check],
        force: bool,
        beside: Callable[[Path], object] | None,
    ) -> Version:
        """Write a whole version to `folder`, on the disk when this returns, unless it is refused."""
        kind = write_content(content, folder / "content", *self._name_and_title(state.newest + 1, note))
        old, damage = self._compared(state, force)
        new = open_content(folder / "content")
        report = self._check(kind, new, parts_within(folder / "content"), old, state, checks, force, damage)
        write_maps_back(folder, new, old)
        earlier = {} if old is None or state.version is None else read_dropped(self._layout.folder(state.version))
        write_dropped(folder, new, old, state.version, earlier)
        if beside is not None:
            (folder / BESIDE).mkdir()
            beside(folder / BESIDE)
        version = Version(
            number=state.newest + 1,
            time=_now(),
            kind=kind,
            note=note,
            size=disk.size(folder / "content"),
            checksums=disk.checksums(folder, VERSION_FILE),
            report=[finding.as_dict() for finding in report],
            forced=not all(finding.passed for finding in report),
            previous=state.version,
        )
        write_version(folder, version)
        sync_tree(folder)
        return version

    def _name_and_title(self, number: int, note: str) -> tuple[str, str]:
        path = self._layout.content(number).resolve()
        name = path.relative_to(self.path.resolve().parent).as_posix()
        return name, f"{self.path.resolve().name}, version {number}{f': {note}' if note else ''}"

    def _compared(self, state: State, force: bool) -> tuple[Any, list[Finding]]:
        """Open what is current, to compare with; where it is damaged only force goes on, and compares nothing."""
        if state.version is None:
            return None, []
        try:
            self._layout.read(state.version)
            return self.open(state.version), []
        except (BadInput, StorageError) as error:
            if not force:
                raise BadInput(f"{error}; or publish by force, which compares with nothing") from error
            return None, [Finding("the current version can be read", False, None, f"no error, but: {error}")]

    def _check(
        self,
        kind: str,
        new: Any,
        parts: Mapping[str, Any],
        old: Any,
        state: State,
        checks: Sequence[Check],
        force: bool,
        damage: list[Finding],
    ) -> list[Finding]:
        if old is not None and kind != (held := self._layout.read(state.version or 0).kind):
            raise BadInput(f"{self.path}: holds {held}, this is {kind}; publish it to a store of its own")
        report = damage + run_checks(checks, new, old)
        for name, part in parts.items():
            finite = Finite()(part, None)
            report.append(replace(finite, check=f"{finite.check} in {name}"))
        if not force:
            try:
                refuse(report)
            except Refused:
                findings = [finding.as_dict() for finding in report]
                append_to_log(self._layout.log, _event("refused", state.newest + 1, report=findings))
                raise
        return report


def _event(name: str, number: int, **facts: Any) -> dict[str, Any]:
    return {"time": _now(), "event": name, "version": number, **facts}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")
