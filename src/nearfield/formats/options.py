"""What may be said of how vectors are read, and what becomes of those that cannot be."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from nearfield.errors import BadInput, warn
from nearfield.io import checked_encoding
from nearfield.vocabulary import Keys, as_list

Errors = Literal["strict", "replace", "ignore"]
OnBad = Literal["refuse", "skip"]
WIDE_ENCODINGS = ("utf-16", "utf-32")  # whose spaces and line ends are no single bytes


class BadVectors:
    """What to do with a vector that cannot be read, and how many there have been.

    Parameters
    ----------
    policy : {"refuse", "skip"}
    """

    def __init__(self, policy: OnBad = "refuse") -> None:
        self.policy = _one_of("on_bad", policy, get_args(OnBad))
        self.skipped = 0
        self._first = ""

    def add(self, message: str) -> None:
        """Raise `BadInput` with what is wrong and the fix, or count it."""
        if self.policy == "refuse":
            raise BadInput(f'{message}; on_bad="skip" (--on-bad skip) reads the rest')
        self._first = self._first or message
        self.skipped += 1

    def warn(self) -> None:
        """Warn of how many faults were passed over, and what the first was."""
        if self.skipped:
            faults = "1 fault" if self.skipped == 1 else f"{self.skipped:,} faults, the first"
            warn(f"passed over {faults}: {self._first}")


@dataclass(frozen=True)
class ReadOptions:
    """How a file of vectors is read; see `nearfield.formats.load` for the meaning of each.

    Raises
    ------
    BadInput
        A value that is none of those expected.
    """

    mmap: bool = True
    errors: Errors = "strict"
    on_bad: OnBad = "refuse"
    limit: int | None = None
    keys: Keys | None = None
    encoding: str | None = None
    bad: BadVectors = field(init=False)
    wanted: frozenset[str] | None = field(init=False)

    def __post_init__(self) -> None:
        _one_of("errors", self.errors, get_args(Errors))
        if self.limit is not None and (
            not isinstance(self.limit, int) or isinstance(self.limit, bool) or self.limit < 1
        ):
            raise BadInput(f"limit is {self.limit!r}; expected a whole number of at least 1")
        object.__setattr__(self, "encoding", checked_encoding(self.encoding))
        object.__setattr__(self, "bad", BadVectors(self.on_bad))
        object.__setattr__(self, "wanted", None if self.keys is None else frozenset(as_list(self.keys)))
        if self.wanted is not None and not self.wanted:
            raise BadInput("keys is an empty list; expected at least one key")

    @property
    def whole(self) -> bool:
        """Whether all vectors of a file are wanted."""
        return self.limit is None and self.wanted is None

    @property
    def wide(self) -> str | None:
        """The encoding of a file that has to be turned into UTF-8 before its lines can be found."""
        return self.encoding if self.encoding and self.encoding.startswith(WIDE_ENCODINGS) else None

    @property
    def key_encoding(self) -> str:
        """The encoding of keys in lines of bytes."""
        return "UTF-8" if self.encoding is None or self.wide else self.encoding

    def most(self, n: int) -> int:
        """Return how many of `n` vectors are kept at most."""
        return min(n, n if self.limit is None else self.limit, n if self.wanted is None else len(self.wanted))

    def decoded(self, key: bytes) -> str:
        """Return a key as text; `UnicodeDecodeError` where it is not, under errors="strict"."""
        return key.decode(self.key_encoding, self.errors)

    def rows_of(self, keys: Iterable[str]) -> list[int]:
        """Return the places of the keys that are wanted, of a file's keys in order."""
        rows = []
        for row, key in enumerate(keys):
            if row == self.limit:
                break
            if self.wanted is None or key in self.wanted:
                rows.append(row)
        return rows


def _one_of(name: str, value: Any, choices: tuple[Any, ...]) -> Any:
    if value not in choices:
        raise BadInput(f"{name} is {value!r}; expected one of {', '.join(choices)}")
    return value
