"""libsvm, libfm and libffm: `label feature:value …` and `label field:feature:value …`, all by number."""

from __future__ import annotations

import numpy as np

from nearfield.rank.features.lines import LineReader, Parsed
from nearfield.rank.kernels.parsing import NO_COLON, NO_INDEX, NO_NUMBER, TOO_LARGE, parse_rows

COLON, NEWLINE = 58, 10
WANTED = {False: "label feature:value …", True: "label field:feature:value …"}
PROBLEMS = {
    NO_NUMBER: "has no number",
    NO_COLON: "has no colon",
    NO_INDEX: "has no whole number of at least 0",
    TOO_LARGE: "has too large a number",
}


class NumberedReader(LineReader):
    """Reads libsvm and libfm, or with `with_fields` libffm; see `LineReader`."""

    with_fields = False

    def parse(self, text: np.ndarray) -> Parsed:
        """The rows of a text."""
        n_lines, n_entries = np.count_nonzero(text == NEWLINE), np.count_nonzero(text == COLON)
        labels, indptr = np.empty(n_lines, np.float32), np.zeros(n_lines + 1, np.int64)
        starts = np.empty(n_lines, np.int64)
        fields, features = np.empty(n_entries, np.int32), np.empty(n_entries, np.int32)
        values, bad = np.empty(n_entries, np.float32), np.empty((n_lines, 3), np.int64)
        n, n_bad = parse_rows(text, self.with_fields, labels, indptr, fields, features, values, bad, starts)
        m = indptr[n]
        found = fields[:m] if self.with_fields else None
        problems = [(start, self._problem(wrong, at - start)) for start, wrong, at in bad[:n_bad].tolist()]
        return Parsed(labels[:n], indptr[: n + 1], features[:m], found, values[:m], None, starts[:n], problems)

    def found_fields(self) -> tuple[str, ...]:
        """Their numbers; without fields there is one, of all features."""
        return tuple(map(str, range(self.n_fields))) if self.with_fields else ("features",)

    def _problem(self, wrong: int, at: int) -> str:
        return f"{PROBLEMS[wrong]} at byte {at + 1}; expected {WANTED[self.with_fields]}"


class FieldReader(NumberedReader):
    """Reads libffm."""

    with_fields = True
