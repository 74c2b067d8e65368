"""Vocabulary: keys ↔ ids with counts, most frequent first."""

from __future__ import annotations

import copy
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

import numpy as np

from nearfield.errors import BadInput, UnknownKey
from nearfield.parameters import Count, checks_arguments

NormalForm = Literal["NFC", "NFD", "NFKC", "NFKD"]
Keys = str | Iterable[str]  # one key or several


class Vocabulary:
    """An immutable two-way map between keys (strings) and ids (0 … n-1), with how often each key was seen.

    Where keys are counted, ids follow the counts: id 0 is the most frequent key, so that "at least `min_count`" is a
    prefix. An update counts on and leaves every key its id (see `nearfield.update`): `ordered` says which it is.

    A key that is not there as it is typed is looked for in Unicode's normal forms C and D, which are the same text.

    Parameters
    ----------
    keys : sequence of str
        Unique keys.
    counts : array-like of int, shape (n,), optional
        Non-negative. Without them every count is 0.

    Raises
    ------
    BadInput
        A key is no string or stands twice; counts of another length, or negative.
    """

    def __init__(self, keys: Sequence[str], counts: Sequence[int] | np.ndarray | None = None) -> None:
        self.keys: tuple[str, ...] = tuple(keys)
        self.counts: np.ndarray = _checked_counts(counts, len(self.keys))
        self._ids = _checked_ids(self.keys)
        self._dropped: Mapping[str, str] = {}
        self._forms: tuple[NormalForm, ...] = ("NFC", "NFD")

    @classmethod
    @checks_arguments
    def from_counts(
        cls,
        counts: Mapping[str, int],
        *,
        min_count: Count = 1,
        max_vocab_size: Count | None = None,
        keep: Iterable[str] = (),
        stop: Iterable[str] = (),
    ) -> Vocabulary:
        """Sort, then select: keys seen at least `min_count` times, the `max_vocab_size` most frequent of them.

        Keys in `keep` stay however rare they are (if they were seen at all), keys in `stop` go however frequent.
        Equal counts keep the order of `counts`.
        """
        if max_vocab_size is not None and max_vocab_size < 1:
            raise BadInput(f"max_vocab_size is {max_vocab_size}; expected at least 1")
        kept, stopped = set(keep), set(stop)
        if both := kept & stopped:
            raise BadInput(f"{sorted(both)[0]!r} is in both keep and stop; remove it from one")
        chosen = [k for k, n in counts.items() if (n >= min_count or k in kept) and k not in stopped]
        if kept:  # the kept come first when the vocabulary is cut
            chosen.sort(key=lambda k: (k in kept, counts[k]), reverse=True)
            chosen = chosen[:max_vocab_size]
        chosen.sort(key=counts.__getitem__, reverse=True)
        chosen = chosen[:max_vocab_size]
        return cls(chosen, [counts[k] for k in chosen])

    def __len__(self) -> int:
        return len(self.keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self.keys)

    def __contains__(self, key: object) -> bool:
        return key in self._ids or self._in_normal_form(key) is not None

    def __getitem__(self, key: str) -> int:
        """Return the id of `key`; raise `UnknownKey` where there is none."""
        try:
            return self._ids[key]
        except (KeyError, TypeError):
            if (i := self._in_normal_form(key)) is not None:
                return i
            raise UnknownKey(key, self.keys, self._dropped.get(str(key))) from None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Vocabulary):
            return NotImplemented
        return self.keys == other.keys and np.array_equal(self.counts, other.counts)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        head = ", ".join(repr(key) for key in self.keys[:3])
        return f"Vocabulary({len(self):,} keys: {head}{', …' if len(self) > 3 else ''})"

    @property
    def ordered(self) -> bool:
        """Whether no key is more frequent than one before it."""
        return bool(np.all(self.counts[1:] <= self.counts[:-1]))

    def remembering(self, dropped: Mapping[str, str]) -> Vocabulary:
        """Return the same keys and ids; `UnknownKey` says of a dropped key who had it last, such as "version 3"."""
        found = copy.copy(self)
        found._dropped = dropped
        return found

    def normalizing(self, form: NormalForm) -> Vocabulary:
        """Return the same keys and ids, which are looked for in one more normal form: that of the text."""
        found = copy.copy(self)
        found._forms = (*self._forms, form)
        return found

    def _in_normal_form(self, key: object) -> int | None:
        if not isinstance(key, str) or key.isascii():
            return None
        ids = (self._ids.get(unicodedata.normalize(form, key)) for form in self._forms)
        return next((i for i in ids if i is not None), None)

    def get(self, key: str, default: int | None = None) -> int | None:
        """Return the id of `key`, or `default`."""
        i = self._ids.get(key)
        if i is None:
            i = self._in_normal_form(key)
        return default if i is None else i

    def ids(self, keys: Iterable[str]) -> np.ndarray:
        """Return the ids of `keys` as int32, shape (n,); raise `UnknownKey` at the first unknown one."""
        return np.fromiter((self[key] for key in keys), dtype=np.int32)

    def known(self, keys: Iterable[str]) -> np.ndarray:
        """Return the ids of those of `keys` that are known, as int32, in their order."""
        ids = self._ids
        found = (ids[key] if key in ids else self._in_normal_form(key) for key in keys)
        return np.fromiter((i for i in found if i is not None), dtype=np.int32)


def as_list(keys: Keys) -> list[str]:
    """Return one key or several as a list."""
    if not isinstance(keys, Iterable):
        raise BadInput(f"{keys!r} is a {type(keys).__name__}; expected a key (a string) or a list of keys")
    return [keys] if isinstance(keys, str) else list(keys)


def _checked_counts(counts: Sequence[int] | np.ndarray | None, n: int) -> np.ndarray:
    if counts is None:
        array = np.zeros(n, np.int64)
    else:
        given = np.asarray(counts)
        if given.dtype.kind not in "iuf":
            raise BadInput(f"counts are {given.dtype}; expected whole numbers")
        with np.errstate(invalid="ignore"):  # what is no number is found below
            array = given.astype(np.int64)
        if array.shape != (n,):
            raise BadInput(f"{array.size} counts for {n} keys; expected one each")
        if not np.array_equal(array, given):
            raise BadInput("counts hold a value that is no whole number")
        if n and array.min() < 0:
            raise BadInput(f"a count is {array.min()}; expected none below 0")
    array.flags.writeable = False
    return array


def _checked_ids(keys: tuple[str, ...]) -> dict[str, int]:
    ids = {key: i for i, key in enumerate(keys)}
    for key in ids:
        if not isinstance(key, str):
            raise BadInput(f"key {key!r} is a {type(key).__name__}; expected a string")
    if len(ids) != len(keys):
        twice = next(key for i, key in enumerate(keys) if ids[key] != i)
        raise BadInput(f"key {twice!r} stands twice; expected unique keys")
    return ids
