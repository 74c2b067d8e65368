"""Dictionaries of Chinese words in jieba's format: `word`, `word frequency` or `word frequency tag` a line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from pathlib import Path

from nearfield.errors import BadInput
from nearfield.io import read_text_file

Dictionary = str | os.PathLike[str] | Iterable[str]
Entry = tuple[str, int | None, str | None]

# as jieba has it: what stands before a frequency may hold spaces (`Edu Trust认证 2000`)
_LINE = re.compile(r"(.+?)(?: ([0-9]+))?(?: ([a-z]+))?")
_OTHER_NUMBER = re.compile(r"[-+]?[\d_.,]+")


def read_dictionary(source: Dictionary, encoding: str | None = None) -> list[str]:
    """Return the lines of a dictionary, each `word TAB frequency TAB tag` with the last two empty where not given.

    Parameters
    ----------
    source : path, or iterable of str
        A file (UTF-8, or in `encoding`), or its lines. The fields are divided by single spaces, or by TABs.
    encoding : str, optional

    Raises
    ------
    BadInput
        A line without a word, or with another number than a whole one as the frequency, with file and line.
    """
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        lines, name = read_text_file(path, encoding).split("\n"), f"{path}:"
    else:
        lines, name = list(source), "dictionary, line "
        if not all(isinstance(line, str) for line in lines):
            raise BadInput("dictionary holds what is no text; expected a path, or lines such as '云计算 1000 n'")
    entries = [_parsed(line, f"{name}{number}") for number, line in enumerate(lines, 1) if line.strip()]
    if not entries and isinstance(source, str | os.PathLike):
        raise BadInput(f"{source}: holds no word; expected lines such as: 云计算 1000 n")
    return ["\t".join("" if field is None else str(field) for field in entry) for entry in entries]


def parse_line(line: str) -> Entry:
    """Return the word, the frequency and the tag of a line that `read_dictionary` returned."""
    return _parsed(line, "dictionary")


def _parsed(line: str, place: str) -> Entry:
    if "\t" in line:
        word, frequency, tag = [*map(str.strip, line.split("\t")), "", ""][:3]
        if frequency and not frequency.isascii():
            raise BadInput(f"{place}: frequency {frequency!r} is no whole number; expected: word TAB frequency TAB tag")
    else:
        match = _LINE.fullmatch(line.strip())
        word, frequency, tag = (match.group(1), match.group(2) or "", match.group(3) or "") if match else ("", "", "")
        if word.isascii() and not frequency:  # `apple pie` has no tag
            word, tag = line.strip(), ""
        last = word.rpartition(" ")[2]
        if last != word and _OTHER_NUMBER.fullmatch(last):
            frequency = last
    if not word:
        raise BadInput(f"{place}: {line.strip()[:40]!r} has no word; expected lines such as: 云计算 1000 n")
    if frequency and not re.fullmatch("[0-9]{1,18}", frequency):
        raise BadInput(f"{place}: frequency {frequency!r} is no whole number; expected lines such as: 云计算 1000 n")
    return word, int(frequency) if frequency else None, tag or None
