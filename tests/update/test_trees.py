"""Inner nodes carried over to another tree, against a slow twin."""

from __future__ import annotations

import numpy as np
import pytest

from nearfield.embed import Word2Vec
from nearfield.embed.huffman import tree_of
from nearfield.sequences import Sequences
from nearfield.update.growth import grow, unchanged
from nearfield.update.trees import RIDGE, carried_nodes, hidden_rows
from nearfield.vectors import Vectors

KEYS = [f"k{i}" for i in range(9)]


@pytest.fixture
def old():
    random = np.random.default_rng(0)
    counts = [1, 90, 40, 3, 3, 20, 7, 1, 12]  # as an update leaves them
    return Vectors(KEYS, random.normal(size=(9, 4)), counts=counts, nodes=random.normal(size=(8, 4)))


def paths(keys, counts):
    """The inner nodes and turns on the way to each key."""
    tree = tree_of(keys, np.asarray(counts))
    own = [slice(*tree.offsets[i : i + 2]) for i in range(len(keys))]
    return [list(zip(tree.nodes[one].tolist(), tree.codes[one].tolist(), strict=True)) for one in own]


def twin(vectors, grown, hidden):
    """Every probability by its path, every new node by the keys below it, the regression by augmented rows."""
    old_paths = dict(zip(vectors.keys, paths(vectors.keys, vectors.counts), strict=True))
    new_paths = paths(grown.vocabulary.keys, grown.vocabulary.counts)
    targets = np.zeros((len(new_paths) - 1, len(hidden)))
    for place, row in enumerate(hidden.astype(np.float64)):
        likely = []
        for key in grown.vocabulary.keys[: grown.known]:
            turns = [1 / (1 + np.exp(-(1 - 2 * code) * (row @ vectors.nodes[node]))) for node, code in old_paths[key]]
            likely.append(np.prod(turns))
        for number in range(len(new_paths) - grown.known):
            kin = grown.kin.toarray()[number]
            seen = grown.seen_before
            each_time = sum(kin[i] * likely[i] / seen[i] for i in range(grown.known)) if kin.any() else 1 / seen.sum()
            likely.append(grown.vocabulary.counts[grown.known + number] * each_time)
        for node in range(len(targets)):
            sides = [
                sum(p for p, path in zip(likely, new_paths, strict=True) if (node, code) in path) for code in (0, 1)
            ]
            targets[node, place] = np.log(sides[0] / sides[1])
    weight = np.sqrt(RIDGE * np.mean(np.linalg.eigvalsh(hidden.T.astype(np.float64) @ hidden)))
    augmented = np.concatenate([hidden, weight * np.eye(hidden.shape[1])])
    return np.array([np.linalg.lstsq(augmented, np.append(one, np.zeros(hidden.shape[1])))[0] for one in targets])


@pytest.mark.parametrize("architecture", ["skipgram", "cbow"])
def test_nodes_are_carried_over_as_by_the_twin(old, architecture):
    model = Word2Vec(architecture=architecture, loss="hierarchical")
    new = Sequences.from_lists([["k7", "new", "k3"], ["alone", "alone"], ["new", "k8"], *[["k0", "k0"]] * 20])
    grown = grow(old, new, drop_below=4)
    assert grown.dropped == ("k4", "k7")
    assert grown.vocabulary.keys[grown.known :] == ("new", "alone")
    found = carried_nodes(old, model, grown)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, twin(old, grown, hidden_rows(old, model)), rtol=1e-3, atol=1e-3)


def test_the_same_tree_keeps_its_rows(old, monkeypatch):
    """They solve the regression, but for the ridge."""
    monkeypatch.setattr("nearfield.update.trees.RIDGE", 1e-9)
    found = carried_nodes(old, Word2Vec(loss="hierarchical"), unchanged(old))
    np.testing.assert_allclose(found, old.nodes, atol=1e-3)


def test_blocks_make_no_difference(old, monkeypatch):
    model, grown = Word2Vec(loss="hierarchical"), grow(old, Sequences.from_lists([["k7", "new"], ["k7", "k7"]]))
    at_once = carried_nodes(old, model, grown)
    monkeypatch.setattr("nearfield.update.trees.BLOCK_FLOATS", 1)
    np.testing.assert_allclose(carried_nodes(old, model, grown), at_once, rtol=1e-3, atol=1e-3)


def test_hidden_rows_are_those_of_training(old):
    rows = hidden_rows(old, Word2Vec())
    drawn = [int(np.flatnonzero((old.input == row).all(axis=1))[0]) for row in rows]
    shares = np.bincount(drawn, minlength=9) / len(drawn)
    np.testing.assert_allclose(shares, old.counts / old.counts.sum(), atol=0.05)
    mean, total = (hidden_rows(old, Word2Vec(architecture="cbow", cbow_mean=mean)) for mean in (True, False))
    np.testing.assert_allclose(6 * mean, total, atol=1e-5)  # six words in a window of five, on average
    narrow = hidden_rows(old, Word2Vec(architecture="cbow", window=1, direction="forward"))
    assert np.isin(narrow, old.input).all()


def test_nodes_that_have_learnt_nothing_stay_zeros(old):
    bare = Vectors(KEYS, old.input, counts=old.counts, nodes=np.zeros((8, 4)))
    grown = grow(bare, Sequences.from_lists([["k1", "new"]]))
    assert carried_nodes(bare, Word2Vec(loss="hierarchical"), grown).tolist() == [[0] * 4] * 9
