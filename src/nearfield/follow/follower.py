"""Follower: what a folder gets becomes versions in a store, each byte once."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from nearfield.errors import BadInput, Refused
from nearfield.follow.batch import Batch, Reader
from nearfield.follow.logs import Logs
from nearfield.follow.looking import Seen, Wait, look, whole
from nearfield.follow.new_parts import Part, new_parts
from nearfield.follow.offsets import is_known
from nearfield.follow.origin import Origin, origin_of
from nearfield.follow.step import Step
from nearfield.follow.subject import Reading, Subject, checked
from nearfield.store import Store
from nearfield.store.gate import Check
from nearfield.store.store import CHECKS
from nearfield.update import update
from nearfield.update.strategies import Strategies, parse


class Follower:
    """Updates the current version of a store by what is new in a folder.

    Which bytes of which files a version has learnt from is written with it, in one step. So whoever is stopped at any
    moment, even by `kill -9`, has learnt a file wholly or not at all; and after a rollback, what came later is learnt
    again. The first version is fitted from the files that are there. A version that another program has published is
    updated from where the last one of ours before it was. Files are recognised by content, not by name: see
    `nearfield.follow.new_parts.new_parts`.

    Parameters
    ----------
    folder : path-like
        Files of one kind, plain or packed, in folders within it, too. Lines may be added to plain text; a last line
        without its end waits. Other files are taken when two looks have found them the same. Names that begin with a
        dot or a low line are left out.
    store : Store, or path-like
        Of what the subject learns, or empty.
    subject : Subject, optional
        What is in the folder, how it is read, and how the first version is fitted: `Logs`, as if it was not given,
        `Text` or `Rows`.
    strategy, **settings
        As for `nearfield.update`. What was learnt before is replayed from a sample that lies beside each version;
        "retrain" needs one that holds all.
    checks, keep
        As for `Store.publish`.
    wait : callable
        Waits for a number of seconds, and returns True where the wait was interrupted.

    Raises
    ------
    BadInput
        There is no such folder; an unknown strategy or setting.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        store: Store | str | os.PathLike[str],
        subject: Subject | None = None,
        *,
        strategy: Strategies | None = None,
        checks: Sequence[Check] = CHECKS,
        keep: int | None = None,
        wait: Wait = time.sleep,
        **settings: Any,
    ) -> None:
        self.folder = Path(folder)
        self.store = store if isinstance(store, Store) else Store(store)
        self.subject = Logs() if subject is None else subject
        if not isinstance(self.subject, Subject):
            raise BadInput(f"the subject is a {type(subject).__name__}; expected Logs, Text, Rows or another Subject")
        self.strategy = None if strategy is None else parse(strategy)
        self.settings = checked(update, settings, without=("content", "new", "old"))
        self.checks, self.keep, self.wait = tuple(checks), keep, wait
        self._number: int | None = None  # of the version that what follows holds for
        self._aside: dict[Seen, str] = {}
        self._idle: set[Seen] | None = None  # the files when there was nothing more to do
        look(self.folder, self.subject)

    def step(self) -> Step | None:
        """Look once, and learn all that is new; return what came of it, or None where nothing has changed.

        Raises
        ------
        BadInput
            The version to go on from is damaged, or holds or has learnt something else.
        StorageError
            The disk refuses. What was current still is, and the next step tries again.
        """
        version = self.store.current()
        self._is_of(None if version is None else version.number)
        if self._idle == set(look(self.folder, self.subject).values()):
            return None
        origin = origin_of(self.store, version, self.subject)
        looked = whole(
            self.folder, self.subject, lambda seen: seen in self._aside or is_known(origin.offsets, seen), self.wait
        )
        parts, aside = new_parts(self.folder, looked.files, looked.names, origin.offsets, self.subject)
        content = self._held(origin) if parts else None
        with tempfile.TemporaryDirectory(prefix="nearfield-") as name:
            temporary = Path(name)
            reading = self.subject.reading(content, temporary)
            batch = Reader(self.folder, self.subject).read(parts, reading, temporary)
            batch.aside |= aside
            self._aside = {
                seen: batch.aside.get(seen.name) or self._aside[seen]
                for seen in looked.present
                if seen.name in batch.aside or seen in self._aside
            }
            done = self._learn(origin, content, reading, batch, temporary)
        if not looked.growing and len(parts) == len(batch.parts) + sum(part.seen in self._aside for part in parts):
            self._idle = looked.present
        return done

    def _is_of(self, number: int | None) -> None:
        """Forget what was found out where the current version is another than ours."""
        if number != self._number:
            self._number, self._idle = number, None
            self._aside.clear()

    def _held(self, origin: Origin) -> Any | None:
        """What the version holds that an update starts from; None before the first."""
        if origin.version is None:
            return None
        held, wanted = self.store.open(origin.number), self.subject.CONTENT
        if not isinstance(held, wanted):
            found = f"version {origin.number} is a {type(held).__name__}"
            raise BadInput(f"{self.store.path}: {found}; {self.subject.UNIT} are learnt by {wanted.__name__}")
        return held

    def _learn(
        self, origin: Origin, content: Any | None, reading: Reading, batch: Batch, temporary: Path
    ) -> Step | None:
        """Update, and publish; or say why not."""
        files = tuple(sorted(part.seen.name for part in batch.parts if part.start < part.stop))
        told: dict[str, Any] = {"unit": self.subject.UNIT, "aside": batch.aside, "warnings": tuple(batch.warnings)}
        try:
            data = reading.data()
            if data is None:
                return Step(**told) if batch.aside or batch.warnings else None
            if content is None:
                done, found, how = None, self.subject.fit(data), "fit"
            else:
                done = self.subject.update(content, data, origin.memory, self.strategy, self.settings)
                found, how = done.content, done.strategy
            n = self.subject.size(data)
            origin.memory.add(data)
            published = self.subject.published(found, temporary)
            number = self._publish(origin, batch.parts, published, f"{how}: {n:,} {self.subject.UNIT}")
        except (BadInput, Refused) as error:
            return Step(files=files, refused=str(error), **told)
        return Step(number, files, n, update=done, **told)

    def _publish(self, origin: Origin, parts: list[Part], content: Any, note: str) -> int:
        aside = {seen.name: message for seen, message in sorted(self._aside.items())}
        version = self.store.publish(
            content,
            note=note,
            keep=self.keep,
            checks=[origin.still_current(self.store), *self.checks],
            beside=lambda folder: origin.write_next(folder, parts, aside, self.subject.UNIT),
        )
        self._number = version.number
        return version.number
