"""Rows as lines of text: what the formats of libsvm, libfm, libffm and Vowpal Wabbit share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nearfield.examples import Examples, FeatureSpace
from nearfield.io import Block, read_blocks
from nearfield.rank.features.bad_rows import LONGEST_ROW, BadRows, too_long
from nearfield.rank.features.labels import Labels
from nearfield.rank.features.names import Ids, Slots
from nearfield.rank.features.unknown import UnknownFeatures

BLOCK_BYTES = 1 << 21
MOST_FIELDS = 10_000
SHOWN = 40  # bytes of a bad row that a message quotes


@dataclass
class Parsed:
    """The rows of a block: arrays as in `Examples`, where in the text each row begins, and what could not be read."""

    labels: np.ndarray
    indptr: np.ndarray
    features: np.ndarray
    fields: np.ndarray | None
    values: np.ndarray
    weights: np.ndarray | None
    starts: np.ndarray
    bad: list[tuple[int, str]]
    groups: np.ndarray | None = None

    def keep(self, rows: np.ndarray, entries: np.ndarray) -> None:
        """Leave out rows, and entries of any row; both as flags of those that stay."""
        entries &= np.repeat(rows, np.diff(self.indptr))
        before = np.concatenate([[0], np.cumsum(entries)])
        self.indptr = np.concatenate([[0], before[self.indptr[1:]][rows]])
        self.labels, self.starts = self.labels[rows], self.starts[rows]
        self.weights = None if self.weights is None else self.weights[rows]
        self.groups = None if self.groups is None else self.groups[rows]
        self.features, self.values = self.features[entries], self.values[entries]
        self.fields = None if self.fields is None else self.fields[entries]


class LineReader(ABC):
    """From files of lines to blocks of examples.

    Parameters
    ----------
    ids : Ids or Slots
        Which numbers features get.
    fields : tuple of str or None
        The names of the fields; a row with another is bad. None: all that come.
    labels : Labels
    bad : BadRows
    """

    def __init__(self, ids: Ids | Slots, fields: Sequence[str] | None, labels: Labels, bad: BadRows) -> None:
        self._ids, self._labels, self._bad = ids, labels, bad
        self._fields = None if fields is None else tuple(fields)
        self.n_fields = 1
        self.unknown = UnknownFeatures()

    @abstractmethod
    def parse(self, text: np.ndarray) -> Parsed:
        """The rows of a text that ends with a line end."""

    @abstractmethod
    def found_fields(self) -> tuple[str, ...]:
        """The names of the fields that have come, by number."""

    def blocks(self, path: Path) -> Iterator[Examples]:
        """Yield the rows of a file, a block at a time."""
        for block in read_blocks([path], BLOCK_BYTES, whole_lines=True):
            data = block.data if block.data.endswith(b"\n") else block.data + b"\n"
            bad: list[tuple[int, str]] = []
            if len(data) > LONGEST_ROW:
                data, bad = _without_long_lines(data)
            parsed = self.parse(np.frombuffer(data, np.uint8))
            self._check_fields(parsed)
            if parsed.fields is not None:
                self.n_fields = max(self.n_fields, int(parsed.fields.max(initial=0)) + 1)
            for start, message in sorted(bad + parsed.bad):
                self._bad.add(f"{place_of(block, data, start)}: {message}")
            if len(parsed.labels):
                yield self._examples(parsed, block)

    def fix_fields(self) -> None:
        """Take the fields that have come for all that there are."""
        self._fields = self._fields or self.found_fields()

    def space(self) -> FeatureSpace:
        """The space of all that has been read."""
        return self._ids.space(self._fields or self.found_fields())

    def _check_fields(self, parsed: Parsed) -> None:
        """Move rows with a field that is out of range to the bad ones."""
        most = MOST_FIELDS if self._fields is None else len(self._fields)
        if parsed.fields is None or parsed.fields.max(initial=0) < most:
            return
        out = np.flatnonzero(parsed.fields >= most)
        rows, firsts = np.unique(np.searchsorted(parsed.indptr, out, side="right") - 1, return_index=True)
        for start, field in zip(parsed.starts[rows].tolist(), parsed.fields[out[firsts]].tolist(), strict=True):
            parsed.bad.append((start, self.out_of_range(field, most)))
        fine = np.ones(len(parsed.labels), bool)
        fine[rows] = False
        parsed.keep(fine, np.ones(len(parsed.features), bool))

    def out_of_range(self, field: int, most: int) -> str:
        """What is wrong with a row that has such a field."""
        return f"field {field} is out of range; expected 0 to {most - 1}"

    def _examples(self, parsed: Parsed, block: Block) -> Examples:
        parsed.features = self._ids.numbers(parsed.features)
        if parsed.features.min(initial=0) < 0:
            self._count_unknown(parsed)
            parsed.keep(np.ones(len(parsed.labels), bool), parsed.features >= 0)
        labels = self._labels.of_numbers(parsed.labels, str(block.path))
        values = None if np.all(parsed.values == 1) else parsed.values
        weights = None if parsed.weights is None or np.all(parsed.weights == 1) else parsed.weights
        arrays = (labels, parsed.indptr, parsed.features, parsed.fields, values)
        return Examples(*arrays, weights=weights, groups=parsed.groups, space=self.space())

    def _count_unknown(self, parsed: Parsed) -> None:
        fields = np.zeros(len(parsed.features), np.int64) if parsed.fields is None else parsed.fields
        totals, missed = np.bincount(fields), np.bincount(fields[parsed.features < 0])
        for field, unknown in enumerate(missed.tolist()):
            self.unknown.add(self.space().fields[field], unknown, int(totals[field]))


def place_of(block: Block, data: bytes, start: int) -> str:
    """File, line and the beginning of the row at a byte, for a message."""
    line = block.line + data.count(b"\n", 0, start)
    text = data[start : start + SHOWN].partition(b"\n")[0].strip().decode("utf-8", "replace")
    return f"{block.path}:{line}: {text!r}" if text else f"{block.path}:{line}"


def _without_long_lines(data: bytes) -> tuple[bytes, list[tuple[int, str]]]:
    """Empty the lines that no row can be as long as; return the text, and what was wrong where."""
    kept, bad, at = [], [], 0
    for line in data.splitlines(keepends=True):
        long = len(line) > LONGEST_ROW
        if long:
            bad.append((at, too_long(len(line), "bytes")))
        kept.append(b"\n" if long else line)
        at += len(kept[-1])
    return b"".join(kept), bad
