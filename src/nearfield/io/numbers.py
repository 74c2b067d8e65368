"""Numbers in text, as programs other than Python write them."""

from __future__ import annotations

import math
import re

_NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def is_number(text: str | bytes) -> bool:
    """Whether a text is a finite decimal number in ASCII: neither `1_0` nor `１` nor `nan`, which Python reads."""
    data = text.encode(errors="replace") if isinstance(text, str) else text
    return _NUMBER.fullmatch(data) is not None


def decimal_number(text: str) -> float | None:
    """Return the finite decimal number that a text is, None where it is none.

    >>> decimal_number("7.35"), decimal_number("1e-3"), decimal_number("1_0"), decimal_number("nan")
    (7.35, 0.001, None, None)
    """
    number = float(text) if is_number(text) else math.inf
    return number if math.isfinite(number) else None


def whole_number(text: str) -> int | None:
    """Return the whole number in ASCII digits that a text is, None where it is none.

    >>> whole_number("-12"), whole_number("1_0"), whole_number("1.0"), whole_number(" 1")
    (-12, None, None, None)
    """
    digits = text.removeprefix("-").removeprefix("+")
    # Python refuses to read thousands of digits
    return int(text) if digits.isascii() and digits.isdigit() and len(digits) < 1_000 and text[:2] != "-+" else None
