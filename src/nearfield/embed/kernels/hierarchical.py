"""Hierarchical softmax: find the centre's leaf in a Huffman tree (Mikolov et al. 2013, arXiv:1310.4546, eq. 3).

    loss = - Σ_j log σ((1 - 2·code_j) h·v_j)   over the inner nodes j from the root to the centre

which is the logistic loss with labels 1 - code_j.
"""

from __future__ import annotations

import numpy as np

from nearfield.embed.kernels.compilation import inlined
from nearfield.embed.kernels.lanes import LANE_BYTES, load_int32, load_int64, load_uint8, store_float, store_int64
from nearfield.embed.kernels.layout import TILE, output_row
from nearfield.embed.kernels.rows import prefetch_row


@inlined
def gather_path(centre, tables, targets, outputs, labels, idle):  # type: ignore[no-untyped-def]
    """List the nodes' rows and labels, filled up to whole tiles with the idle row; return how many nodes."""
    start = load_int64(targets.path_offsets + 8 * centre)
    n = load_int64(targets.path_offsets + 8 * (centre + 1)) - start
    for j in range(-(-n // TILE) * TILE):
        row, label = idle, np.float32(0.5)  # the sigmoid of the idle row's score: an error of exactly 0
        if j < n:
            row = output_row(tables, np.int64(load_int32(targets.path_nodes + 4 * (start + j))))
            label = np.float32(1 - load_uint8(targets.path_codes + start + j))
        store_int64(outputs + 8 * j, row)
        prefetch_row(row, tables.row_bytes)
        store_float(labels + LANE_BYTES * (j // TILE) + 4 * (j % TILE), label)
    return n
