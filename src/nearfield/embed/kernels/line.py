"""LINE: draw an edge, tell its end from nodes drawn at random (Tang et al. 2015, arXiv:1503.03578, equation 7).

    loss = - log σ(u_i·v_j) - Σ_k log σ(-u_i·v_k),   (i, j) drawn by weight, k from the noise distribution, never j

Second order: v are rows of their own, those of nodes as context. First order: v are the rows u themselves. So one step
serves both; the caller gives the same table twice for the first.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from nearfield.embed.kernels.errors import TILE_BYTES, logistic_errors, logistic_loss
from nearfield.embed.kernels.layout import TILE, input_row
from nearfield.embed.kernels.negative import gather_samples
from nearfield.embed.kernels.rows import add_row, clear_row, prefetch_row
from nearfield.embed.kernels.tile import scores_of_one, tile_update_of_one
from nearfield.embed.kernels.windows import alpha_at
from nearfield.kernels.compilation import inlined, kernel
from nearfield.kernels.lanes import load_int32, store
from nearfield.kernels.randomness import advance, below, bits, draw_alias

LOSS_EVERY = 64  # samples between two that the running loss is made of


class Edges(NamedTuple):
    """What edges are drawn from: the addresses of arrays.

    sources, targets : int32, n of each; alias : pairs of uint32, n of them, or 0: all edges weigh 1.
    """

    sources: int
    targets: int
    alias: int
    n: int


@kernel
def train_edges(n_samples, done, edges, tables, targets, rate, work, random_state, loss):  # type: ignore[no-untyped-def]
    """Draw `n_samples` edges, one after the other, and take a step for each.

    Parameters
    ----------
    n_samples : int
    done : int
        Samples drawn before.
    edges : Edges
    tables, targets, rate, work
        See `layout`; the loss is negative sampling.
    random_state : uint64, shape (1,)
        Read and written.
    loss : float64, shape (2,)
        The sampled loss, and the number of samples behind it, are added here.
    """
    random = random_state[0]
    row, outputs = np.int64(0), work.outputs
    next_outputs = work.next_outputs
    # the rows of a sample are asked for while the one before is trained on
    for sample in range(-1, n_samples):
        next_row = np.int64(0)
        if sample + 1 < n_samples:
            next_row, random = gather_sample(edges, tables, targets, next_outputs, random)
        if sample >= 0:
            sampled = sample % LOSS_EVERY == 0
            train_edge(row, outputs, alpha_at(rate, done + sample), targets.negative + 1, tables, work, sampled, loss)
        row, outputs, next_outputs = next_row, next_outputs, outputs
    random_state[0] = random


@inlined
def gather_sample(edges, tables, targets, outputs, random):  # type: ignore[no-untyped-def]
    """Draw an edge and its negatives; list the output rows, return the source's row and the random state."""
    random = advance(random)
    edge = draw_edge(edges, bits(random))
    row = input_row(tables, np.int64(load_int32(edges.sources + 4 * edge)))
    prefetch_row(row, tables.row_bytes)
    _, random = gather_samples(np.int64(load_int32(edges.targets + 4 * edge)), tables, targets, outputs, random)
    return row, random


@inlined
def draw_edge(edges, random):  # type: ignore[no-untyped-def]
    """Draw an edge by weight from 64 random bits."""
    if edges.alias == 0:
        return below(random, edges.n)
    return draw_alias(random, edges.alias, edges.n)


@inlined
def train_edge(row, outputs, alpha, n_outputs, tables, work, sampled, loss):  # type: ignore[no-untyped-def]
    """Move one row and the outputs that it is compared with down the gradient."""
    tiles = -(-n_outputs // TILE)
    for tile in range(tiles):
        store(work.errors + TILE_BYTES * tile, scores_of_one(row, outputs + 8 * TILE * tile, tables.row_bytes))
    logistic_errors(work.errors, 1, tiles, work.labels, alpha)
    if sampled:
        loss[0] += logistic_loss(work.errors, 1, n_outputs, alpha)
        loss[1] += 1
    # added up apart: in the first order the source may be among its own outputs
    clear_row(work.sums, tables.row_bytes)
    for tile in range(tiles):
        at = work.errors + TILE_BYTES * tile
        tile_update_of_one(row, work.sums, outputs + 8 * TILE * tile, at, tables.row_bytes)
    add_row(work.sums, row, tables.row_bytes)
