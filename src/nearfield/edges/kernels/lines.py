"""The edges in a block of text: where the two ends of each begin and stop, and what it weighs."""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined, kernel

LINE_END, TAB, CARRIAGE_RETURN, BLANK = np.uint8(10), np.uint8(9), np.uint8(13), np.uint8(32)
HASH, PERCENT, QUOTE = np.uint8(35), np.uint8(37), np.uint8(34)
ZERO, NINE, POINT, PLUS, MINUS = np.uint8(48), np.uint8(57), np.uint8(46), np.uint8(43), np.uint8(45)
SMALL_E, CAPITAL_E = np.uint8(101), np.uint8(69)
MOST_POWER = 10_000  # beyond it every number is 0 or infinite
MOST_DIGITS = 18  # that an int64 holds; more do not change a float32
FNV_OFFSET, FNV_PRIME = np.uint64(14695981039346656037), np.uint64(1099511628211)
FINE, TOO_FEW, NO_NUMBER, QUOTED = 0, 1, 2, 3


@kernel
def edges_of(text, separator, weighted, starts, ends, hashes, weights):  # type: ignore[no-untyped-def]
    """Find the edges; stop at the first line that has none.

    Lines that are blank or begin with # or % are passed over. Blanks around a field do not belong to it.

    Parameters
    ----------
    text : uint8, shape (n_bytes,)
    separator : int
        The byte between fields, or -1: a run of spaces and tabs.
    weighted : bool
        Whether a third field is the weight.
    starts, ends : int32; hashes : uint32; shape (2 · n_lines,)
        Written to: edge i has the ends 2i and 2i + 1; FNV-1a of the bytes, 64 bits folded into 32.
    weights : float32, shape (n_lines,), or (0,)
        Written to if `weighted`.

    Returns
    -------
    n_edges, problem, at : int
        `problem` is FINE, or what is wrong with the line that begins at byte `at`.
    """
    n, at, n_edges = len(text), 0, 0
    while at < n:
        stop = at
        while stop < n and text[stop] != LINE_END:
            stop += 1
        i = skip_blanks(text, at, stop, separator)
        if i < stop and text[i] != HASH and text[i] != PERCENT:
            for field in range(2):
                start, end, i = next_field(text, i, stop, separator)
                if start == end:
                    return n_edges, TOO_FEW, at
                if text[start] == QUOTE and separator >= 0:
                    return n_edges, QUOTED, at
                digest = FNV_OFFSET
                for j in range(start, end):
                    digest = (digest ^ np.uint64(text[j])) * FNV_PRIME
                place = 2 * n_edges + field
                starts[place], ends[place] = start, end
                hashes[place] = np.uint32(digest ^ (digest >> np.uint64(32)))
            if weighted:
                start, end, i = next_field(text, i, stop, separator)
                value, is_number = number_in(text, start, end)
                if not is_number:
                    return n_edges, NO_NUMBER, at
                weights[n_edges] = value
            n_edges += 1
        at = stop + 1
    return n_edges, FINE, n


@inlined
def is_blank(byte):  # type: ignore[no-untyped-def]
    """Whether a byte is a space, a TAB or a carriage return."""
    return byte in (BLANK, TAB, CARRIAGE_RETURN)


@inlined
def skip_blanks(text, i, stop, separator):  # type: ignore[no-untyped-def]
    """The first byte from i on that is no blank; a TAB that separates fields is none."""
    while i < stop and is_blank(text[i]) and np.int64(text[i]) != separator:
        i += 1
    return i


@inlined
def next_field(text, i, stop, separator):  # type: ignore[no-untyped-def]
    """Where the field that begins at i starts and ends (at the same byte, if there is none), and the next begins."""
    start = skip_blanks(text, i, stop, separator)
    end = start
    while end < stop and (np.int64(text[end]) != separator if separator >= 0 else not is_blank(text[end])):
        end += 1
    behind = min(end + 1, stop) if separator >= 0 else skip_blanks(text, end, stop, separator)
    if separator >= 0:
        while end > start and is_blank(text[end - 1]):
            end -= 1
    return start, end, behind


@inlined
def number_in(text, start, end):  # type: ignore[no-untyped-def]
    """The decimal number that the bytes spell, float64, and whether they do; it is met to float32."""
    i = start
    sign = 1.0
    if i < end and (text[i] == MINUS or text[i] == PLUS):
        sign = -1.0 if text[i] == MINUS else 1.0
        i += 1
    digits, seen, kept, exponent, after_point = np.int64(0), 0, 0, np.int64(0), False
    while i < end and (ZERO <= text[i] <= NINE or (text[i] == POINT and not after_point)):
        if text[i] == POINT:
            after_point = True
        else:
            seen += 1
            if kept < MOST_DIGITS:
                digits = 10 * digits + np.int64(text[i] - ZERO)
                kept += 1 if digits > 0 else 0
                exponent -= 1 if after_point else 0
            else:
                exponent += 0 if after_point else 1
        i += 1
    if seen == 0:
        return 0.0, False
    if i < end and (text[i] == SMALL_E or text[i] == CAPITAL_E):
        i += 1
        down = i < end and text[i] == MINUS
        if i < end and (text[i] == MINUS or text[i] == PLUS):
            i += 1
        power, first = np.int64(0), i
        while i < end and ZERO <= text[i] <= NINE:
            power = 10 * power + np.int64(text[i] - ZERO) if power < MOST_POWER else power
            i += 1
        if i == first:
            return 0.0, False
        exponent += -power if down else power
    # in two steps, so that neither power of ten is out of range where their product is not
    half = exponent // 2
    return sign * np.float64(digits) * 10.0**half * 10.0 ** (exponent - half), i == end
