"""A trained Word2Vec asked as a language model: which word stands here, and is this how people talk?

The probability of a centre word w from one hidden row h:

- softmax: exp(h·v_w) / Σ_x exp(h·v_x), exact;
- hierarchical: the product of σ(±h·v_j) over the nodes j on w's path, exact, and 1 in sum over all words;
- negative: k · P_noise(w) · exp(h·v_w), what the loss drives towards the probability where it is at its optimum
  (Gutmann & Hyvärinen 2010; Levy & Goldberg 2014, eq. 7, read backwards). It is not normalised: an estimate, to
  compare words by.

CBOW has one hidden row for a context, the mean or sum of the input rows. Skip-gram has one for every context word:
`predict` takes the mean of their probabilities (which is again exact), `score` adds up the logarithms, like the loss.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from nearfield.arrays import run_places
from nearfield.embed.distributions import noise_distribution
from nearfield.embed.huffman import branches, log_sigmoid
from nearfield.embed.huffman import log_probabilities as tree_probabilities
from nearfield.errors import BadInput, UnknownKey
from nearfield.sequences import Sequences

if TYPE_CHECKING:
    from nearfield.embed.word2vec import Word2Vec

ROWS_AT_ONCE = 256


def predict(model: Word2Vec, context: Iterable[str], k: int = 10) -> list[tuple[str, float]]:
    """Return the k likeliest centre words for a context and their probabilities, likeliest first.

    Parameters
    ----------
    model : Word2Vec
        Fitted.
    context : iterable of str
        Words around the gap; unknown ones are left out.
    k : int

    Raises
    ------
    UnknownKey
        No word of the context is known.
    """
    if isinstance(context, str):
        raise BadInput(f"the context is the string {context[:40]!r}; expected a list of keys")
    context = list(context)
    known = model.vectors_.vocabulary.known(context)
    if not len(known):
        raise UnknownKey(context[0] if context else "", model.vectors_.keys)
    hidden = _hidden(model, known)
    probabilities = np.exp(log_probabilities(model, hidden)).mean(axis=0)
    best = np.argsort(-probabilities, kind="stable")[:k]
    return [(model.vectors_.keys[i], float(probabilities[i])) for i in best]


def score(model: Word2Vec, sequences: Sequences | Iterable[Iterable[str]]) -> np.ndarray:
    """Return the log-likelihood of each sequence: Σ log p(centre | context) over all centres, with the whole window.

    Unknown words are left out; a sequence with fewer than two known words scores 0.

    Parameters
    ----------
    model : Word2Vec
        Fitted.
    sequences : Sequences, or iterable of lists of str

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    return np.array([_score_one(model, ids) for ids in _known_ids(model, sequences)])


def log_probabilities(model: Word2Vec, hidden: np.ndarray) -> np.ndarray:
    """Return log p(word) for hidden rows, shape (m, dim): float64, shape (m, n); unnormalised for negative sampling."""
    if model.loss == "hierarchical":
        return tree_probabilities(branches(model.tree_), model.nodes_, hidden.astype(np.float64)).T
    scores = (hidden @ _output(model).T).astype(np.float64)
    if model.loss == "softmax":
        highest = scores.max(axis=1, keepdims=True)
        return scores - highest - np.log(np.exp(scores - highest).sum(axis=1, keepdims=True))
    return scores + np.log(model.negative * _noise(model))


def _output(model: Word2Vec) -> np.ndarray:
    output = model.vectors_.output
    assert output is not None  # only "hierarchical" has nodes instead
    return output


def _noise(model: Word2Vec) -> np.ndarray:
    counts = model.vectors_.counts
    assert counts is not None
    return noise_distribution(counts, model.ns_exponent)


def _hidden(model: Word2Vec, context: np.ndarray) -> np.ndarray:
    """The hidden rows of a context: one for CBOW, one a word for skip-gram; float32, shape (m, dim)."""
    rows = model.vectors_.input[context]
    if model.architecture == "skipgram":
        return rows
    return rows.mean(axis=0, keepdims=True) if model.cbow_mean else rows.sum(axis=0, keepdims=True)


def _score_one(model: Word2Vec, ids: np.ndarray) -> float:
    hidden, centres = [], []
    for at in range(len(ids)):
        before = ids[max(0, at - model.window) : at]
        after = ids[at + 1 : at + 1 + model.window] if model.direction == "both" else ids[:0]
        context = np.concatenate([before, after])
        if len(context):
            rows = _hidden(model, context)
            hidden.append(rows)
            centres.append(np.full(len(rows), ids[at]))
    if not hidden:
        return 0.0
    return _sum_of_logs(model, np.concatenate(hidden), np.concatenate(centres))


def _sum_of_logs(model: Word2Vec, hidden: np.ndarray, centres: np.ndarray) -> float:
    total = 0.0
    for start in range(0, len(hidden), ROWS_AT_ONCE):
        rows, keys = hidden[start : start + ROWS_AT_ONCE], centres[start : start + ROWS_AT_ONCE]
        if model.loss == "softmax":  # needs all keys for the sum below the fraction line; the others do not
            total += float(log_probabilities(model, rows)[np.arange(len(keys)), keys].sum())
        elif model.loss == "hierarchical":
            total += float(_log_of_paths(model, rows, keys).sum())
        else:
            scores = np.einsum("ij,ij->i", rows.astype(np.float64), _output(model)[keys])
            total += float((scores + np.log(model.negative * _noise(model)[keys])).sum())
    return total


def _log_of_paths(model: Word2Vec, hidden: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """log σ(±h·v_j) for every node j on the path of each row's key, one behind the other."""
    tree = model.tree_
    lengths = tree.offsets[keys + 1] - tree.offsets[keys]
    entries = run_places(tree.offsets[keys], lengths)
    rows = hidden[np.repeat(np.arange(len(keys)), lengths)]
    scores = np.einsum("ij,ij->i", rows, model.nodes_[tree.nodes[entries]], dtype=np.float64)
    return log_sigmoid((1.0 - 2.0 * tree.codes[entries]) * scores)


def _known_ids(model: Word2Vec, sequences: Sequences | Iterable[Iterable[str]]) -> Iterator[np.ndarray]:
    vocabulary = model.vectors_.vocabulary
    if not isinstance(sequences, Sequences):
        return (vocabulary.known(one) for one in sequences)
    theirs = np.array([vocabulary.get(key, -1) for key in sequences.vocabulary.keys] or [-1], np.int32)
    return (ids[ids >= 0] for ids in (theirs[one] for one in sequences))
