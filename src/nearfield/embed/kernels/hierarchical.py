"""Hierarchical softmax: find the centre's leaf in a Huffman tree (Mikolov et al. 2013, arXiv:1310.4546, eq. 3).

    loss = - Σ_j log σ((1 - 2·code_j) h·v_j)   over the inner nodes j from the root to the centre

which is the logistic loss with labels 1 - code_j.
"""

from __future__ import annotations

import numpy as np

from nearfield.embed.kernels.layout import TILE, output_row
from nearfield.embed.kernels.rows import prefetch_row
from nearfield.kernels.compilation import inlined
from nearfield.kernels.lanes import (
    CACHE_LINE,
    LANE_BYTES,
    load_int32,
    load_int64,
    prefetch,
    store_float,
    store_int64,
)

NEAR_ROOT = 64  # the first nodes take part in nearly all steps and need not be asked for


@inlined
def gather_path(centre, tables, targets, outputs, labels, idle):  # type: ignore[no-untyped-def]
    """List the nodes' rows and labels, filled up to whole tiles with the idle row; return how many nodes."""
    start = load_int64(targets.path_offsets + 8 * centre)
    n = load_int64(targets.path_offsets + 8 * (centre + 1)) - start
    for j in range(-(-n // TILE) * TILE):
        row, label = idle, np.float32(0.5)  # the sigmoid of the idle row's score: an error of exactly 0
        if j < n:
            step = np.int64(load_int32(targets.path_steps + 4 * (start + j)))
            node = step >> 1
            row, label = output_row(tables, node), np.float32(1 - (step & 1))
            if node >= NEAR_ROOT:
                prefetch_row(row, tables.row_bytes)
        store_int64(outputs + 8 * j, row)
        store_float(labels + LANE_BYTES * (j // TILE) + 4 * (j % TILE), label)
    return n


@inlined
def prefetch_paths(sentence, position, n, targets):  # type: ignore[no-untyped-def]
    """Ask for the steps of the token at `position`, and for where those of the one after it begin."""
    if position + 1 < n:
        prefetch(targets.path_offsets + 8 * np.int64(load_int32(sentence + 4 * (position + 1))))
    if position < n:
        start = load_int64(targets.path_offsets + 8 * np.int64(load_int32(sentence + 4 * position)))
        prefetch(targets.path_steps + 4 * start)
        prefetch(targets.path_steps + 4 * start + CACHE_LINE)
