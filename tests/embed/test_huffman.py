"""Code lengths against a heap-built tree; the code against what a prefix code has to be."""

import heapq
import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nearfield.embed.huffman import huffman_tree


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
