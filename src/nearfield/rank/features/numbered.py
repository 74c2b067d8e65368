"""libsvm, libfm and libffm: `label feature:value …` and `label field:feature:value …`, all by number."""

from __future__ import annotations

import numpy as np

from nearfield.rank.features.lines import LineReader, Parsed
from nearfield.rank.kernels.parsing import NO_COLON, NO_GROUP, NO_INDEX, NO_NUMBER, TOO_LARGE, parse_rows

COLON, NEWLINE = 58, 10
NO_GROUP_HERE, GROUP_HERE = 8, 9  # what is wrong with a row among others
WANTED = {False: "label [qid:group] feature:value …", True: "label field:feature:value …"}
PROBLEMS = {
    NO_NUMBER: "has no number",
    NO_COLON: "has no colon",
    NO_INDEX: "has no whole number of at least 0",
    TOO_LARGE: "has a number of 1e19 or more, or of a feature or field beyond 2^31,",
    NO_GROUP_HERE: "has no qid, which rows before have,",
    GROUP_HERE: "has a qid, which rows before have not,",
}


class NumberedReader(LineReader):
    """Reads libsvm and libfm, or with `with_fields` libffm; see `LineReader`."""

    with_fields = False
    _grouped: bool | None = None

    def parse(self, text: np.ndarray) -> Parsed:
        """The rows of a text."""
        n_lines, n_entries = np.count_nonzero(text == NEWLINE), np.count_nonzero(text == COLON)
        labels, indptr = np.empty(n_lines, np.float32), np.zeros(n_lines + 1, np.int64)
        groups, starts = np.empty(n_lines, np.int64), np.empty(n_lines, np.int64)
        fields, features = np.empty(n_entries, np.int32), np.empty(n_entries, np.int32)
        values, bad = np.empty(n_entries, np.float32), np.empty((n_lines, 3), np.int64)
        n, n_bad = parse_rows(text, self.with_fields, labels, groups, indptr, fields, features, values, bad, starts)
        m = indptr[n]
        found = fields[:m] if self.with_fields else None
        problems = [(start, self._problem(wrong, at - start)) for start, wrong, at in bad[:n_bad].tolist()]
        parsed = Parsed(labels[:n], indptr[: n + 1], features[:m], found, values[:m], None, starts[:n], problems)
        self._add_groups(parsed, groups[:n])
        return parsed

    def _add_groups(self, parsed: Parsed, groups: np.ndarray) -> None:
        """Groups where rows have them; either all have, or none."""
        if not len(groups):
            return
        if self._grouped is None:
            self._grouped = bool(groups[0] != NO_GROUP)
        parsed.groups = groups if self._grouped else None
        unlike = (groups != NO_GROUP) != self._grouped
        if unlike.any():
            wrong = NO_GROUP_HERE if self._grouped else GROUP_HERE
            parsed.bad += [(start, self._problem(wrong, 0)) for start in parsed.starts[unlike].tolist()]
            parsed.keep(~unlike, np.ones(len(parsed.features), bool))

    def found_fields(self) -> tuple[str, ...]:
        """Their numbers; without fields there is one, of all features."""
        return tuple(map(str, range(self.n_fields))) if self.with_fields else ("features",)

    def _problem(self, wrong: int, at: int) -> str:
        return f"{PROBLEMS[wrong]} at byte {at + 1}; expected {WANTED[self.with_fields]}"


class FieldReader(NumberedReader):
    """Reads libffm."""

    with_fields = True
