"""Rows of features with labels, of which a ranker is learnt."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from pathlib import Path
from typing import Any

from nearfield.errors import BadInput
from nearfield.examples import Examples, FeatureSpace
from nearfield.follow.subject import Reading, Subject, checked
from nearfield.rank import LogisticRegression, Ranker
from nearfield.rank.features.bad_rows import BadRow
from nearfield.rank.features.detection import format_of, named_format
from nearfield.rank.features.reading import read_examples
from nearfield.rank.features.translation import in_common_space
from nearfield.update import RowReservoir, Update
from nearfield.update.joining import joined_rows
from nearfield.update.strategies import Strategies

BEGIN = ("schema", "drop", "bits", "fields")  # what a space says, when there is one
TABLES = ("csv", "parquet")  # what the first row of a part does not tell
UNTOLD = ""


class Rows(Subject):
    """libsvm, libfm, libffm, Vowpal Wabbit's text, CSV or Parquet, plain or packed (.gz, .zst, .bz2), with labels.

    All files are meant but those with a dot or a low line in front, and those in such folders. The format is told by
    the ending, by `format`, or, of lines without a heading, by the first row. What a model cannot read is set aside,
    such as libsvm for one that has learnt from tables.

    Parameters
    ----------
    first : Ranker, optional
        How the first version is fitted; a `LogisticRegression` if not given.
    memory : int
        Rows that are kept for replay.
    beside : callable, optional
        Is given the folder of each saved model, to write what belongs to it.
    **read
        Options of `nearfield.read_examples`, without `space`, `unknown` and `classes`: rows are read as the current
        version has learnt to read them, new features come in, and the loss of the model says what labels are.
    """

    UNIT, CONTENT, MEMORY = "rows", Ranker, RowReservoir

    def __init__(
        self,
        first: Ranker | None = None,
        *,
        memory: int = 100_000,
        beside: Callable[[Path], object] | None = None,
        **read: Any,
    ) -> None:
        super().__init__(first or LogisticRegression(), memory)
        self.beside = beside
        self.read = checked(read_examples, read, without=("source", "space", "unknown", "classes"))

    def kind_of(self, name: str) -> str | None:
        """The format, as far as the name tells."""
        return self.read.get("format") or named_format(Path(name)) or UNTOLD

    def has_heading(self, name: str) -> bool:
        """That of a CSV, unless `columns` are given."""
        return self.kind_of(name) == "csv" and self.read.get("columns") is None

    def alike(self, name: str, file: Path) -> Hashable:
        """The format."""
        if kind := self.kind_of(name):
            return kind
        found = format_of(file)
        if found in TABLES:
            raise BadInput(f"{file}: seems to be {found}, which its name does not say; name it .{found}, or say format")
        return found

    def reading(self, content: Ranker | None, temporary: Path) -> Reading:
        """Read as the model has learnt to."""
        return _RowReading(self.read, self.first if content is None else content, known=content is not None)

    def size(self, data: Examples) -> int:
        """Rows."""
        return len(data)

    def update(
        self, content: Ranker, data: Examples, memory: RowReservoir, strategy: Strategies | None, settings: Any
    ) -> Update:
        """Go on by other old rows each time."""
        _forget_unlike(memory, content)
        seed = (settings.get("seed") or 1) + memory.seen
        return super().update(content, data, memory, strategy, {**settings, "seed": seed})

    def published(self, content: Ranker, temporary: Path) -> Any:
        """The model, or the folder of one that something else belongs to."""
        if self.beside is None:
            return content
        folder = temporary / "model"
        content.save(folder)
        self.beside(folder)
        return folder


class _RowReading(Reading):
    def __init__(self, options: Mapping[str, Any], model: Any, *, known: bool) -> None:
        self.options, self.model = options, model
        self.space: FeatureSpace | None = model.space_ if known else None
        self.parts: list[Examples] = []

    def add(self, files: list[Path]) -> None:
        """Read on in the space of what was read before."""
        known = {name: value for name, value in self.options.items() if self.space is None or name not in BEGIN}
        classes = self.model.loss != "squared"
        try:
            found = read_examples(files, space=self.space, unknown="grow", classes=classes, **known)
        except BadRow as error:
            raise BadInput(error.what) from error  # what to do about it depends on who reads
        self.model._check_labels(found)
        self.parts.append(found)
        self.space = found.space

    def data(self) -> Examples | None:
        """All rows in the last, largest space."""
        if not self.parts or self.space is None:
            return None
        return self.parts[0] if len(self.parts) == 1 else joined_rows(self.parts, self.space)


def _forget_unlike(memory: RowReservoir, model: Ranker) -> None:
    """Forget rows whose features have no names that the model of another program could know."""
    rows = memory.rows()
    try:
        in_common_space(model.space_, [] if rows is None else [rows[:0]])
    except BadInput:
        memory.forget()
