"""The Huffman tree of hierarchical softmax: frequent keys have short paths."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from nearfield.arrays import run_places


class HuffmanTree(NamedTuple):
    """The path of every key from the root, as CSR.

    offsets : int64, shape (n + 1,); the path of key i is `offsets[i]` to `offsets[i + 1]` in the other two;
    nodes : int32, the inner nodes on the way, 0 … n-2; the root is 0 and heavier nodes come first;
    codes : uint8, 0 or 1: which way to go from each.
    """

    offsets: np.ndarray
    nodes: np.ndarray
    codes: np.ndarray


class Branches(NamedTuple):
    """What lies on either side of each inner node; places are those of inner nodes, 0 … n-2, and n-1 + i for key i.

    sides : int64, shape (n - 1, 2); the places that codes 0 and 1 lead to;
    levels : the inner nodes of each depth, the root's first.
    """

    sides: np.ndarray
    levels: list[np.ndarray]


def tree_of(keys: Sequence[str], counts: np.ndarray) -> HuffmanTree:
    """Build the tree for keys in any order; of equally frequent ones the lesser string is the heavier.

    So keys and counts alone say what it is, and an update may give keys their ids.
    """
    by_key = np.array(sorted(range(len(keys)), key=keys.__getitem__), np.int64)
    order = by_key[np.argsort(-np.maximum(counts, 1)[by_key], kind="stable")]
    tree = huffman_tree(counts[order])
    place = np.empty_like(order)
    place[order] = np.arange(len(order))
    lengths = np.diff(tree.offsets)[place]
    entries = run_places(tree.offsets[place], lengths)
    return HuffmanTree(np.concatenate([[0], np.cumsum(lengths)]), tree.nodes[entries], tree.codes[entries])


def branches(tree: HuffmanTree) -> Branches:
    """Return the tree from node to node, instead of from the root to each key."""
    n = len(tree.offsets) - 1
    behind = np.append(tree.nodes[1:], 0).astype(np.int64)
    behind[tree.offsets[1:] - 1] = n - 1 + np.arange(n)
    sides = np.empty((n - 1, 2), np.int64)
    sides[tree.nodes, tree.codes] = behind
    depths = np.empty(n - 1, np.int64)
    depths[tree.nodes] = np.arange(len(tree.nodes)) - np.repeat(tree.offsets[:-1], np.diff(tree.offsets))
    order = np.argsort(depths, kind="stable")
    return Branches(sides, np.split(order, np.flatnonzero(np.diff(depths[order])) + 1))


def log_probabilities(tree: Branches, nodes: np.ndarray, hidden: np.ndarray) -> np.ndarray:
    """Return log P(key | hidden row), shape (n, m): the sum of log σ(±h·v) over the nodes v on the key's path.

    Parameters
    ----------
    tree : Branches
    nodes : ndarray of float32, shape (n - 1, dim)
    hidden : ndarray of float32 or float64, shape (m, dim)
        The sums have its dtype.
    """
    n = len(nodes) + 1
    logs = np.zeros((2 * n - 1, len(hidden)), hidden.dtype)
    for level in tree.levels:
        scores = nodes[level] @ hidden.T
        ahead = logs[level] + log_sigmoid(scores)
        logs[tree.sides[level, 0]] = ahead
        logs[tree.sides[level, 1]] = ahead - scores  # log σ(-x) = log σ(x) - x
    return logs[n - 1 :]


def log_sigmoid(x: np.ndarray) -> np.ndarray:
    """Return log σ(x), without overflow."""
    return np.asarray(np.minimum(x, 0) - np.log(1 + np.exp(-np.abs(x))))


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
    keys: np.ndarray = np.arange(n if n > 1 else 0)  # a single key is the root
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
