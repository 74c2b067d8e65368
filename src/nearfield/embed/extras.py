"""What sessions bring beside their items, checked and turned into arrays of ids for the kernels."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from nearfield.embed.kernels.layout import Extras
from nearfield.errors import BadInput
from nearfield.vocabulary import Vocabulary

NONE = -1


class SessionExtras:
    """Users, goals, groups and rejections of n sequences; keeps the arrays alive whose addresses the kernels have.

    Parameters
    ----------
    vocabulary : Vocabulary
        Of the sequences.
    n_keys : int
        How many of its keys, the first ones, are trained; what names others is left out.
    n_sequences : int
    users : n keys, optional
        Whose sequence each is.
    goals : n keys or None, optional
        What each sequence led to.
    groups : mapping of key to group, optional
        Such as the market of each item.
    rejected : n lists of keys, optional
        What was shown and refused in each sequence.
    group_negative, rejections : int
        How many samples of either kind each centre gets.
    strength : float
        The share of the learning rate that rejections have.
    """

    def __init__(
        self,
        vocabulary: Vocabulary,
        n_keys: int,
        n_sequences: int,
        *,
        users: Sequence[str] | None = None,
        goals: Sequence[str | None] | None = None,
        groups: Mapping[str, str] | None = None,
        rejected: Sequence[Iterable[str]] | None = None,
        group_negative: int = 0,
        rejections: int = 0,
        strength: float = 1.0,
    ) -> None:
        for name, given in (("users", users), ("goals", goals), ("rejected", rejected)):
            if given is not None and len(given) != n_sequences:
                raise BadInput(f"{len(given)} {name} for {n_sequences} sequences; expected one each")
        self._ids, self._n_keys = vocabulary, n_keys
        self.users: list[str] = [] if users is None else list(dict.fromkeys(users))
        self.owners = self._owners(users)
        self.goals = None if goals is None else np.array([self._id(goal) for goal in goals], np.int32)
        self.rejected = None if rejected is None else _csr([self._known(one) for one in rejected])
        self.group_of, self.members = self._groups(groups)
        self._numbers = group_negative, rejections, strength

    def addresses(self) -> Extras:
        """What the kernels are given."""
        group_negative, rejections, strength = self._numbers
        refused, members = self.rejected or (None, None), self.members or (None, None)
        return Extras(
            owners=_address(self.owners),
            goals=_address(self.goals),
            rejected_offsets=_address(refused[0]),
            rejected=_address(refused[1]),
            rejections=0 if self.rejected is None else rejections,
            group_of=_address(self.group_of),
            group_offsets=_address(members[0]),
            group_members=_address(members[1]),
            group_negative=0 if self.members is None else group_negative,
            strength=float(strength),
        )

    def fingerprint(self) -> dict[str, Any]:
        """A checksum that tells one run's extras from another's."""
        arrays = [self.owners, self.goals, self.group_of, *(self.rejected or ())]
        checksum = zlib.crc32("\n".join(self.users).encode("utf-8", "surrogatepass"))
        for array in arrays:
            checksum = zlib.crc32(b"none" if array is None else array.tobytes(), checksum)
        return {"extras": checksum}

    def _owners(self, users: Sequence[str] | None) -> np.ndarray | None:
        if users is None:
            return None
        row = {user: self._n_keys + i for i, user in enumerate(self.users)}
        return np.array([row[user] for user in users], np.int32)

    def _groups(
        self, groups: Mapping[str, str] | None
    ) -> tuple[np.ndarray | None, tuple[np.ndarray, np.ndarray] | None]:
        if groups is None:
            return None, None
        names = [groups.get(key) for key in self._ids.keys[: self._n_keys]]
        number = {name: i for i, name in enumerate(dict.fromkeys(name for name in names if name is not None))}
        group_of = np.array([NONE if name is None else number[name] for name in names], np.int32)
        members: list[list[int]] = [[] for _ in number]
        for key, group in enumerate(group_of.tolist()):
            if group != NONE:
                members[group].append(key)
        return group_of, _csr(members)

    def _id(self, key: str | None) -> int:
        found = None if key is None else self._ids.get(key)
        return NONE if found is None or found >= self._n_keys else found

    def _known(self, keys: Iterable[str]) -> list[int]:
        if isinstance(keys, str):
            raise BadInput(f"rejected has the string {keys[:40]!r}; expected a list of keys for each sequence")
        return [found for found in map(self._id, keys) if found != NONE]


def _csr(lists: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """Lay lists of ids flat: offsets int64, shape (n + 1,), and ids int32."""
    offsets = np.concatenate([[0], np.cumsum([len(one) for one in lists], dtype=np.int64)])
    return offsets, np.array([key for one in lists for key in one], np.int32)


def _address(array: np.ndarray | None) -> int:
    return 0 if array is None else array.ctypes.data
