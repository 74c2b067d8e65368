"""What can go wrong, by name. Every error says what was found, what was wanted, and how to mend it."""

from __future__ import annotations

import difflib
import importlib
import sys
import warnings
from collections.abc import Iterable, Sequence
from types import ModuleType


class NearfieldError(Exception):
    """The base of all errors that Nearfield raises on purpose; its message is one line for the user."""


class BadInput(NearfieldError, ValueError):
    """A file, a value or an argument that cannot be used as it is."""


class UnknownKey(NearfieldError, KeyError):
    """A key that the vocabulary does not hold; the message names the nearest keys that it does.

    Where the key was dropped, `had` is who had it last, such as "version 3".
    """

    def __init__(self, key: object, known: Iterable[str] = (), had: str | None = None) -> None:
        self.key, self.had = key, had
        self.nearest = _nearest_keys(key, known)
        last = f", which {had} had" if had else ""
        hint = f"; nearest known keys: {', '.join(map(repr, self.nearest))}" if self.nearest else ""
        super().__init__(f"unknown key {key!r}{last}{hint}")

    def __str__(self) -> str:  # KeyError would show the repr of the message
        return str(self.args[0])


class IncompatibleVersion(NearfieldError, ValueError):
    """A saved folder in a format that this release does not read."""


class NotFitted(NearfieldError, ValueError, AttributeError):
    """A learnt attribute was asked of an estimator before `fit`."""


class MissingExtra(NearfieldError, ImportError):
    """An optional dependency is absent; the message names the pip extra that brings it."""


class DatasetNotFound(NearfieldError, FileNotFoundError):
    """A data set that is neither on this machine nor to be had from a public address; the message says what to set."""


class StorageError(NearfieldError, OSError):
    """The disk refused: no space, no permission, a path that is in use."""


class Refused(NearfieldError):
    """A version that was not published because a check failed.

    Attributes
    ----------
    report : list of nearfield.store.Finding
        What each check found.
    """

    def __init__(self, message: str, report: Sequence[object] = ()) -> None:
        self.report = list(report)
        super().__init__(message)


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Show a warning at the line of the user's program that led here."""
    level, frame = 1, sys._getframe(0)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").partition(".")[0] == "nearfield":
        level, frame = level + 1, frame.f_back
    warnings.warn(message, category, stacklevel=level)


def import_extra(module: str, extra: str) -> ModuleType:
    """Import an optional module, or raise `MissingExtra` with the command that installs it."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise MissingExtra(f'{module} is not installed; install it with: pip install "nearfield[{extra}]"') from error


def _nearest_keys(key: object, known: Iterable[str], most: int = 3) -> list[str]:
    if not isinstance(key, str) or not key:
        return []
    folded = key.casefold()
    similar_length = [k for k in known if abs(len(k) - len(key)) <= 2]
    same_start = [k for k in similar_length if k[:1].casefold() == folded[0]]
    # difflib is slow: 5,000 candidates, the most frequent ones, keep an error message under a second
    return difflib.get_close_matches(key, (same_start or similar_length)[:5_000], n=most, cutoff=0.6)
