"""Retrieval: is what came next among the first k of all unseen items?"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from nearfield.errors import BadInput
from nearfield.evaluate.accuracy import Recommended, accuracy, find_targets
from nearfield.evaluate.breakdown import Group, by_history_length, by_popularity, flat
from nearfield.evaluate.candidates import among_candidates
from nearfield.evaluate.diversity import (
    catalogue_figures,
    intra_list_diversity,
    listed_ids,
    novelty,
    popularity_rank,
)
from nearfield.evaluate.figures import Figure, mean_figures
from nearfield.evaluate.resampling import RESAMPLES, Interval
from nearfield.evaluate.splits import Cases
from nearfield.parameters import Count, Resamples, Seed, checks_arguments
from nearfield.vectors import Vectors
from nearfield.vocabulary import Keys, as_list


class Recommender(Protocol):
    """Whatever answers what comes next: `Vectors`, the baselines of this room, or a peer in a few lines."""

    @property
    def next_batch(self) -> Callable[..., list[list[tuple[str, float]]]]:
        """`next_batch(histories, k=…, exclude=…)`: the k keys likeliest to come after each history, the best first."""


@dataclass(frozen=True)
class RetrievalResult:
    """How well what came next was foretold, with 95 % bootstrap intervals over cases.

    Attributes
    ----------
    k : int
    n : int
        Cases.
    figures : dict of str to Figure
        `hit_rate, recall, precision, ndcg, mrr` (see `accuracy`); `novelty, popularity, coverage, gini` and
        `diversity` (see `diversity`), where what they need is given.
    by_history, by_popularity : tuple of Group
        The figures of accuracy by the length of the history, and by how popular the first target is.
    candidates : int or None
        Among how many sampled items the targets were ranked; None: among all. Figures of samples are no figures of the
        full ranking, and may order recommenders otherwise (Krichene & Rendle 2020).
    left_out : int
        Cases that could not be judged.
    values : dict of str to ndarray of float64, shape (n,)
        The figures of each case, where a case has them: what `difference` compares.
    """

    k: int
    n: int
    figures: dict[str, Figure]
    by_history: tuple[Group, ...] = ()
    by_popularity: tuple[Group, ...] = ()
    candidates: int | None = None
    left_out: int = 0
    values: Mapping[str, np.ndarray] = field(default_factory=dict, repr=False, compare=False)

    @property
    def hit_rate(self) -> float:
        """HR@k: the share of cases with a target among the first k."""
        return self.figures["hit_rate"].value

    @property
    def hit_rate_interval(self) -> Interval:
        """The interval of HR@k."""
        return self.figures["hit_rate"].interval

    @property
    def ndcg(self) -> float:
        """NDCG@k."""
        return self.figures["ndcg"].value

    @property
    def ndcg_interval(self) -> Interval:
        """The interval of NDCG@k."""
        return self.figures["ndcg"].interval

    def to_dict(self) -> dict[str, Any]:
        """Return all but the values of each case as what JSON holds."""
        counted = {"k": self.k, "n": self.n, "left_out": self.left_out, "candidates": self.candidates}
        groups = {"by_history": self.by_history, "by_popularity": self.by_popularity}
        return counted | flat(self.figures) | {name: [one.to_dict() for one in some] for name, some in groups.items()}


@checks_arguments
def item_retrieval(
    recommender: Recommender,
    cases: Cases,
    *,
    k: Count = 10,
    last: Count | None = None,
    repeats: bool = False,
    candidates: Count | None = None,
    vectors: Vectors | None = None,
    history_bands: int | Sequence[int] = 3,
    resamples: Resamples = RESAMPLES,
    seed: Seed = 1,
    **options: Any,
) -> RetrievalResult:
    """Let a recommender foretell what came next in each case, and judge it.

    Parameters
    ----------
    recommender : Recommender
        `Vectors` skip what they do not know of a history.
    cases : Cases
        As `splits` makes them.
    k : int
        How long lists are.
    last : int, optional
        Show only the last so many entries of each history; what came earlier is still no answer.
    repeats : bool
        Whether what stands in the history is an answer, and to be foretold. If not, targets that the history holds are
        taken away, and cases with no other target left out.
    candidates : int, optional
        Rank the targets among so many unseen items, drawn evenly for each case, in place of all; see `candidates`.
    vectors : Vectors, optional
        By which the diversity within lists is measured.
    history_bands : int or sequence of int
        As for `breakdown.by_history_length`.
    resamples, seed : int
        Of the bootstrap, and of the draw of candidates.
    **options
        For `next_batch`, such as `decay=0.8`; with `half_life` the histories' times are given, too.

    Raises
    ------
    BadInput
        No case is left; a half-life for histories without times; a number out of range.

    Examples
    --------
    >>> from nearfield import Sequences
    >>> from nearfield.evaluate import Popularity, leave_last_out
    >>> train, cases = leave_last_out(Sequences.from_lists([["a", "b"], ["b", "a", "c"], ["b", "a"]]))
    >>> result = item_retrieval(Popularity(train), cases, k=1)
    >>> result.n, round(result.hit_rate, 3)
    (3, 0.667)
    """
    if not repeats:
        cases = cases.unseen()
    if not len(cases):
        raise BadInput(f"no case is left to judge, {cases.left_out} are left out; expected some with something new")
    out = None if repeats else cases.histories
    shown, asked = _shown(cases, last, options)
    if isinstance(recommender, Vectors):
        asked = {"unknown": "skip"} | asked
    if candidates is None:
        recommended = recommender.next_batch(shown, k=k, exclude=out, **asked)
    else:
        recommended = among_candidates(recommender, cases, shown, candidates, k, repeats, seed, asked)
    return _judged(recommended, cases, k, candidates, vectors, history_bands, resamples, seed)


@checks_arguments
def next_item(
    recommended: Recommended,
    targets: Sequence[Keys],
    *,
    k: Count = 10,
    resamples: Resamples = RESAMPLES,
    seed: Seed = 1,
) -> RetrievalResult:
    """Judge lists, from wherever they are, by what came next: the figures of accuracy alone.

    Parameters
    ----------
    recommended : m lists of (key, score), the best first
        As `Vectors.next_batch(histories, k=k, exclude=histories)` gives them. They should be ranked over all unseen
        items, not over a sample of them (Krichene & Rendle 2020).
    targets : m keys or lists of keys
    k : int
    resamples, seed : int
        Of the bootstrap.

    Examples
    --------
    The target is found in second place, in first place, and not at all: HR@2 = 2/3, NDCG@2 = (0.63 + 1 + 0) / 3.

    >>> lists = [[("a", 0.9), ("b", 0.8)], [("b", 0.7), ("a", 0.1)], [("a", 0.3), ("c", 0.2)]]
    >>> result = next_item(lists, ["b", "b", "b"], k=2)
    >>> round(result.hit_rate, 3), round(result.ndcg, 3)
    (0.667, 0.544)
    """
    values = _accuracy(recommended, targets, k)
    return RetrievalResult(k=k, n=len(targets), figures=mean_figures(values, resamples, seed), values=values)


def _shown(cases: Cases, last: int | None, options: dict[str, Any]) -> tuple[list[list[str]], dict[str, Any]]:
    """Return what of the histories is shown, and the options with its times where they are wanted."""
    if last is not None and last < 1:
        raise BadInput(f"last is {last}; expected at least 1, or None for all")
    since = slice(None if last is None else -last, None)
    histories = [history[since] for history in cases.histories]
    if options.get("half_life") is None:
        return histories, options
    if cases.times is None:
        raise BadInput("half_life for histories without times; expected cases with times, or decay")
    # with their unit: a log may have a clock of its own, whose numbers would be taken for another unit's
    times = [np.asarray(times, np.int64)[since].view("datetime64[us]") for times in cases.times]
    return histories, options | {"times": times}


def _accuracy(recommended: Recommended, targets: Sequence[Keys], k: int) -> dict[str, np.ndarray]:
    found = find_targets(recommended, targets, k)
    return accuracy(found, np.array([len(set(as_list(one))) for one in targets], np.int64))


def _judged(
    recommended: Recommended,
    cases: Cases,
    k: int,
    candidates: int | None,
    vectors: Vectors | None,
    history_bands: int | Sequence[int],
    resamples: int,
    seed: int,
) -> RetrievalResult:
    hits = _accuracy(recommended, cases.targets, k)
    vocabulary = cases.vocabulary
    ids = listed_ids(recommended, vocabulary, k)
    kinds = {"novelty": novelty(ids, vocabulary.counts), "popularity": popularity_rank(ids, vocabulary.counts)}
    if vectors is not None:
        kinds["diversity"] = intra_list_diversity(recommended, vectors, k)
    lengths = np.array([len(history) for history in cases.histories], np.int64)
    return RetrievalResult(
        k=k,
        n=len(cases),
        figures=mean_figures(hits | kinds, resamples, seed) | catalogue_figures(ids, len(vocabulary), resamples, seed),
        by_history=by_history_length(hits, lengths, history_bands, resamples, seed),
        by_popularity=by_popularity(hits, [one[0] for one in cases.targets], vocabulary, resamples, seed),
        candidates=candidates,
        left_out=cases.left_out,
        values=hits | kinds,
    )
