"""Text of libsvm, libfm and libffm to arrays: `label [qid:n] feature:value … [# comment]`, or `field:feature:value`."""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined, kernel

NEWLINE, RETURN, SPACE, TAB, COLON = 10, 13, 32, 9, 58
PLUS, MINUS, POINT, ZERO, NINE, E, UPPER_E = 43, 45, 46, 48, 57, 101, 69
HASH, Q = 35, 113
QUERY = (113, 105, 100, 58)  # qid:
FINE, NO_NUMBER, NO_COLON, NO_INDEX, TOO_LARGE = 0, 1, 2, 3, 4  # what is wrong with a row
LARGEST = 2**31 - 1
LARGEST_NUMBER = 1e19  # as in `rank.scaling`
NO_GROUP = -1
POWERS = 10.0 ** np.arange(23)  # exact in float64


@kernel
def parse_rows(  # type: ignore[no-untyped-def]
    text, with_fields, labels, groups, indptr, fields, features, values, bad, starts
):
    """Parse whole lines.

    Parameters
    ----------
    text : uint8, shape (n_bytes,)
        Ends with a newline.
    with_fields : bool
        Whether entries are `field:feature:value`.
    labels, groups, indptr : float32 and int64, shape (n_lines,); int64, shape (n_lines + 1,)
        The group is the number behind `qid:`, or NO_GROUP.
    fields, features, values : int32, int32 and float32, shape (n_entries,)
        All written; room for as many as there are lines, and colons.
    bad : int64, shape (n_lines, 3)
        For each row that cannot be read: where its line begins, what is wrong, and where.
    starts : int64, shape (n_lines,)
        Written to: where the line of each row that can be read begins.

    Returns
    -------
    n_rows, n_bad : int64
        Empty lines and comments are no rows. A bad row leaves nothing behind.
    """
    n_rows, n_entries, n_bad = 0, 0, 0
    at, stop = 0, len(text)
    while at < stop:
        start, first = at, n_entries
        at = skip_blanks(text, at)
        if text[at] == HASH:
            at = line_end(text, at)
        if text[at] == NEWLINE:
            at += 1
            continue
        label, at, wrong = number(text, at)
        group = np.int64(NO_GROUP)
        while wrong == FINE and text[at] != NEWLINE:
            if text[at] != SPACE and text[at] != TAB and text[at] != RETURN:
                wrong = NO_NUMBER
                break
            at = skip_blanks(text, at)
            if text[at] == HASH:
                at = line_end(text, at)
            if text[at] == NEWLINE:
                break
            if text[at] == Q and group == NO_GROUP and n_entries == first:
                group, at, wrong = query(text, at)
                continue
            field = np.int64(0)
            if with_fields:
                field, at, wrong = index(text, at)
                if wrong != FINE:
                    break
            feature, at, wrong = index(text, at)
            if wrong != FINE:
                break
            value, at, wrong = number(text, at)
            if wrong == FINE:
                fields[n_entries], features[n_entries], values[n_entries] = field, feature, value
                n_entries += 1
        if wrong != FINE:
            bad[n_bad, 0], bad[n_bad, 1], bad[n_bad, 2] = start, wrong, at
            n_bad, n_entries = n_bad + 1, first
            at = line_end(text, at)
        else:
            labels[n_rows], groups[n_rows], starts[n_rows] = label, group, start
            n_rows += 1
            indptr[n_rows] = n_entries
        at += 1
    return n_rows, n_bad


@inlined
def skip_blanks(text, at):  # type: ignore[no-untyped-def]
    """The next byte that is no space, tab or carriage return."""
    while text[at] == SPACE or text[at] == TAB or text[at] == RETURN:
        at += 1
    return at


@inlined
def line_end(text, at):  # type: ignore[no-untyped-def]
    """The newline of a line."""
    while text[at] != NEWLINE:
        at += 1
    return at


@inlined
def query(text, at):  # type: ignore[no-untyped-def]
    """`qid:` and a whole number; return it, the place after it, and what is wrong."""
    for letter in QUERY:
        if text[at] != letter:
            return np.int64(NO_GROUP), at, NO_INDEX
        at += 1
    found, start = np.int64(0), at
    while ZERO <= text[at] <= NINE:
        if at - start == 18:  # more digits may be more than an int64 has
            return np.int64(NO_GROUP), at, TOO_LARGE
        found = 10 * found + np.int64(text[at] - ZERO)
        at += 1
    return found, at, FINE if at > start else NO_INDEX


@inlined
def index(text, at):  # type: ignore[no-untyped-def]
    """A whole number and the colon behind it; return it, the place after the colon, and what is wrong."""
    found, start = np.int64(0), at
    while ZERO <= text[at] <= NINE:
        found = 10 * found + np.int64(text[at] - ZERO)
        at += 1
        if found > LARGEST:
            return found, at, TOO_LARGE
    if at == start:
        return found, at, NO_INDEX
    if text[at] != COLON:
        return found, at, NO_COLON
    return found, at + 1, FINE


@inlined
def number(text, at):  # type: ignore[no-untyped-def]
    """A decimal number; return it, the place after it, and what is wrong. `nan` and `inf` are no numbers."""
    if ZERO <= text[at] <= NINE and text[at + 1] <= SPACE:  # one digit and a blank, as where features are one-hot
        return np.float64(text[at] - ZERO), at + 1, FINE
    negative = text[at] == MINUS
    if negative or text[at] == PLUS:
        at += 1
    digits, n_digits, exponent = np.int64(0), 0, np.int64(0)
    while ZERO <= text[at] <= NINE:
        if digits < 10**17:
            digits = 10 * digits + np.int64(text[at] - ZERO)
        else:
            exponent += 1
        n_digits, at = n_digits + 1, at + 1
    if text[at] == POINT:
        at += 1
        while ZERO <= text[at] <= NINE:
            if digits < 10**17:
                digits = 10 * digits + np.int64(text[at] - ZERO)
                exponent -= 1
            n_digits, at = n_digits + 1, at + 1
    if n_digits == 0:
        return 0.0, at, NO_NUMBER
    if text[at] == E or text[at] == UPPER_E:
        at += 1
        falling = text[at] == MINUS
        if falling or text[at] == PLUS:
            at += 1
        if not ZERO <= text[at] <= NINE:
            return 0.0, at, NO_NUMBER
        power = np.int64(0)
        while ZERO <= text[at] <= NINE:
            power = min(10 * power + np.int64(text[at] - ZERO), np.int64(10_000))
            at += 1
        exponent += -power if falling else power
    value = scaled(np.float64(digits), exponent)
    if abs(value) >= LARGEST_NUMBER:
        return 0.0, at, TOO_LARGE
    return (-value if negative else value), at, FINE


@inlined
def scaled(digits, exponent):  # type: ignore[no-untyped-def]
    """digits · 10^exponent."""
    if exponent == 0:
        return digits
    if 0 < exponent <= 22:
        return digits * POWERS[exponent]
    if -22 <= exponent < 0:
        return digits / POWERS[-exponent]
    return digits * 10.0**exponent
