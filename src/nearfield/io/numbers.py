"""Numbers in text, as programs other than Python write them."""

from __future__ import annotations

import re

_NUMBER = re.compile(rb"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def is_number(text: str | bytes) -> bool:
    """Whether a text is a finite decimal number in ASCII: neither `1_0` nor `１` nor `nan`, which Python reads."""
    data = text.encode(errors="replace") if isinstance(text, str) else text
    return _NUMBER.fullmatch(data) is not None
