"""Text: lines become sentences, and these word vectors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nearfield.defaults import MIN_COUNT
from nearfield.embed import Word2Vec
from nearfield.follow.sequences import SequenceSubject
from nearfield.follow.subject import Reading, checked
from nearfield.reading import Reading as Readings
from nearfield.sequences import Sequences
from nearfield.text import read_text
from nearfield.update.joining import joined
from nearfield.vectors import Vectors

SELECTION = ("max_vocab_size", "keep")  # what is looked at in the whole text only


class Text(SequenceSubject):
    """Text, a sentence a line, plain or packed (.gz, .zst, .bz2), of which word vectors are learnt.

    All files are meant but those with a dot or a low line in front, and those in such folders.

    Parameters
    ----------
    first : Word2Vec, optional
        How the first version is fitted.
    min_count : int
        Words seen less often are left out. A new word comes in when it was seen so often in what is new and in what is
        kept for replay, together.
    memory : int
        Words that are kept for replay, in whole sentences, the rare ones among them.
    **read
        Options of `nearfield.read_text`, without `max_vocab_size` and `keep`.
    """

    UNIT = "words"

    def __init__(
        self, *, first: Word2Vec | None = None, min_count: int = MIN_COUNT, memory: int = 1_000_000, **read: Any
    ) -> None:
        super().__init__(first or Word2Vec(verbose=False), min_count, memory)
        self.read = checked(read_text, read, without=("source", "min_count", *SELECTION))

    @classmethod
    def of(cls, reading: Readings, **settings: Any) -> Text:
        """Return text that is read by a reading, such as that of vectors; see `nearfield.reading`."""
        options = reading["read_text"]
        read = {name: value for name, value in options.items() if name not in ("min_count", *SELECTION)}
        return cls(min_count=options.get("min_count", MIN_COUNT), **settings, **read)

    def kind_of(self, name: str) -> str | None:
        """One kind, whatever the ending."""
        return "text"

    def reading(self, content: Vectors | None, temporary: Path) -> Reading:
        """Read whatever was learnt before."""
        return _TextReading(self.read)


class _TextReading(Reading):
    def __init__(self, options: Mapping[str, Any]) -> None:
        self.options = options
        self.parts: list[Sequences] = []

    def add(self, files: list[Path]) -> None:
        """Read with all words, however rare."""
        self.parts.append(read_text(files, min_count=1, **self.options))

    def data(self) -> Sequences | None:
        """All sentences."""
        return self.parts[0] if len(self.parts) == 1 else joined(self.parts) if self.parts else None
