"""What to learn from and what to foretell: sequences split by their last token, by time, by session.

The honest one is by time: it alone learns from nothing that happened after what it foretells (Meng et al. 2020,
"Exploring Data Splitting Strategies for the Evaluation of Recommendation Models"). Nothing about the part that is held
out stays in the part to learn from, not even in the counts of its vocabulary.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

import numpy as np

from nearfield.errors import BadInput
from nearfield.parameters import Count, Proportion, checks_arguments
from nearfield.sequences import Sequences
from nearfield.vocabulary import Vocabulary

Moment = int | str | datetime | np.datetime64

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Cases:
    """Histories, and what came after each.

    Attributes
    ----------
    histories : list of m lists of str
        What is known of each case, the oldest first.
    targets : list of m lists of str
        What is to be foretold, each key once, the next first.
    vocabulary : Vocabulary
        What could be learnt from: the keys that can be foretold and how often they were seen. A target may be new.
    times : list of m arrays of int64, or None
        When each entry of a history happened, in microseconds since 1970-01-01 UTC.
    left_out : int
        Cases that cannot be judged: nothing came before what is to be foretold, or nothing new after it.
    owners : ndarray of int64, shape (m,), or None
        Which sequence each case is of, where one has several (see `rolling`): such cases are not independent.
    """

    histories: list[list[str]]
    targets: list[list[str]]
    vocabulary: Vocabulary
    times: list[np.ndarray] | None = None
    left_out: int = 0
    owners: np.ndarray | None = None

    def __post_init__(self) -> None:
        for name in ("targets", "times", "owners"):
            lists = getattr(self, name)
            if lists is not None and len(lists) != len(self.histories):
                raise BadInput(f"{len(lists)} {name} for {len(self.histories)} histories; expected one list each")

    def __len__(self) -> int:
        return len(self.histories)

    def __repr__(self) -> str:
        n_targets = sum(map(len, self.targets))
        return f"Cases({len(self):,} histories, {n_targets:,} targets, {self.left_out:,} cases left out)"

    def unseen(self) -> Cases:
        """Return the cases without the targets that their histories hold; those without another are left out."""
        targets = []
        for history, after in zip(self.histories, self.targets, strict=True):
            had = set(history)
            targets.append([key for key in after if key not in had])
        return replace(self, targets=targets).take(np.flatnonzero([len(one) > 0 for one in targets]))

    def draw(self, n: int, seed: int = 1) -> Cases:
        """Return n of the cases, drawn at random, in their order; all where there are not more."""
        if n < 1:
            raise BadInput(f"n is {n}; expected at least 1")
        drawn = np.random.default_rng(seed).permutation(len(self))[:n]
        return replace(self.take(np.sort(drawn)), left_out=self.left_out)

    def take(self, rows: np.ndarray) -> Cases:
        """Return the cases at these places, int, shape (m,); the others count as left out."""
        chosen = rows.tolist()
        return replace(
            self,
            histories=[self.histories[i] for i in chosen],
            targets=[self.targets[i] for i in chosen],
            times=None if self.times is None else [self.times[i] for i in chosen],
            left_out=self.left_out + len(self) - len(chosen),
            owners=None if self.owners is None else self.owners[rows],
        )


class Split(NamedTuple):
    """What to learn from, and what to foretell."""

    train: Sequences
    cases: Cases


def leave_last_out(sequences: Sequences) -> Split:
    """Hold out the last token of each sequence; what came before is its history and is learnt from.

    Sequences of fewer than two tokens have nothing to foretell and are left out, so that `train[i]` is the history of
    case i. It is the usual protocol for sequences without a clock, and flatters: what others did later is known.

    Raises
    ------
    BadInput
        No sequence has two tokens.
    """
    lengths = np.diff(sequences.offsets)
    long = lengths >= 2
    if not long.any():
        raise BadInput("no sequence has two tokens or more; expected something to foretell")
    last = np.zeros(sequences.n_tokens, bool)
    last[sequences.offsets[1:][long] - 1] = True
    kept = np.repeat(long, lengths) & ~last
    return _split(sequences, kept, kept, last)


@checks_arguments
def split_by_time(
    sequences: Sequences, *, moment: Moment | None = None, quantile: Proportion = 0.9, n_targets: Count | None = 1
) -> Split:
    """Learn from all that happened before a moment, and foretell what came next.

    A sequence with tokens on both sides is a case: its history is what was before the moment.

    Parameters
    ----------
    sequences : Sequences
        With times.
    moment : int, str, datetime or datetime64, optional
        Microseconds since 1970-01-01 UTC, or a date or time as ISO 8601 ("2026-01-31", UTC where it names no zone).
    quantile : float
        Where no moment is given: the share of all tokens that happened before it.
    n_targets : int or None
        How many tokens after the moment are to be foretold for each case; None: all.

    Raises
    ------
    BadInput
        There are no times; a moment that is none or before or after everything; nobody is on both sides of it.
    """
    before = happened_before(sequences, moment, quantile)
    return _split(sequences, before, before, ~before, n_targets)


def happened_before(sequences: Sequences, moment: Moment | None, quantile: float) -> np.ndarray:
    """Return which tokens happened before a moment, or before that of a quantile; bool, shape (n_tokens,)."""
    times = sequences.times
    if times is None or not len(times):
        raise BadInput("the sequences have no times; expected times, or another split (leave_last_out)")
    if not 0 < quantile < 1:
        raise BadInput(f"quantile is {quantile}; expected more than 0 and less than 1")
    when = int(np.quantile(times, quantile, method="higher")) if moment is None else _microseconds(moment)
    before = times < when
    if before.all() or not before.any():
        side = "before" if before.all() else "after"
        found = f"from {_iso(times.min())} to {_iso(times.max())}"
        raise BadInput(f"everything is {side} {_iso(when)}; expected a moment within the data, {found}")
    return before


@checks_arguments
def leave_last_session_out(sequences: Sequences, users: Sequence[str], *, n_targets: Count | None = 1) -> Split:
    """Hold out each user's last session; what the user had in all sessions before is the history.

    Parameters
    ----------
    sequences : Sequences
        The sessions, those of a user in the order of time.
    users : n keys
        Whose session each is.
    n_targets : int or None
        How many of the session's tokens, the first ones, are to be foretold; None: all.

    Raises
    ------
    BadInput
        Not one user a session; nobody has two sessions.
    """
    if len(users) != len(sequences):
        raise BadInput(f"{len(users)} users for {len(sequences)} sessions; expected one each")
    last = {user: i for i, user in enumerate(users)}
    held = np.zeros(len(sequences), bool)
    held[list(last.values())] = True
    held_tokens = np.repeat(held, np.diff(sequences.offsets))
    train = counted_anew(sequences, ~held_tokens)
    joined, order = _joined(sequences, users)
    return Split(train, _cases(joined, ~held_tokens[order], held_tokens[order], train.vocabulary, n_targets))


@checks_arguments
def hold_out_sessions(sequences: Sequences, *, share: Proportion = 0.1) -> Split:
    """Hold out a share of the sessions whole; foretell the last token of each from those before it.

    The latest sessions by their first token are held out; without times, those that stand last.

    Raises
    ------
    BadInput
        A share outside of (0, 1), or none of the sessions held out has two tokens.
    """
    if not 0 < share < 1:
        raise BadInput(f"share is {share}; expected more than 0 and less than 1")
    lengths = np.diff(sequences.offsets)
    full = np.flatnonzero(lengths > 0)
    if sequences.times is not None:
        full = full[np.argsort(sequences.times[sequences.offsets[full]], kind="stable")]
    held = np.zeros(len(sequences), bool)
    held[full[len(full) - max(1, round(share * len(full))) :]] = True
    held_tokens = np.repeat(held, lengths)
    last = np.zeros(sequences.n_tokens, bool)
    last[sequences.offsets[1:][held] - 1] = True
    return _split(sequences, ~held_tokens, held_tokens & ~last, last)


def _split(
    sequences: Sequences, kept: np.ndarray, shown: np.ndarray, held: np.ndarray, n_targets: int | None = 1
) -> Split:
    """Split by what holds of each token: learnt from; in a history; to be foretold."""
    train = counted_anew(sequences, kept)
    return Split(train, _cases(sequences, shown, held, train.vocabulary, n_targets))


def counted_anew(sequences: Sequences, kept: np.ndarray) -> Sequences:
    """Return the tokens that are kept, in the sequences that keep any, with a vocabulary that counts no others."""
    tokens, keys = sequences.tokens[kept], sequences.vocabulary.keys
    if not len(tokens):
        raise BadInput("everything is held out; expected something to learn from: hold out less")
    counts = np.bincount(tokens, minlength=len(keys))
    order = np.argsort(-counts, kind="stable")[: np.count_nonzero(counts)]
    ids = np.full(len(keys), -1, np.int32)
    ids[order] = np.arange(len(order))
    return Sequences(
        Vocabulary([keys[i] for i in order], counts[order]),
        ids[tokens],
        np.unique(_offsets(sequences, kept)),  # a sequence of nothing repeats an offset
        None if sequences.weights is None else sequences.weights[kept],
        None if sequences.times is None else sequences.times[kept],
        sequences.reading,
    )


def _cases(
    sequences: Sequences, shown: np.ndarray, held: np.ndarray, vocabulary: Vocabulary, n_targets: int | None
) -> Cases:
    if n_targets is not None and n_targets < 1:
        raise BadInput(f"n_targets is {n_targets}; expected at least 1, or None for all")
    keys = np.array(sequences.vocabulary.keys, object)
    of_histories, of_targets = _offsets(sequences, shown), _offsets(sequences, held)
    asked = np.diff(of_targets) > 0
    judged = np.flatnonzero(asked & (np.diff(of_histories) > 0)).tolist()
    if not judged:
        raise BadInput("nothing came before what is held out; expected sequences that go on: hold out another part")
    before, after = keys[sequences.tokens[shown]], keys[sequences.tokens[held]]
    times = None if sequences.times is None else sequences.times[shown]
    return Cases(
        [before[of_histories[i] : of_histories[i + 1]].tolist() for i in judged],
        [list(dict.fromkeys(after[of_targets[i] : of_targets[i + 1]]))[:n_targets] for i in judged],
        vocabulary,
        None if times is None else [times[of_histories[i] : of_histories[i + 1]] for i in judged],
        int(asked.sum()) - len(judged),
    )


def _offsets(sequences: Sequences, chosen: np.ndarray) -> np.ndarray:
    """Return where each sequence begins when only the chosen tokens are left."""
    return np.concatenate([[0], np.cumsum(chosen)])[sequences.offsets]


def _joined(sequences: Sequences, users: Sequence[str]) -> tuple[Sequences, np.ndarray]:
    """Return one sequence a user, and the place that each of its tokens had."""
    numbers: dict[str, int] = {}
    user = np.array([numbers.setdefault(name, len(numbers)) for name in users], np.int64)
    of_token = np.repeat(user, np.diff(sequences.offsets))
    order = np.argsort(of_token, kind="stable")
    offsets = np.concatenate([[0], np.cumsum(np.bincount(of_token, minlength=len(numbers)))])
    times = None if sequences.times is None else sequences.times[order]
    moved = Sequences(sequences.vocabulary, sequences.tokens[order], offsets, times=times, reading=sequences.reading)
    return moved, order


def _microseconds(moment: Moment) -> int:
    if isinstance(moment, int | np.integer):
        return int(moment)
    if isinstance(moment, np.datetime64):
        return int(moment.astype("datetime64[us]").astype(np.int64))
    try:
        when = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
    except ValueError:
        raise BadInput(f"moment is {moment!r}; expected ISO 8601 such as 2026-01-31T12:00:00") from None
    aware = when if when.tzinfo else when.replace(tzinfo=UTC)
    return (aware - EPOCH) // timedelta(microseconds=1)


def _iso(microseconds: int | np.integer) -> str:
    return str(np.datetime64(int(microseconds), "us"))
