"""What the walking kernels are given: addresses of arrays, and numbers."""

from __future__ import annotations

from typing import NamedTuple


class Links(NamedTuple):
    """Rows of neighbours, the rows rising; an address of 0: all edges weigh 1.

    indptr : int64, n + 1; indices : int32; weights : float32; n : nodes;
    alias : pairs of uint32, an alias table for each row; totals : float64, n, the sum of each row's weights;
    symmetric : whether row j has i where row i has j, with the same weight, and longer rows come first.
    """

    indptr: int
    indices: int
    weights: int
    alias: int
    totals: int
    n: int
    symmetric: bool


class Bias(NamedTuple):
    """How a step depends on the one before (see `bias.bias_of`).

    second_order : whether it does at all; back : 1/p; out : 1/q;
    thresholds : float64, n, for node2vec+: what a node's edges must weigh to count in full; 0: plain node2vec.
    """

    second_order: bool
    back: float
    out: float
    thresholds: int
