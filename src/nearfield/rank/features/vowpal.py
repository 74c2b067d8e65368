"""Vowpal Wabbit's text: namespaces are the fields, features are hashed by their name and that of their namespace."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nearfield.rank.features.bad_rows import BadRows
from nearfield.rank.features.hashing import slots_of
from nearfield.rank.features.labels import Labels
from nearfield.rank.features.lines import LineReader, Parsed
from nearfield.rank.features.names import Slots
from nearfield.rank.features.numbered import PROBLEMS
from nearfield.rank.kernels.parsing import NEWLINE, SPACE, TAB
from nearfield.rank.kernels.vowpal import BAD_WEIGHT, BAR, NO_BAR, NO_LABEL, parse_vowpal
from nearfield.text.table import TokenTable

UNNAMED = "default"
WANTED = "label [weight] |namespace feature:value …"
REASONS = PROBLEMS | {NO_BAR: "has no |", NO_LABEL: "has no label", BAD_WEIGHT: "has a weight below 0"}


class VowpalReader(LineReader):
    """Reads Vowpal Wabbit's text; see `LineReader`.

    The base and the tag of a row are read over, and multi-line and multi-class labels are no numbers and bad.

    Parameters
    ----------
    needs_label : bool
        Whether a row without a label is bad; else its label is 0.
    """

    def __init__(self, slots: Slots, fields: Sequence[str] | None, labels: Labels, bad: BadRows, *, needs_label: bool):
        super().__init__(slots, fields, labels, bad)
        self._bits, self._needs_label = slots.bits, needs_label
        self._table = TokenTable()
        if fields is not None:
            row = " ".join(["0", *("|" if field == UNNAMED else f"|{field}" for field in fields)])
            self.parse(np.frombuffer(f"{row}\n".encode(), np.uint8))  # gives them their numbers

    def parse(self, text: np.ndarray) -> Parsed:
        """The rows of a text."""
        counts = np.bincount(text, minlength=256)
        n_lines, n_bars = int(counts[NEWLINE]), int(counts[BAR])
        most = int(counts[SPACE] + counts[TAB] + n_bars)
        labels, weights = np.empty(n_lines, np.float32), np.empty(n_lines, np.float32)
        indptr, starts = np.zeros(n_lines + 1, np.int64), np.empty(n_lines, np.int64)
        spaces, hashes, values = np.empty(most, np.int32), np.empty(most, np.uint64), np.empty(most, np.float32)
        names, bad = np.empty((n_bars, 3), np.int64), np.empty((n_lines, 3), np.int64)
        arrays = (labels, weights, indptr, spaces, hashes, values, names, bad, starts)
        n, n_bad, n_names = parse_vowpal(text, self._needs_label, *arrays)
        m = indptr[n]
        fields = self._numbers(text, names[:n_names])[spaces[:m]]
        problems = [(start, _problem(wrong, at - start)) for start, wrong, at in bad[:n_bad].tolist()]
        features = slots_of(hashes[:m], self._bits)
        return Parsed(labels[:n], indptr[: n + 1], features, fields, values[:m], weights[:n], starts[:n], problems)

    def found_fields(self) -> tuple[str, ...]:
        """The names of the namespaces, in the order in which they came."""
        return tuple(name or UNNAMED for name in self._table.keys(np.arange(len(self._table)))) or (UNNAMED,)

    def out_of_range(self, field: int, most: int) -> str:
        """What is wrong with a row that has such a field."""
        name = next(self._table.keys(np.array([field]))) or UNNAMED
        return f"namespace {name!r} is not one of the {most:,} known"

    def _numbers(self, text: np.ndarray, names: np.ndarray) -> np.ndarray:
        """The number of each namespace, int32; `names` are places in the text and hashes, int64, shape (n, 3)."""
        starts, ends = names[:, 0].astype(np.int32), names[:, 1].astype(np.int32)
        return self._table.numbers(text, starts, ends, names[:, 2].astype(np.uint32))


def _problem(wrong: int, at: int) -> str:
    return f"{REASONS[wrong]} at byte {at + 1}; expected {WANTED}"
