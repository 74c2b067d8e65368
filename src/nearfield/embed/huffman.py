"""The Huffman tree of hierarchical softmax: frequent keys have short paths."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np


class HuffmanTree(NamedTuple):
    """The path of every key from the root, as CSR.

    offsets : int64, shape (n + 1,); the path of key i is `offsets[i]` to `offsets[i + 1]` in the other two;
    nodes : int32, the inner nodes on the way, 0 … n-2; the root is 0 and heavier nodes come first;
    codes : uint8, 0 or 1: which way to go from each.
    """

    offsets: np.ndarray
    nodes: np.ndarray
    codes: np.ndarray


def huffman_tree(counts: np.ndarray) -> HuffmanTree:
    """Build the tree for counts that never increase (a vocabulary's), in time O(n + length of all paths).

    With sorted leaves no heap is needed: new inner nodes arise in order of weight too, so the lightest two are found at
    the ends of two queues (van Leeuwen 1976). Equal weights prefer the leaf, which gives the flattest best
    tree.
    """
    n = len(counts)
    parents, codes = _join(np.maximum(counts, 1).tolist())
    lengths = np.zeros(n, np.int64)
    for keys, _ in _levels(parents, n):
        lengths[keys] += 1
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    tree = HuffmanTree(offsets, np.empty(offsets[-1], np.int32), np.empty(offsets[-1], np.uint8))
    for step, (keys, at) in enumerate(_levels(parents, n)):
        places = offsets[keys + 1] - 1 - step
        tree.nodes[places] = 2 * n - 2 - parents[at]  # the last node made is the root, 0
        tree.codes[places] = codes[at]
    return tree


def _levels(parents: np.ndarray, n: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Climb from all leaves at once: yield the keys that are not yet at the root, and the nodes where they are."""
    keys: np.ndarray = np.arange(n)
    at = keys
    while len(keys):
        yield keys, at
        above = parents[at]
        keys, at = keys[above < 2 * n - 2], above[above < 2 * n - 2]


def _join(weights: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """Join the lightest two nodes until one is left; return the parent and the code of every node but the root.

    Nodes 0 … n-1 are the leaves, n … 2n-2 the inner nodes in order of making.
    """
    n = len(weights)
    parents, codes = [0] * (2 * n - 2), [0] * (2 * n - 2)
    leaf, inner = n - 1, n
    for made in range(n, 2 * n - 1):
        total = 0
        for code in (0, 1):
            take_leaf = leaf >= 0 and (inner >= made or weights[leaf] <= weights[inner])
            lightest = leaf if take_leaf else inner
            leaf, inner = (leaf - 1, inner) if take_leaf else (leaf, inner + 1)
            parents[lightest], codes[lightest] = made, code
            total += weights[lightest]
        weights.append(total)
    return np.array(parents, np.int64), np.array(codes, np.uint8)
