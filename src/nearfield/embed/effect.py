"""Whether training had anything to learn from: what trained nothing is refused, and what trained little warns."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nearfield.embed.corpus import Corpus, SequenceCorpus
from nearfield.errors import BadInput, warn

if TYPE_CHECKING:
    from nearfield.embed.run import Run

FEWEST_PAIRS = 10  # a key, over all epochs; below, most rows lie nearly where they were drawn at random


def check_effect(run: Run, corpus: Corpus, *, few: bool = True) -> None:
    """Refuse a run in which no pair of neighbours was trained on.

    Parameters
    ----------
    run : Run
        At its end.
    corpus : Corpus
        What it has read.
    few : bool
        Whether to warn where there were few pairs; an update by few data is nothing unusual.

    Raises
    ------
    BadInput
        Nothing was trained; the message says how much there was, and why nothing of it had an effect.

    Warns
    -----
    UserWarning
        There were fewer than FEWEST_PAIRS pairs a key.
    """
    n_keys, epochs, tokens = len(run.counts), run.estimator.epochs, sum(shard.n_tokens for shard in run.shards)
    if not run.pairs:
        raise BadInput(f"nothing was trained: {tokens:,} tokens give 0 pairs of neighbours; {_reason(run, corpus)}")
    if few and run.pairs < FEWEST_PAIRS * n_keys:
        warn(
            f"trained on {run.pairs:,} pairs of neighbours, {run.pairs / n_keys:.1f} for each of {n_keys:,} keys, in"
            f" {epochs} epochs; most vectors are still nearly random: give more data or epochs, or another sample"
        )


def _reason(run: Run, corpus: Corpus) -> str:
    """Say why, and what to do about it."""
    if isinstance(corpus, SequenceCorpus):
        sequences = corpus.sequences
        if sequences.weights is not None and not np.any(sequences.weights > 0):
            return "all weights are 0: give some of at least one kind"
        trained = np.concatenate([[0], np.cumsum(np.asarray(sequences.tokens) < len(run.counts))])
        longest = int(np.diff(trained[sequences.offsets]).max(initial=0))
        if longest < 2:
            kept = "" if trained[-1] == sequences.n_tokens else f" of at least min_count={run.min_count}"
            return f"no sequence has two keys{kept}: expected sequences of two or more (one line, session or user each)"
    if run.estimator.sample:
        return f"subsampling dropped the others (sample={run.estimator.sample:g}): give more data, or sample 0 for none"
    return "expected sequences of two keys or more, with weights above 0"
