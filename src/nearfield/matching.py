"""What is given has to match what it is given for: nothing is refused, less than half warns, and the share is said."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from nearfield.errors import BadInput

FEW = 0.5
SHOWN = 3


def check_match(
    keys: Sequence[str],
    known: Collection[str],
    *,
    what: str,
    of: str,
    counts: Sequence[int] | None = None,
    few: float = FEW,
) -> str:
    """Say which share of some keys is known; refuse where none is.

    Parameters
    ----------
    keys : sequence of str
        What is given, such as the items of a log.
    known : collection of str
        What it is given for, such as the keys of vectors.
    what, of : str
        What these are called: "items of the log", "the vectors in shop".
    counts : m int, optional
        How often each of the keys stands there; the share is of these, then.
    few : float
        Warn where the share is below this.

    Returns
    -------
    str
        Such as "the vectors in shop know 950 of 1,000 items of the log (99.2% of what stands there)".

    Raises
    ------
    BadInput
        None is known; the message shows some of both.

    Warns
    -----
    UserWarning
        The share is below `few`.
    """
    weights = [1] * len(keys) if counts is None else [int(count) for count in counts]
    unknown = [key for key in keys if key not in known]
    total, missed = sum(weights), sum(weight for key, weight in zip(keys, weights, strict=True) if key not in known)
    share = None if counts is None or not total else 1 - missed / total
    n = len(keys) - len(unknown)
    return check_share(n, len(keys), what=what, of=of, unknown=unknown, known=known, share=share, few=few)


def check_share(
    n: int,
    total: int,
    *,
    what: str,
    of: str,
    unknown: Iterable[str],
    known: Iterable[str],
    share: float | None = None,
    few: float = FEW,
) -> str:
    """Say that n of a total are known, as `check_match` does; `unknown` and `known` are for the message."""
    if not n:
        raise BadInput(
            f"{of} know{_s(of)} none of {total:,} {what}: these are such as {shown(unknown)}, those such as"
            f" {shown(known)}; expected the same names"
        )
    weighed = "" if share is None else f" ({share:.1%} of what stands there)"
    said = f"{of} know{_s(of)} {n:,} of {total:,} {what}{weighed}"
    if (n / total if share is None else share) < few:
        warnings.warn(f"{said}; unknown are such as {shown(unknown)}", stacklevel=3)
    return said


def shown(keys: Iterable[str], most: int = SHOWN) -> str:
    """Return the first few keys for a message."""
    return ", ".join(repr(key) for key in islice(keys, most)) or "nothing"


def _s(subject: str) -> str:
    """The ending of the verb of "the vectors" or "the table"."""
    return "" if subject.split()[1].endswith("s") else "s"
