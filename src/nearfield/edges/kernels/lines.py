"""The lines of a block of text: edges with the ends of each and what it weighs, or nodes with their neighbours."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nearfield.kernels.compilation import inlined, kernel

LINE_END, TAB, CARRIAGE_RETURN, BLANK, QUOTE = np.uint8(10), np.uint8(9), np.uint8(13), np.uint8(32), np.uint8(34)
ZERO, NINE, POINT, PLUS, MINUS = np.uint8(48), np.uint8(57), np.uint8(46), np.uint8(43), np.uint8(45)
SMALL_E, CAPITAL_E = np.uint8(101), np.uint8(69)
MOST_POWER = 10_000  # beyond it every number is 0 or infinite
MOST_DIGITS = 18  # that an int64 holds; more do not change a float32
FNV_OFFSET, FNV_PRIME = np.uint64(14695981039346656037), np.uint64(1099511628211)
FINE, TOO_FEW, NO_NUMBER, QUOTED = 0, 1, 2, 3
NO_COMMENTS, SURE_COMMENTS, ALL_COMMENTS = 0, 1, 2
COMMENTS, MARKED, LONGER, FIRST_LONGER, ODD = 0, 1, 2, 3, 4  # places in `counts`


class Grammar(NamedTuple):
    """How a line is cut into fields, and which lines are comments.

    separator : the byte between fields, or -1: a run of spaces and TABs;
    quoted : whether a field may be in double quotes, within which "" is a quote, as RFC 4180 has it;
    comments : NO_COMMENTS; SURE_COMMENTS, where a marker is followed by a blank or ends the line; or ALL_COMMENTS, each
    line that begins with a marker; first_marker, second_marker : bytes.
    """

    separator: int
    quoted: bool
    comments: int
    first_marker: int
    second_marker: int


@kernel
def edges_of(text, grammar, fields, starts, ends, hashes, weights, counts):  # type: ignore[no-untyped-def]
    """Find the edges; stop at the first line that has none.

    Blank lines are passed over. Blanks around a field do not belong to it.

    Parameters
    ----------
    text : uint8, shape (n_bytes,)
        Written to where a quoted field holds quotes.
    grammar : Grammar
    fields : int64, shape (3,)
        Which field, from 0, is the source, the target and the weight; -1: edges have none.
    starts, ends : int32; hashes : uint32; shape (2 · n_lines,)
        Written to: edge i has the ends 2i and 2i + 1; FNV-1a of the bytes, 64 bits folded into 32.
    weights : float32, shape (n_lines,), or (0,)
        Written to if edges have weights.
    counts : int64, shape (5,)
        Added to: COMMENTS, MARKED lines that begin with a marker and are edges all the same, and LONGER ones that go on
        behind the last field that is read. Written to where they are -1: FIRST_LONGER, whether the first line is longer
        so, and ODD, where the first line begins that is unlike it.

    Returns
    -------
    n_edges, problem, at : int
        `problem` is FINE, or what is wrong with the line that begins at byte `at`.
    """
    source, target, weight = fields[0], fields[1], fields[2]
    n, at, n_edges, last = len(text), 0, 0, max(source, target, weight)
    while at < n:
        stop = line_end(text, at)
        i = skip_blanks(text, at, stop, grammar.separator)
        if i < stop and not passed_over(text, i, stop, grammar, counts):
            for field in range(last + 1):
                start, end, i, more, fine = next_field(text, i, stop, grammar)
                if not fine:
                    return n_edges, QUOTED, at
                if field == weight:
                    value, is_number = number_in(text, start, end)
                    if not is_number:
                        return n_edges, NO_NUMBER, at
                    weights[n_edges] = value
                elif field in (source, target):
                    if start == end:
                        return n_edges, TOO_FEW, at
                    place = 2 * n_edges + (1 if field == target else 0)
                    starts[place], ends[place], hashes[place] = start, end, digest_of(text, start, end)
                if field == last:
                    longer = np.int64(more)
                    counts[LONGER] += longer
                    if counts[FIRST_LONGER] < 0:
                        counts[FIRST_LONGER] = longer
                    elif longer != counts[FIRST_LONGER] and counts[ODD] < 0:
                        counts[ODD] = at
            n_edges += 1
        at = stop + 1
    return n_edges, FINE, n


@kernel
def neighbours_of(text, grammar, starts, ends, hashes, alone, counts):  # type: ignore[no-untyped-def]
    """Find the edges of an adjacency list: from the first field of a line to each of the others.

    Parameters
    ----------
    text, grammar, starts, ends, hashes, counts
        As for `edges_of`; room for a pair for each field.
    alone : bool, shape (n_pairs,)
        Written to: whether a pair is the only field of its line, twice: a node without neighbours.

    Returns
    -------
    n_pairs, problem, at : int
        As for `edges_of`.
    """
    n, at, n_pairs = len(text), 0, 0
    while at < n:
        stop = line_end(text, at)
        i = skip_blanks(text, at, stop, grammar.separator)
        if i < stop and not passed_over(text, i, stop, grammar, counts):
            node, node_end, i, more, fine = next_field(text, i, stop, grammar)
            if not fine:
                return n_pairs, QUOTED, at
            if node == node_end:
                return n_pairs, TOO_FEW, at
            digest = digest_of(text, node, node_end)
            first = n_pairs
            while more:
                start, end, i, more, fine = next_field(text, i, stop, grammar)
                if not fine:
                    return n_pairs, QUOTED, at
                if start < end:
                    starts[2 * n_pairs], ends[2 * n_pairs], hashes[2 * n_pairs] = node, node_end, digest
                    place = 2 * n_pairs + 1
                    starts[place], ends[place], hashes[place] = start, end, digest_of(text, start, end)
                    alone[n_pairs] = False
                    n_pairs += 1
            if n_pairs == first:
                for place in range(2 * n_pairs, 2 * n_pairs + 2):
                    starts[place], ends[place], hashes[place] = node, node_end, digest
                alone[n_pairs] = True
                n_pairs += 1
        at = stop + 1
    return n_pairs, FINE, n


@kernel
def whole_numbers(text, starts, ends, numbers):  # type: ignore[no-untyped-def]
    """Read fields as whole numbers below 10¹⁸ into `numbers`, int64; return the first that is none, or their count."""
    for field in range(len(starts)):
        number = np.int64(0)
        if not 0 < ends[field] - starts[field] <= MOST_DIGITS:
            return field
        for i in range(starts[field], ends[field]):
            if not ZERO <= text[i] <= NINE:
                return field
            number = 10 * number + np.int64(text[i] - ZERO)
        numbers[field] = number
    return len(starts)


@inlined
def line_end(text, at):  # type: ignore[no-untyped-def]
    """Where the line that begins at `at` ends."""
    stop, n = at, len(text)
    while stop < n and text[stop] != LINE_END:
        stop += 1
    return stop


@inlined
def passed_over(text, i, stop, grammar, counts):  # type: ignore[no-untyped-def]
    """Whether the line whose first byte stands at i is a comment; counted are comments, and others with a marker."""
    if grammar.comments == NO_COMMENTS:
        return False
    marker = np.int64(text[i])
    if marker != grammar.first_marker and marker != grammar.second_marker:
        return False
    comment = True
    if grammar.comments == SURE_COMMENTS:
        comment = i + 1 >= stop or (is_blank(text[i + 1]) and np.int64(text[i + 1]) != grammar.separator)
    counts[COMMENTS if comment else MARKED] += 1
    return comment


@inlined
def digest_of(text, start, end):  # type: ignore[no-untyped-def]
    """FNV-1a of bytes, 64 bits folded into 32."""
    digest = FNV_OFFSET
    for j in range(start, end):
        digest = (digest ^ np.uint64(text[j])) * FNV_PRIME
    return np.uint32(digest ^ (digest >> np.uint64(32)))


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
def next_field(text, i, stop, grammar):  # type: ignore[no-untyped-def]
    """Cut the field that begins at i.

    Returns
    -------
    start, end
        The same byte, if there is no field.
    behind : where the next one begins
    more : whether there is a next one
    fine : whether quotes are closed, and nothing but a separator follows them
    """
    separator = grammar.separator
    start = skip_blanks(text, i, stop, separator)
    if grammar.quoted and start < stop and text[start] == QUOTE:
        return quoted_field(text, start, stop, separator)
    end = start
    while end < stop and (np.int64(text[end]) != separator if separator >= 0 else not is_blank(text[end])):
        end += 1
    if separator < 0:
        behind = skip_blanks(text, end, stop, separator)
        return start, end, behind, behind < stop, True
    more, behind = end < stop, min(end + 1, stop)
    while end > start and is_blank(text[end - 1]):
        end -= 1
    return start, end, behind, more, True


@inlined
def quoted_field(text, start, stop, separator):  # type: ignore[no-untyped-def]
    """Cut a field that begins with a quote, as `next_field` does; doubled quotes within become one, in place."""
    i = end = start + 1
    closed = False
    while i < stop:
        if text[i] == QUOTE:
            if i + 1 == stop or text[i + 1] != QUOTE:
                closed = True
                break
            i += 1
        text[end] = text[i]
        end += 1
        i += 1
    behind = skip_blanks(text, min(i + 1, stop), stop, separator)
    if separator < 0:
        return start + 1, end, behind, behind < stop, closed and (i + 1 == stop or is_blank(text[i + 1]))
    more = behind < stop
    fine = closed and (not more or np.int64(text[behind]) == separator)
    return start + 1, end, min(behind + 1, stop), more, fine


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
