"""Follower: what a folder of logs gets becomes versions in a store, each byte once."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from nearfield.embed import ItemEmbedding
from nearfield.errors import BadInput, Refused
from nearfield.follow.batch import Batch, Reader
from nearfield.follow.looking import Seen, Wait, look, whole
from nearfield.follow.new_parts import Part, new_parts
from nearfield.follow.offsets import is_known
from nearfield.follow.origin import Origin, origin_of
from nearfield.follow.step import Step
from nearfield.logs import Log
from nearfield.sequences import Sequences
from nearfield.store import Store
from nearfield.store.gate import Check
from nearfield.store.store import CHECKS
from nearfield.update import Reservoir, Update, update
from nearfield.update.strategies import Strategies, name_of, parse
from nearfield.vectors import Vectors


class Follower:
    """Updates the current version of a store by what is new in a folder of logs.

    Which bytes of which files a version has learnt from is written with it, in one step. So whoever is stopped at any
    moment, even by `kill -9`, has learnt a file wholly or not at all; and after a rollback, what came later is learnt
    again. The first version is fitted from the files that are there. A version that another program has published is
    updated from where the last one of ours before it was. Files are recognised by content, not by name: see
    `nearfield.follow.new_parts.new_parts`.

    Parameters
    ----------
    folder : path-like
        CSV, TSV, JSON lines or Parquet, plain or packed (.gz, .zst), in folders within it, too. Lines may be added to
        plain text; a last line without its end waits. Other files are taken when two looks have found them the same.
    store : Store, or path-like
        Of vectors, or empty.
    log : mapping, optional
        How files are read: options of `read_log`.
    sessions : callable, optional
        From a `Log` to `Sequences`; by default cleaned, one sequence a user. It sees the new events of one step at a
        time: a session that goes on in the next step is two.
    first : ItemEmbedding, optional
        How the first version is fitted.
    strategy, **settings
        As for `nearfield.update`. What was learnt before is replayed from a `Reservoir` that lies beside each version;
        "retrain" needs one that holds all.
    memory : int
        Tokens of that reservoir.
    checks, keep
        As for `Store.publish`.
    wait : callable
        Waits for a number of seconds, and returns True where the wait was interrupted.

    Raises
    ------
    BadInput
        There is no such folder; an unknown strategy.
    """

    def __init__(
        self,
        folder: str | os.PathLike[str],
        store: Store | str | os.PathLike[str],
        *,
        log: Mapping[str, Any] | None = None,
        sessions: Callable[[Log], Sequences] | None = None,
        first: ItemEmbedding | None = None,
        strategy: Strategies = "replay+settle",
        memory: int = 1_000_000,
        checks: Sequence[Check] = CHECKS,
        keep: int | None = None,
        wait: Wait = time.sleep,
        **settings: Any,
    ) -> None:
        self.folder = Path(folder)
        self.store = store if isinstance(store, Store) else Store(store)
        self.sessions = sessions or _users
        self.first = first or ItemEmbedding(verbose=False)
        self.strategy, self.settings = parse(strategy), settings
        self.memory, self.checks, self.keep, self.wait = Reservoir(memory).budget, tuple(checks), keep, wait
        self._reader = Reader(self.folder, log or {})
        self._number: int | None = None  # of the version that what follows holds for
        self._aside: dict[Seen, str] = {}
        self._idle: set[Seen] | None = None  # the files when there was nothing more to do
        look(self.folder)

    def step(self) -> Step | None:
        """Look once, and learn all that is new; return what came of it, or None where nothing has changed.

        Raises
        ------
        BadInput
            The version to go on from is damaged, or holds no vectors.
        StorageError
            The disk refuses. What was current still is, and the next step tries again.
        """
        version = self.store.current()
        self._is_of(None if version is None else version.number)
        if self._idle == set(look(self.folder).values()):
            return None
        origin = origin_of(self.store, version, self.memory)
        looked = whole(self.folder, lambda seen: seen in self._aside or is_known(origin.offsets, seen), self.wait)
        parts, aside = new_parts(self.folder, looked.files, looked.names, origin.offsets, heading=self._reader.heading)
        with tempfile.TemporaryDirectory(prefix="nearfield-") as temporary:
            batch = self._reader.read(parts, Path(temporary))
            batch.aside |= aside
            self._aside = {
                seen: batch.aside.get(seen.name) or self._aside[seen]
                for seen in looked.present
                if seen.name in batch.aside or seen in self._aside
            }
            done = self._learn(origin, batch)
        if not looked.growing and len(parts) == len(batch.parts) + sum(part.seen in self._aside for part in parts):
            self._idle = looked.present
        return done

    def _is_of(self, number: int | None) -> None:
        """Forget what was found out where the current version is another than ours."""
        if number != self._number:
            self._number, self._idle = number, None
            self._aside.clear()

    def _learn(self, origin: Origin, batch: Batch) -> Step | None:
        """Update, and publish; or say why not."""
        files = tuple(sorted(part.seen.name for part in batch.parts if part.start < part.stop))
        if batch.log is None:
            return Step(aside=batch.aside) if batch.aside else None
        vectors = self._held(origin)
        try:
            sequences = self.sessions(batch.log)
            if vectors is None:
                updated, content = None, self._fitted(sequences)
            else:
                updated = update(vectors, sequences, strategy=self.strategy, old=origin.memory, **self.settings)
                content = updated.content
            number = self._publish(origin, batch.parts, sequences, content, updated)
        except (BadInput, Refused) as error:
            return Step(files=files, aside=batch.aside, refused=str(error))
        return Step(number, files, sequences.n_tokens, updated, batch.aside)

    def _held(self, origin: Origin) -> Vectors | None:
        if origin.version is None:
            return None
        held = self.store.open(origin.number)
        if not isinstance(held, Vectors):
            raise BadInput(f"{self.store.path}: version {origin.number} is a {type(held).__name__}; expected vectors")
        return held

    def _fitted(self, sequences: Sequences) -> Vectors:
        return type(self.first)(**self.first.get_params()).fit(sequences).vectors_

    def _publish(
        self, origin: Origin, parts: list[Part], sequences: Sequences, content: Vectors, updated: Update | None
    ) -> int:
        origin.memory.add(sequences)
        aside = {seen.name: message for seen, message in sorted(self._aside.items())}
        how = name_of(self.strategy) if updated else "fit"
        version = self.store.publish(
            content,
            note=f"{how}: {sequences.n_tokens:,} events",
            keep=self.keep,
            checks=[origin.still_current(self.store), *self.checks],
            beside=lambda folder: origin.write_next(folder, parts, aside),
        )
        self._number = version.number
        return version.number


def _users(log: Log) -> Sequences:
    return log.clean().sessions(None)
