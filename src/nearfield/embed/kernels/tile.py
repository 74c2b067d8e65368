"""The arithmetic that all losses share: some input rows against a tile of six output rows.

For inputs u_i and outputs v_j with errors e_ij (the loss's derivative by the score u_i·v_j, times minus the rate):

    u_i ← u_i + Σ_j e_ij v_j        v_j ← v_j + Σ_i e_ij u_i        all from the values before the step

This is the mini-batch of Ji et al. 2016 (arXiv:1604.04661, section 4): all context words of a window share the centre
word's outputs, which turns vector products into small matrix products. Six outputs is what sixteen vector registers
hold: six rows and six sums, or twice six scores. Outputs that fill up a tile point to a row of zeros and have error 0.
"""

from __future__ import annotations

from nearfield.kernels.compilation import inlined
from nearfield.kernels.lanes import (
    LANE_BYTES,
    fma,
    load,
    load_int64,
    load_spread,
    store,
    totals,
    zero,
)


@inlined
def scores_of_two(first, second, outputs, row_bytes):  # type: ignore[no-untyped-def]
    """The scores of two inputs with the tile's outputs, six lanes each; first and second may be the same row."""
    v0, v1, v2 = load_int64(outputs), load_int64(outputs + 8), load_int64(outputs + 16)
    v3, v4, v5 = load_int64(outputs + 24), load_int64(outputs + 32), load_int64(outputs + 40)
    a0, a1, a2, a3, a4, a5 = zero(), zero(), zero(), zero(), zero(), zero()
    b0, b1, b2, b3, b4, b5 = zero(), zero(), zero(), zero(), zero(), zero()
    for k in range(0, row_bytes, LANE_BYTES):
        a, b = load(first + k), load(second + k)
        v = load(v0 + k)
        a0, b0 = fma(a, v, a0), fma(b, v, b0)
        v = load(v1 + k)
        a1, b1 = fma(a, v, a1), fma(b, v, b1)
        v = load(v2 + k)
        a2, b2 = fma(a, v, a2), fma(b, v, b2)
        v = load(v3 + k)
        a3, b3 = fma(a, v, a3), fma(b, v, b3)
        v = load(v4 + k)
        a4, b4 = fma(a, v, a4), fma(b, v, b4)
        v = load(v5 + k)
        a5, b5 = fma(a, v, a5), fma(b, v, b5)
    return totals(a0, a1, a2, a3, a4, a5), totals(b0, b1, b2, b3, b4, b5)


@inlined
def scores_of_one(input_row, outputs, row_bytes):  # type: ignore[no-untyped-def]
    """The scores of one input with the tile's outputs, six lanes."""
    v0, v1, v2 = load_int64(outputs), load_int64(outputs + 8), load_int64(outputs + 16)
    v3, v4, v5 = load_int64(outputs + 24), load_int64(outputs + 32), load_int64(outputs + 40)
    a0, a1, a2, a3, a4, a5 = zero(), zero(), zero(), zero(), zero(), zero()
    for k in range(0, row_bytes, LANE_BYTES):
        a = load(input_row + k)
        a0, a1, a2 = fma(a, load(v0 + k), a0), fma(a, load(v1 + k), a1), fma(a, load(v2 + k), a2)
        a3, a4, a5 = fma(a, load(v3 + k), a3), fma(a, load(v4 + k), a4), fma(a, load(v5 + k), a5)
    return totals(a0, a1, a2, a3, a4, a5)


@inlined
def tile_update(inputs, gradients, n_inputs, outputs, errors, row_bytes):  # type: ignore[no-untyped-def]
    """Add Σ_j e_ij v_j to each gradient row i, and Σ_i e_ij u_i to each output row j.

    `gradients` may be the list `inputs` itself: then the inputs are updated in place.
    """
    v0, v1, v2 = load_int64(outputs), load_int64(outputs + 8), load_int64(outputs + 16)
    v3, v4, v5 = load_int64(outputs + 24), load_int64(outputs + 32), load_int64(outputs + 40)
    for k in range(0, row_bytes, LANE_BYTES):
        w0, w1, w2 = load(v0 + k), load(v1 + k), load(v2 + k)
        w3, w4, w5 = load(v3 + k), load(v4 + k), load(v5 + k)
        g0, g1, g2, g3, g4, g5 = zero(), zero(), zero(), zero(), zero(), zero()
        for i in range(n_inputs):
            u = load(load_int64(inputs + 8 * i) + k)
            target = load_int64(gradients + 8 * i) + k
            moved = load(target)
            error = errors + LANE_BYTES * i
            e = load_spread(error)
            moved, g0 = fma(e, w0, moved), fma(e, u, g0)
            e = load_spread(error + 4)
            moved, g1 = fma(e, w1, moved), fma(e, u, g1)
            e = load_spread(error + 8)
            moved, g2 = fma(e, w2, moved), fma(e, u, g2)
            e = load_spread(error + 12)
            moved, g3 = fma(e, w3, moved), fma(e, u, g3)
            e = load_spread(error + 16)
            moved, g4 = fma(e, w4, moved), fma(e, u, g4)
            e = load_spread(error + 20)
            moved, g5 = fma(e, w5, moved), fma(e, u, g5)
            store(target, moved)
        # read again, because a row may be listed twice
        store(v0 + k, load(v0 + k) + g0)
        store(v1 + k, load(v1 + k) + g1)
        store(v2 + k, load(v2 + k) + g2)
        store(v3 + k, load(v3 + k) + g3)
        store(v4 + k, load(v4 + k) + g4)
        store(v5 + k, load(v5 + k) + g5)


@inlined
def tile_update_of_one(input_row, gradient, outputs, errors, row_bytes):  # type: ignore[no-untyped-def]
    """Do what `tile_update` does for a single input: the errors stay in registers, and no sums are kept."""
    v0, v1, v2 = load_int64(outputs), load_int64(outputs + 8), load_int64(outputs + 16)
    v3, v4, v5 = load_int64(outputs + 24), load_int64(outputs + 32), load_int64(outputs + 40)
    e0, e1, e2 = load_spread(errors), load_spread(errors + 4), load_spread(errors + 8)
    e3, e4, e5 = load_spread(errors + 12), load_spread(errors + 16), load_spread(errors + 20)
    for k in range(0, row_bytes, LANE_BYTES):
        u, moved = load(input_row + k), load(gradient + k)
        moved = fma(e0, load(v0 + k), moved)
        moved = fma(e1, load(v1 + k), moved)
        moved = fma(e2, load(v2 + k), moved)
        moved = fma(e3, load(v3 + k), moved)
        moved = fma(e4, load(v4 + k), moved)
        moved = fma(e5, load(v5 + k), moved)
        store(gradient + k, moved)
        # each is read again after the one before is written, because a row may be listed twice
        store(v0 + k, fma(e0, u, load(v0 + k)))
        store(v1 + k, fma(e1, u, load(v1 + k)))
        store(v2 + k, fma(e2, u, load(v2 + k)))
        store(v3 + k, fma(e3, u, load(v3 + k)))
        store(v4 + k, fma(e4, u, load(v4 + k)))
        store(v5 + k, fma(e5, u, load(v5 + k)))
