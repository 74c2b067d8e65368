"""What Unicode says of characters, as tables over code points, and text brought to one form."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

import numpy as np

NORMALIZATIONS = ("NFC", "NFKC", "none")

# Unicode's mandatory line breaks (UAX #14: LF, BK, CR, NL)
LINE_ENDS = np.array([0x0A, 0x0B, 0x0C, 0x0D, 0x85, 0x2028, 0x2029])

# where Unicode has letters, marks, numbers, punctuation or symbols; a look at all 1.1 million would take a while
_ASSIGNED = [(0, 0x3FFFF), (0xE0000, 0xE0FFF)]

ZERO_WIDTH_JOINERS = np.array([0x200C, 0x200D])
# Unicode's Default_Ignorable_Code_Point without the joiners and what stands for a letter: soft hyphen, marks of
# direction, word joiner, byte order mark, variation selectors, tags
_IGNORED_RANGES = [
    (0x00AD, 0x00AD),
    (0x034F, 0x034F),
    (0x061C, 0x061C),
    (0x180B, 0x180F),
    (0x200E, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x2060),
    (0x2066, 0x206F),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xE0000, 0xE0FFF),
]
IGNORED = np.concatenate([np.arange(first, last + 1) for first, last in _IGNORED_RANGES])
_IGNORED_RUNS = re.compile(f"[{''.join(f'{chr(first)}-{chr(last)}' for first, last in _IGNORED_RANGES)}]+")
# in the blocks of Semitic, Indic and Mongolian scripts a joiner is part of how a word is spelt; elsewhere it only
# says how letters are drawn
_IDLE_JOINERS = re.compile("(?<![\u0590-\u10ff\u1200-\u1cff\ua800-\uabff\U00010a00-\U00011fff])[\u200c\u200d]+")
_REPEATED_JOINERS = re.compile("([\u200c\u200d])[\u200c\u200d]+")


def cleaned(text: str) -> str:
    """Return text without what is invisible and has no meaning within a word.

    >>> cleaned("co\\u00adop") == "coop"
    True
    """
    return _REPEATED_JOINERS.sub(r"\1", _IDLE_JOINERS.sub("", _IGNORED_RUNS.sub("", text)))


@lru_cache(maxsize=2)
def categories(n: int) -> np.ndarray:
    """Return the general category of each of the first `n` code points, bytes, shape (n, 2)."""
    table = np.empty((n, 2), "S1")
    table[:] = (b"C", b"n")
    for first, last in _ASSIGNED:
        letters = "".join(map(unicodedata.category, map(chr, range(min(first, n), min(last + 1, n)))))
        table[first : last + 1] = np.frombuffer(letters.encode(), "S1").reshape(-1, 2)
    return table


def spaces(n: int) -> np.ndarray:
    """Return whether each of the first `n` code points is white space as `str.split` has it, bool, shape (n,)."""
    table = np.zeros(n, np.bool_)
    table[[i for i in range(min(n, 0x3001)) if chr(i).isspace()]] = True
    return table


@lru_cache(maxsize=1)
def may_change_in_nfc(n: int) -> np.ndarray:
    """Return whether text with a code point may not be in normal form C, bool, shape (n,)."""
    table = categories(n)[:, 0] == b"M"
    table[0x1161:0x11C3] = n > 0x11C3  # the later letters of a Hangul syllable
    singles = np.flatnonzero(categories(n)[:, 0] != b"C")
    singles = singles[(singles < 0x3400) | ((singles > 0xD7FF) & (singles < 0x20000)) | (singles > 0x2F7FF)]
    table[[i for i in singles.tolist() if not unicodedata.is_normalized("NFC", chr(i))]] = True
    return table
