"""A log or a text as slices that come one after the other, each with a part that nobody learns from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from nearfield.errors import BadInput
from nearfield.evaluate.rolling import rolling
from nearfield.evaluate.splits import counted_anew
from nearfield.recency import microseconds
from nearfield.sequences import Sequences

FEWEST = 100  # tokens: a score on less says nothing
MOST = 500  # cases a slice: every version is asked for all slices behind it


@dataclass(frozen=True)
class StreamSlice:
    """What arrives at one time.

    Attributes
    ----------
    name : str
        Such as the day on which it begins.
    learn : Sequences or Graph
        What is learnt from; a graph as it is then, whole.
    held : Cases, Sequences or whatever the score takes
        What is held out for good, to be judged by: before the slice is learnt, then, and ever after.
    """

    name: str
    learn: Any
    held: Any


def slices_by_time(
    sequences: Sequences,
    *,
    every: str | float | None = None,
    slices: int = 10,
    first: float = 0.5,
    hold_out: float = 0.2,
    most: int | None = MOST,
    seed: int = 1,
) -> list[StreamSlice]:
    """Cut histories or sessions at borders of time; of each piece, the last tokens are held out.

    A token that is held out is foretold from all that its sequence had before it, of earlier slices, too.

    Parameters
    ----------
    sequences : Sequences
        With times.
    every : str or float, optional
        How long a slice is, such as "7d". One with fewer than 100 tokens joins the next.
    slices : int
        Instead of `every`: so many slices of about equally many tokens.
    first : float
        The share of all tokens, the earliest, that is the slice before all others.
    hold_out : float
        The share of each piece, but at least one token of two.
    most : int or None
        So many of a slice's cases are drawn at random; None: all.
    seed : int
        Of that draw.

    Returns
    -------
    list of StreamSlice
        With Sequences to learn from, in the order in which they begin, and Cases that are held out.

    Raises
    ------
    BadInput
        No times; a number out of range; fewer than two slices; a slice with nothing to foretell.
    """
    if sequences.times is None or not len(sequences.times):
        raise BadInput("the sequences have no times; expected times, or slices that are made already")
    for name, share in (("first", first), ("hold_out", hold_out)):
        if not 0 < share < 1:
            raise BadInput(f"{name} is {share}; expected a share of more than 0 and less than 1")
    times = np.asarray(sequences.times)
    borders = _borders(np.sort(times), every, slices, first)
    slice_of = np.searchsorted(borders, times, side="right")
    held = _last_of_each_piece(sequences, slice_of, len(borders) + 1, hold_out)
    names = _names(np.array([times.min(), *borders]))
    return [_slice(sequences, slice_of == i, held, name, most, seed) for i, name in enumerate(names)]


def text_slices(parts: Iterable[Sequences], names: Iterable[str], *, hold_out: float = 0.05) -> list[StreamSlice]:
    """Return texts that come one after the other; every so many sentences one is held out.

    Parameters
    ----------
    parts : iterable of Sequences
    names : iterable of str
        One each.
    hold_out : float
        The share of sentences or articles.

    Raises
    ------
    BadInput
        Not one name each, a share out of range, a part with fewer than two sequences.
    """
    if not 0 < hold_out < 1:
        raise BadInput(f"hold_out is {hold_out}; expected a share of more than 0 and less than 1")
    parts, names = list(parts), list(names)
    if len(parts) != len(names) or len(parts) < 2:
        raise BadInput(f"{len(parts)} texts and {len(names)} names; expected two texts or more, and a name for each")
    return [StreamSlice(name, *_every_so_many(part, hold_out)) for name, part in zip(names, parts, strict=True)]


def _borders(times: np.ndarray, every: str | float | None, slices: int, first: float) -> np.ndarray:
    """Return the first moment of each slice but the earliest, int64, rising; times are sorted."""
    n = len(times)
    if every is None:
        if isinstance(slices, bool) or not isinstance(slices, int) or slices < 1:
            raise BadInput(f"slices is {slices!r}; expected a whole number of at least 1")
        wanted = times[[round(n * (first + (1 - first) * i / slices)) for i in range(slices)]]
    else:
        start, span = int(times[min(n - 1, round(first * n))]), int(microseconds(every))
        wanted = start + span * np.arange((int(times[-1]) - start) // span + 1)
    borders, reached = [], 0
    for border, place in zip(wanted.tolist(), np.searchsorted(times, wanted).tolist(), strict=True):
        if place - reached >= FEWEST and n - place >= FEWEST:
            borders.append(border)
            reached = place
    if not borders:
        raise BadInput(f"{n:,} tokens make no two slices of {FEWEST} or more; expected more of them, or longer slices")
    return np.array(borders, np.int64)


def _names(starts: np.ndarray) -> list[str]:
    """The days on which slices begin; with the time, where one day has several."""
    moments = starts.astype("datetime64[us]")
    days, minutes = (np.datetime_as_string(moments, unit=unit).tolist() for unit in ("D", "m"))
    return days if len(set(days)) == len(days) else [one.replace("T", " ") for one in minutes]


def _last_of_each_piece(sequences: Sequences, slice_of: np.ndarray, n_slices: int, share: float) -> np.ndarray:
    """Return which tokens are held out, bool: the last ones of what each sequence has in each slice."""
    owner = np.repeat(np.arange(len(sequences)), np.diff(sequences.offsets))
    _, piece, lengths = np.unique(owner * n_slices + slice_of, return_inverse=True, return_counts=True)
    kept = lengths - np.where(lengths >= 2, np.maximum(1, (share * lengths).astype(np.int64)), 0)
    order = np.argsort(piece, kind="stable")
    place = np.empty(len(piece), np.int64)
    place[order] = np.arange(len(piece)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    return place >= kept[piece]


def _slice(
    sequences: Sequences, within: np.ndarray, held: np.ndarray, name: str, most: int | None, seed: int
) -> StreamSlice:
    try:
        learn, cases = rolling(sequences, within & ~held, within & held, most, seed)
    except BadInput:
        raise BadInput(f"the slice from {name} has nothing to foretell; expected longer slices") from None
    times = np.asarray(learn.times)[learn.offsets[:-1]]
    return StreamSlice(name, learn.take(np.argsort(times, kind="stable")), cases.unseen())


def _every_so_many(part: Sequences, share: float) -> tuple[Sequences, Sequences]:
    full = np.flatnonzero(np.diff(part.offsets) >= 2)
    held = full[:: max(2, round(1 / share))]
    if not len(held) or len(held) == len(part):
        raise BadInput(f"a text of {len(part)} sentences; expected two or more of them, with two words each")
    of_token = np.repeat(np.isin(np.arange(len(part)), held), np.diff(part.offsets))
    return counted_anew(part, ~of_token), part.take(held)
