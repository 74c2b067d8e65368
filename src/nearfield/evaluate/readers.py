"""Files of word pairs with scores, and of analogy questions."""

from __future__ import annotations

import csv
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from nearfield.errors import BadInput
from nearfield.files import storage_errors

COLUMNS = ("word1", "word2", "word3", "target")  # of analogies as CSV


class Pair(NamedTuple):
    """Two words and how alike people find them, on any scale."""

    first: str
    second: str
    score: float


class Question(NamedTuple):
    """`a` is to `b` as `c` is to `expected`."""

    section: str
    a: str
    b: str
    c: str
    expected: str


def read_pairs(path: str | os.PathLike[str]) -> list[Pair]:
    """Read word pairs: a line has two words and a score, with TABs, commas or spaces between; more columns are ignored.

    Lines that begin with `#` are comments; a first line without any digit in the place of the score is a heading.

    Raises
    ------
    BadInput
        A row that is none (with file and line), no pair at all, no such file, not UTF-8.
    """
    file = Path(path)
    rows = [(number, _fields(line)) for number, line in _lines(file) if not line.startswith("#")]
    if rows and len(rows[0][1]) >= 3 and not any(map(str.isdigit, rows[0][1][2])):
        del rows[0]
    if not rows:
        raise BadInput(f"{file}: holds no word pair; expected lines such as: tiger TAB cat TAB 7.35")
    return [_pair(f"{file}:{number}", fields) for number, fields in rows]


def read_questions(path: str | os.PathLike[str]) -> list[Question]:
    """Read analogy questions: four words a line and `: name` lines for sections, or CSV with a heading.

    CSV has the columns word1, word2, word3, target and, for the section, type. Questions before any section line belong
    to one named as the file.

    Raises
    ------
    BadInput
        A row that is none (with file and line), no question at all, no such file, not UTF-8.
    """
    file = Path(path)
    lines = list(_lines(file))
    is_table = bool(lines) and "," in lines[0][1] and not lines[0][1].startswith(":")
    questions = list(_table_questions(file, lines) if is_table else _listed_questions(file, lines))
    if not questions:
        raise BadInput(f"{file}: holds no question; expected lines of four words, such as: Athens Greece Oslo Norway")
    return questions


def _listed_questions(file: Path, lines: list[tuple[int, str]]) -> Iterator[Question]:
    section = file.stem
    for number, line in lines:
        if line.startswith(":"):
            section = line[1:].strip()
            continue
        words = line.split()
        if len(words) != 4:
            raise BadInput(f"{file}:{number}: {_shown(line)} has {len(words)} words; expected four, or `: section`")
        yield Question(section, *words)


def _table_questions(file: Path, lines: list[tuple[int, str]]) -> Iterator[Question]:
    (number, first), *rest = lines
    heading = _cells(file, number, first)
    if absent := [name for name in COLUMNS if name not in heading]:
        raise BadInput(f"{file}:{number}: the heading has no column {absent[0]!r}; expected {', '.join(COLUMNS)}")
    places = [heading.index(name) for name in COLUMNS]
    section = heading.index("type") if "type" in heading else None
    for number, line in rest:
        row = _cells(file, number, line)
        if len(row) != len(heading):
            raise BadInput(f"{file}:{number}: {len(row)} columns; expected {len(heading)}, as in the heading")
        words = [row[place].strip() for place in places]
        if not all(words):
            raise BadInput(f"{file}:{number}: {COLUMNS[words.index('')]} is empty; expected a word")
        yield Question(file.stem if section is None else row[section], *words)


def _cells(file: Path, number: int, line: str) -> list[str]:
    try:
        return next(csv.reader([line]))
    except csv.Error as error:
        raise BadInput(f"{file}:{number}: {_shown(line)} cannot be read as CSV: {error}") from error


def _pair(place: str, fields: list[str]) -> Pair:
    if len(fields) < 3 or not fields[0] or not fields[1]:
        raise BadInput(f"{place}: {_shown(' '.join(fields))} is no word pair; expected two words and a score")
    try:
        score = float(fields[2])
    except ValueError:
        score = math.nan
    if not math.isfinite(score):
        raise BadInput(f"{place}: score {_shown(fields[2])} is no number; expected two words and a score")
    return Pair(fields[0], fields[1], score)


def _fields(line: str) -> list[str]:
    for separator in ("\t", ","):
        if separator in line:
            return [field.strip() for field in line.split(separator)]
    return line.split()


def _lines(file: Path) -> Iterator[tuple[int, str]]:
    """Yield the number and the content of lines that are not blank."""
    if not file.is_file():
        found = "is a folder" if file.is_dir() else "no such file"
        raise BadInput(f"{file}: {found}; expected a word similarity or analogy set")
    with storage_errors(file):
        content = file.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BadInput(f"{file}: is not UTF-8 at byte {error.start}; convert it first") from error
    for number, line in enumerate(text.split("\n"), 1):
        if stripped := line.strip():
            yield number, stripped


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")
