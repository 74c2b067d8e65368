"""Code lengths against a heap-built tree; the code against what a prefix code has to be."""

import heapq
import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nearfield.embed.huffman import branches, huffman_tree, log_probabilities, tree_of


def best_total_length(weights):
    """The weighted path length of an optimal code, by the textbook: join the two lightest, add up what was joined."""
    heap, total = list(weights), 0
    heapq.heapify(heap)
    while len(heap) > 1:
        joined = heapq.heappop(heap) + heapq.heappop(heap)
        total += joined
        heapq.heappush(heap, joined)
    return total


@given(st.lists(st.integers(1, 1000), min_size=2, max_size=60))
def test_codes_are_optimal_and_prefix_free(weights):
    counts = np.sort(weights)[::-1]
    tree = huffman_tree(counts)
    lengths = np.diff(tree.offsets)
    assert (lengths * counts).sum() == best_total_length(weights)
    paths = [slice(a, b) for a, b in itertools.pairwise(tree.offsets)]
    codes = ["".join(map(str, tree.codes[path])) for path in paths]
    assert not any(a != b and b.startswith(a) for a in codes for b in codes)
    assert len(set(codes)) == len(codes)
    # walking from the root by nodes and codes is a function: one node and one code lead to one place
    steps = {}
    for path in paths:
        nodes = [*tree.nodes[path].tolist(), None]
        assert nodes[0] == 0
        for here, code, there in zip(nodes, tree.codes[path], nodes[1:], strict=False):
            if there is not None:
                assert steps.setdefault((here, code), there) == there
    assert set(tree.nodes.tolist()) == set(range(len(weights) - 1))


def test_heavier_nodes_come_first():
    counts = np.sort(np.random.default_rng(0).zipf(1.3, 500).clip(max=10**6))[::-1]
    tree = huffman_tree(counts)
    weights = np.bincount(tree.nodes, np.repeat(counts, np.diff(tree.offsets)))
    assert (np.diff(weights) <= 0).all()
    assert weights[0] == counts.sum()


def test_counts_of_zero_are_taken_for_one():
    assert np.diff(huffman_tree(np.zeros(8, np.int64)).offsets).tolist() == [3] * 8


@given(st.lists(st.integers(0, 9), max_size=30), st.randoms())
def test_a_tree_is_the_same_in_whatever_order_keys_stand(counts, random):
    keys = [f"k{i:02}" for i in range(len(counts))]
    order = list(range(len(counts)))
    random.shuffle(order)
    there, here = tree_of(keys, np.array(counts, int)), tree_of([keys[i] for i in order], np.array(counts, int)[order])
    for place, number in enumerate(order):
        own, other = (slice(*tree.offsets[at : at + 2]) for tree, at in ((here, place), (there, number)))
        assert here.nodes[own].tolist() == there.nodes[other].tolist()
        assert here.codes[own].tolist() == there.codes[other].tolist()


def test_a_tree_of_keys_in_order_is_that_of_their_counts():
    counts = np.sort(np.random.default_rng(0).integers(1, 30, 200))[::-1]
    for one, other in zip(tree_of([f"k{i:03}" for i in range(200)], counts), huffman_tree(counts), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("n", [1, 2, 3, 40])
def test_probabilities_are_those_of_the_turns_on_the_way(n):
    random = np.random.default_rng(n)
    tree = tree_of([str(i) for i in range(n)], random.integers(1, 50, n))
    nodes, hidden = random.normal(size=(n - 1, 5)).astype(np.float32), random.normal(size=(7, 5))
    found = log_probabilities(branches(tree), nodes, hidden)
    for key in range(n):
        path = slice(*tree.offsets[key : key + 2])
        for place, row in enumerate(hidden):
            wanted = 1.0
            for node, code in zip(tree.nodes[path], tree.codes[path], strict=True):
                wanted *= 1 / (1 + np.exp(-(1.0 - 2.0 * code) * (row @ nodes[node])))
            assert found[key, place] == pytest.approx(np.log(wanted))
    np.testing.assert_allclose(np.exp(found).sum(axis=0), 1)


def test_sure_turns_do_not_overflow():
    tree = branches(tree_of(["a", "b"], np.array([2, 1])))
    found = log_probabilities(tree, np.array([[1.0]], np.float32), np.array([[500.0], [-500.0]], np.float32))
    np.testing.assert_allclose(found, [[-500, 0], [0, -500]], atol=1e-4)
