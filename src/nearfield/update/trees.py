"""The rows of a Huffman tree's inner nodes, carried over to the tree of other counts.

Hierarchical softmax says P(key | hidden row h) by the turns on the way to the key, and each turn by σ(±h·v) for the row
v of an inner node. The tree follows the counts: with others a key has other turns, where the old rows mean nothing.
What the old tree says of keys still holds. So it is asked for HIDDEN hidden rows; the probabilities of what lies on
either side of a new inner node are sums of those of keys, and its row is the ridge regression that says

    h·v ≈ log P(side 0 | h) - log P(side 1 | h)

Peng, Li, Song & Liu 2017 (Incrementally learning the hierarchical softmax function for neural language models, AAAI)
let nodes keep their rows as far as the codes of keys stay the same, and learn the others from the old corpus and the
new. That needs the old corpus; and two nodes that change places change the codes of all that is below them, so that
what is kept in this way is worse than zeros.

By `benchmarks/update_tree.py`, where a twentieth of a text is new, the mean log-likelihood of a word of the old falls
by .02 under skip-gram and .13 under CBOW when the tree is another; from zeros by .11 and .79. After an update with a
replay it is behind that of training anew by .01 and .11. Under CBOW, whose steps are fewer, less is then known of both
texts than before the update: such vectors are better trained anew.
"""

from __future__ import annotations

import numpy as np

from nearfield.embed.huffman import Branches, branches, log_probabilities, log_sigmoid, tree_of
from nearfield.embed.word2vec import Word2Vec
from nearfield.update.growth import Grown
from nearfield.vectors import Vectors

HIDDEN = 1_000
RIDGE = 1e-2  # of the mean eigenvalue of the hidden rows' second moments, added to all
BLOCK_FLOATS = 1 << 24
RAREST = np.float32(1e-30)  # a probability that float32 cannot tell from 0


def carried_nodes(vectors: Vectors, model: Word2Vec, grown: Grown) -> np.ndarray:
    """Return rows for the inner nodes of the tree of `grown`, float32, shape (n - 1, dim).

    A new key is as likely as its kin among the old ones (see `growth.Grown.kin`) for each time that it was seen.

    Parameters
    ----------
    vectors : Vectors
        With nodes.
    model : Word2Vec
        What hidden rows are made of, and the seed of their draw.
    grown : Grown
    """
    nodes, keys = vectors.nodes, grown.vocabulary.keys
    assert nodes is not None
    if not nodes.any():  # those of vectors of another program have learnt nothing
        return np.zeros((len(keys) - 1, vectors.dim), np.float32)
    known = vectors.vocabulary.ids(keys[: grown.known])
    old = branches(tree_of(vectors.keys, vectors.vocabulary.counts))
    new = branches(tree_of(keys, grown.vocabulary.counts))
    hidden = hidden_rows(vectors, model)
    products = np.zeros((len(keys) - 1, vectors.dim))
    step = max(1, BLOCK_FLOATS // (2 * max(len(keys), len(vectors))))
    for start in range(0, HIDDEN, step):
        some = hidden[start : start + step]
        likely = _with_new_keys(log_probabilities(old, nodes, some)[known], grown)
        products += _log_odds(new, likely) @ some
    moments = hidden.T.astype(np.float64) @ hidden
    moments += RIDGE * np.trace(moments) / len(moments) * np.eye(len(moments))
    return np.asarray(products @ np.linalg.pinv(moments, hermitian=True), np.float32)


def hidden_rows(vectors: Vectors, model: Word2Vec) -> np.ndarray:
    """HIDDEN hidden rows, float32, shape (HIDDEN, dim): of keys drawn by count; CBOW's of as many as a window has."""
    weights = np.maximum(vectors.vocabulary.counts, 1)
    n = 1 if model.architecture == "skipgram" else max(1, round(model.reach))
    drawn = np.random.default_rng(model.seed).choice(len(weights), (HIDDEN, n), p=weights / weights.sum())
    rows = vectors.input_table[drawn.ravel()].reshape(HIDDEN, n, vectors.dim)
    return np.asarray(rows.mean(axis=1) if model.cbow_mean or n == 1 else rows.sum(axis=1), np.float32)


def _with_new_keys(likely: np.ndarray, grown: Grown) -> np.ndarray:
    """Log-probabilities of the old keys, shape (known, m), and behind them of the new ones."""
    n_new = len(grown.vocabulary) - grown.known
    if not n_new:
        return likely
    seen = np.maximum(grown.seen_before, 1).astype(np.float32)
    each_time = np.full((n_new, likely.shape[1]), 1 / max(1, seen.sum()), np.float32)
    if grown.kin is not None:
        with_kin = np.flatnonzero(np.diff(grown.kin.indptr))
        each_time[with_kin] = grown.kin[with_kin] @ np.exp(likely - np.log(seen)[:, None])
    counts = grown.vocabulary.counts[grown.known :].astype(np.float32)
    return np.concatenate([likely, np.log(np.maximum(each_time, RAREST)) + np.log(counts)[:, None]])


def _log_odds(tree: Branches, likely: np.ndarray) -> np.ndarray:
    """log P(side 0) - log P(side 1) of inner nodes, float32, shape (n - 1, m), from those of keys, shape (n, m)."""
    n = len(likely)
    logs = np.concatenate([np.empty((n - 1, likely.shape[1]), np.float32), likely])
    odds = np.empty((n - 1, likely.shape[1]), np.float32)
    for level in reversed(tree.levels):
        sides = logs[tree.sides[level, 0]], logs[tree.sides[level, 1]]
        odds[level] = sides[0] - sides[1]
        logs[level] = np.maximum(*sides) - log_sigmoid(np.abs(odds[level]))  # the logarithm of the sum
    return odds
