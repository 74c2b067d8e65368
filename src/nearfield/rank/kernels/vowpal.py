"""Vowpal Wabbit's text to arrays: `label [weight [base]] [tag]|namespace[:scale] feature[:value] … |namespace …`."""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined, kernel
from nearfield.rank.kernels.hashing import xxh64
from nearfield.rank.kernels.parsing import (
    COLON,
    FINE,
    LARGEST_NUMBER,
    NEWLINE,
    NO_NUMBER,
    RETURN,
    SPACE,
    TAB,
    TOO_LARGE,
    number,
    skip_blanks,
)

BAR, QUOTE = 124, 39
NO_BAR, NO_LABEL, BAD_WEIGHT = 5, 6, 7


@kernel
def parse_vowpal(  # type: ignore[no-untyped-def]
    text, needs_label, labels, weights, indptr, spaces, hashes, values, names, bad, starts
):
    """Parse whole lines.

    Parameters
    ----------
    text : uint8, shape (n_bytes,)
        Ends with a newline.
    needs_label : bool
        Whether a row without a label is bad; else its label is 0.
    labels, weights, starts : float32, float32, int64, shape (n_lines,)
        Written to; starts: where the line of each row begins.
    indptr : int64, shape (n_lines + 1,)
    spaces, hashes, values : int32, uint64, float32, shape (n_entries,)
        Written to, with room for as many as there are blanks and bars: the namespace of each entry, by its place in
        `names`; XXH64 of its name with that of the namespace as the seed; its value.
    names : int64, shape (n_bars, 3)
        Written to: where the name of each namespace begins and stops, and FNV-1a of it folded into 32 bits.
    bad : int64, shape (n_lines, 3)
        As in `parse_rows`.

    Returns
    -------
    n_rows, n_bad, n_names : int64
    """
    n_rows, n_entries, n_bad, n_names = 0, 0, 0, 0
    at, stop = 0, len(text)
    while at < stop:
        start, first = at, n_entries
        at = skip_blanks(text, at)
        if text[at] == NEWLINE:
            at += 1
            continue
        label, weight, at, wrong = head(text, at, needs_label)
        while wrong == FINE and text[at] == BAR:
            begin, at = at + 1, name_end(text, at + 1)
            names[n_names, 0], names[n_names, 1], names[n_names, 2] = begin, at, folded(text, begin, at)
            seed, scale = xxh64(text, begin, at, np.uint64(0)), 1.0
            n_names += 1
            if text[at] == COLON:
                scale, at, wrong = number(text, at + 1)
            at = skip_blanks(text, at)
            while wrong == FINE and text[at] != BAR and text[at] != NEWLINE:
                begin, at, value = at, name_end(text, at), 1.0
                hashes[n_entries] = xxh64(text, begin, at, seed)
                if text[at] == COLON:
                    value, at, wrong = number(text, at + 1)
                if begin == at or not ends_here(text[at]):
                    wrong = NO_NUMBER
                elif abs(value * scale) >= LARGEST_NUMBER:
                    wrong = TOO_LARGE
                spaces[n_entries], values[n_entries] = n_names - 1, value * scale
                n_entries, at = n_entries + 1, skip_blanks(text, at)
        if wrong != FINE:
            bad[n_bad, 0], bad[n_bad, 1], bad[n_bad, 2] = start, wrong, at
            n_bad, n_entries = n_bad + 1, first
            while text[at] != NEWLINE:
                at += 1
        else:
            labels[n_rows], weights[n_rows], starts[n_rows] = label, weight, start
            n_rows += 1
            indptr[n_rows] = n_entries
        at += 1
    return n_rows, n_bad, n_names


@inlined
def head(text, at, needs_label):  # type: ignore[no-untyped-def]
    """What stands before the first bar; return label, weight, the place of the bar, and what is wrong."""
    label, weight, n_numbers = 0.0, 1.0, 0
    while text[at] != BAR and text[at] != NEWLINE:
        end = token_end(text, at)
        if text[at] == QUOTE or text[end] == BAR:  # a tag
            at = skip_blanks(text, end)
            break
        value, here, wrong = number(text, at)
        if wrong != FINE or here != end:
            return label, weight, at, NO_NUMBER
        label, weight = value if n_numbers == 0 else label, value if n_numbers == 1 else weight
        n_numbers, at = n_numbers + 1, skip_blanks(text, end)
    if n_numbers == 0 and needs_label:
        return label, weight, at, NO_LABEL
    if weight < 0:
        return label, weight, at, BAD_WEIGHT
    return label, weight, at, FINE if text[at] == BAR else NO_BAR


@inlined
def ends_here(byte):  # type: ignore[no-untyped-def]
    """Whether a byte stands behind an entry."""
    return byte in (SPACE, NEWLINE, TAB, RETURN, BAR)


@inlined
def name_end(text, at):  # type: ignore[no-untyped-def]
    """The place behind a name: of a colon or what else ends an entry."""
    while text[at] != COLON and not ends_here(text[at]):
        at += 1
    return at


@inlined
def token_end(text, at):  # type: ignore[no-untyped-def]
    """The place behind what has no blank and no bar."""
    while not ends_here(text[at]):
        at += 1
    return at


@inlined
def folded(text, start, stop):  # type: ignore[no-untyped-def]
    """FNV-1a of some bytes, its halves folded together."""
    digest = np.uint64(14695981039346656037)
    for i in range(start, stop):
        digest = (digest ^ np.uint64(text[i])) * np.uint64(1099511628211)
    return np.int64((digest ^ (digest >> np.uint64(32))) & np.uint64(0xFFFFFFFF))
