"""Where the tokens of a block of UTF-8 text begin and end: one compiled pass over its bytes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from nearfield.kernels.compilation import inlined, kernel
from nearfield.text.characters import IGNORED, LINE_ENDS, ZERO_WIDTH_JOINERS, categories, may_change_in_nfc, spaces

# what a character may be; a character of none of these kinds stands between tokens
WORD = np.uint8(1)  # part of a word
MARK = np.uint8(2)  # a token of its own
JOINER = np.uint8(4)  # part of a word where it stands between two characters of one
LINE_END = np.uint8(8)
EXTENDER = np.uint8(16)  # part of a word, and never its beginning
UNCLEAN = np.uint8(32)  # the text must be brought to one form (`characters`) and cut again

_FNV_OFFSET, _FNV_PRIME = np.uint64(14695981039346656037), np.uint64(1099511628211)


@lru_cache(maxsize=16)
def word_kinds(digits: bool, punctuation: bool, n: int) -> np.ndarray:
    """Return the kind of each of the first `n` code points where words are made of letters, uint8.

    Letters (Unicode's L) are `WORD`, and numbers (N) if `digits`. Marks (M) are `EXTENDER`: they belong to the letter
    before them, and without one they are no word. Punctuation and symbols (P and S) are `MARK` if `punctuation`. The
    apostrophe is a `JOINER` ("don't" is one word), and so are the zero-width joiner and non-joiner. What is invisible
    (soft hyphen, variation selectors, direction marks) does not cut a word.
    """
    major = categories(n)[:, 0]
    table = np.zeros(n, np.uint8)
    table[major == b"L"] = WORD
    table[major == b"M"] = EXTENDER
    if digits:
        table[major == b"N"] = WORD
    if punctuation:
        table[(major == b"P") | (major == b"S")] = MARK
    table[ord("'")] |= JOINER
    table[_below(n, IGNORED)] = EXTENDER | UNCLEAN
    table[_below(n, ZERO_WIDTH_JOINERS)] = JOINER | UNCLEAN
    table[_below(n, LINE_ENDS)] = LINE_END
    return table


@lru_cache(maxsize=4)
def space_kinds(n: int, normal: bool = False) -> np.ndarray:
    """Return the kind of each of the first `n` code points where words stand between white space (`str.split`).

    With `normal`, what may not be in Unicode's normal form C is `UNCLEAN`.
    """
    table = np.where(spaces(n), np.uint8(0), WORD)
    if normal:
        table[may_change_in_nfc(n)] |= UNCLEAN
    table[_below(n, LINE_ENDS)] = LINE_END
    return table


def _below(n: int, code_points: np.ndarray) -> np.ndarray:
    return code_points[code_points < n]


@inlined
def _code_point(text, i):  # type: ignore[no-untyped-def]
    """Return the code point at byte `i` of valid UTF-8, and the number of its bytes."""
    first = np.int64(text[i])
    if first < 0x80:
        return first, 1
    if first < 0xE0:
        return (first & 0x1F) << 6 | (text[i + 1] & 0x3F), 2
    if first < 0xF0:
        return (first & 0x0F) << 12 | np.int64(text[i + 1] & 0x3F) << 6 | (text[i + 2] & 0x3F), 3
    high = (first & 0x07) << 18 | np.int64(text[i + 1] & 0x3F) << 12
    return high | np.int64(text[i + 2] & 0x3F) << 6 | (text[i + 3] & 0x3F), 4


@inlined
def _fnv(digest, text, i, width):  # type: ignore[no-untyped-def]
    """Return the hash `digest` gone on with over `width` bytes from `i`."""
    for j in range(width):
        digest = (digest ^ np.uint64(text[i + j])) * _FNV_PRIME
    return digest


@kernel
def cut(text, kinds, most_tokens):  # type: ignore[no-untyped-def]
    """Find the tokens and the lines of a block.

    Parameters
    ----------
    text : ndarray of uint8, shape (n_bytes,)
        Valid UTF-8.
    kinds : ndarray of uint8
        The kind of each code point that the text holds.
    most_tokens : int
        At least the number of tokens: half of the bytes, rounded up, or all of them if `kinds` has marks.

    Returns
    -------
    starts, ends : ndarray of int32, shape (n_tokens,)
        Token `i` is `text[starts[i]:ends[i]]`.
    hashes : ndarray of uint32, shape (n_tokens,)
        FNV-1a of the bytes, 64 bits folded into 32.
    line_ends : ndarray of int32, shape (n_lines,)
        How many tokens stand before each line end.
    unclean : bool
        Whether the text holds a character that is `UNCLEAN`.
    """
    n = len(text)
    starts, ends = np.empty(most_tokens, np.int32), np.empty(most_tokens, np.int32)
    # what is not written to takes no memory
    hashes, line_ends = np.empty(most_tokens, np.uint32), np.empty(n, np.int32)
    n_tokens, line, i = 0, 0, 0
    seen = np.uint8(0)
    while i < n:
        start, digest = i, _FNV_OFFSET
        kind, width = WORD, 0
        while i < n:
            code, width = _code_point(text, i)
            kind = kinds[code]
            seen |= kind
            in_word = kind & WORD
            if kind & (JOINER | EXTENDER) and i > start:
                in_word = kind & EXTENDER
                if kind & JOINER and i + width < n:
                    after, _ = _code_point(text, i + width)
                    in_word = kinds[after] & (WORD | UNCLEAN)
            if not in_word:
                break
            digest = _fnv(digest, text, i, width)
            i += width
        if i == start and kind & MARK:
            digest = _fnv(digest, text, i, width)
            i += width
        if i > start:
            starts[n_tokens], ends[n_tokens] = start, i
            hashes[n_tokens] = np.uint32(digest ^ (digest >> np.uint64(32)))
            n_tokens += 1
        # a blank is done with; a mark behind a word is a token of its own, next
        if not kind & (WORD | MARK):
            if kind & LINE_END:
                line_ends[line] = n_tokens
                line += 1
            i += width
    return starts[:n_tokens], ends[:n_tokens], hashes[:n_tokens], line_ends[:line], (seen & UNCLEAN) != 0
