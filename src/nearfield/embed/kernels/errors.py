"""From scores to errors, the loss's derivative by each score times minus the rate, and to the loss itself.

Scores and errors share one list: LANES floats for each (tile, input), the first TILE of them in use.
"""

from __future__ import annotations

import numpy as np

from nearfield.embed.kernels.layout import INPUTS_AT_ONCE, TILE
from nearfield.kernels.compilation import inlined
from nearfield.kernels.elementwise import exponential, sigmoid
from nearfield.kernels.lanes import (
    LANE_BYTES,
    larger,
    load,
    load_float,
    peak,
    spread,
    store,
    store_float,
    total,
    zero,
)

TILE_BYTES = LANE_BYTES * INPUTS_AT_ONCE


@inlined
def logistic_errors(errors, count, tiles, labels, alpha):  # type: ignore[no-untyped-def]
    """alpha · (label - σ(score)), in the place of each score."""
    step = spread(alpha)
    for tile in range(tiles):
        wanted = load(labels + LANE_BYTES * tile)
        for i in range(count):
            at = errors + TILE_BYTES * tile + LANE_BYTES * i
            store(at, step * (wanted - sigmoid(load(at))))


@inlined
def logistic_loss(errors, count, n_outputs, alpha):  # type: ignore[no-untyped-def]
    """Σ -log σ(±score), over all inputs and outputs: |error| / alpha is by how much the probability was off."""
    loss = 0.0
    for tile in range(-(-n_outputs // TILE)):
        for i in range(count):
            for j in range(min(TILE, n_outputs - TILE * tile)):
                error = load_float(errors + TILE_BYTES * tile + LANE_BYTES * i + 4 * j)
                loss -= np.log(max(1.0 - abs(error) / alpha, 1e-6))
    return loss


@inlined
def softmax_errors(errors, count, tiles, mask, centre, alpha):  # type: ignore[no-untyped-def]
    """alpha · ([j = centre] - p_j) with p = softmax of the scores, in the place of each; return Σ -log p_centre.

    `mask`, LANES floats a tile, is 0 where an output stands and far below 0 where none does.
    """
    loss = 0.0
    centre_at = TILE_BYTES * (centre // TILE) + 4 * (centre % TILE)
    for i in range(count):
        first = errors + LANE_BYTES * i
        highest = load(first)
        for tile in range(tiles):
            at = first + TILE_BYTES * tile
            masked = load(at) + load(mask + LANE_BYTES * tile)
            store(at, masked)
            highest = larger(highest, masked)
        shift = spread(peak(highest))
        sums = zero()
        for tile in range(tiles):
            at = first + TILE_BYTES * tile
            power = exponential(load(at) - shift)
            store(at, power)
            sums = sums + power
        scale = total(sums)
        loss -= np.log(max(load_float(first + centre_at) / scale, np.float32(1e-30)))
        step = spread(-alpha / scale)
        for tile in range(tiles):
            at = first + TILE_BYTES * tile
            store(at, step * load(at))
        store_float(first + centre_at, load_float(first + centre_at) + alpha)
    return loss
