"""Skip-gram whose input rows are made of an item and its side information (Wang et al., KDD 2018, arXiv:1803.02349).

An item v has slots: itself, and one for each field, such as its genre. The row of a slot, W_v^s, is the mean of the
rows of its values. What is trained instead of an input row is (equation 6)

    H_v = Σ_s p_s W_v^s,    p_s = e^{a_v^s} / Σ_j e^{a_v^j}

With g the gradient by H_v, and as equations 8 and 9 have it

    ∂/∂W_v^s = p_s · g        (each value of the slot gets its share of 1/n)
    ∂/∂a_v^s = p_s · (W_v^s - H_v) · g

GES is the same with all a at 0. Contexts are taken INPUTS_AT_ONCE at a time; each of them changes the rows from their
values before the step.
"""

from __future__ import annotations

import numpy as np

from nearfield.embed.kernels.errors import TILE_BYTES, logistic_errors, logistic_loss
from nearfield.embed.kernels.layout import INPUTS_AT_ONCE, TILE, input_row
from nearfield.embed.kernels.negative import gather_samples
from nearfield.embed.kernels.progress import LOSS, ROWS, begin_window
from nearfield.embed.kernels.rows import clear_row
from nearfield.embed.kernels.tile import tile_update
from nearfield.embed.kernels.training import find_scores
from nearfield.embed.kernels.windows import alpha_at, context_ids, reach_of, sequence_at, subsample
from nearfield.kernels.compilation import inlined, kernel
from nearfield.kernels.lanes import (
    LANE_BYTES,
    fma,
    load,
    load_float,
    load_int32,
    load_int64,
    spread,
    store,
    store_float,
    total,
    zero,
)
from nearfield.kernels.randomness import advance, bits


@kernel
def train_side_block(block, slots, room, tables, windows, targets, rate, work, random_state, loss):  # type: ignore[no-untyped-def]
    """Train on a block of sequences by negative sampling; see `training.train_block` and `layout.Slots`."""
    random = random_state[0]
    done = block.done
    for sequence in range(block.n_sequences):
        tokens, weights, n_tokens = sequence_at(block, sequence)
        alpha = alpha_at(rate, done)
        n, random = subsample(tokens, weights, n_tokens, windows.keep, work.sentence, work.weights, random)
        for centre in range(n):
            random = advance(random)
            reach = reach_of(bits(random), windows.size)
            m = context_ids(work.sentence, n, centre, reach, windows.forward, room.contexts)
            step = alpha * load_float(work.weights + 4 * centre) if weights != 0 else alpha
            if m > 0 and step > 0:
                key = np.int64(load_int32(work.sentence + 4 * centre))
                n_outputs, random = gather_samples(key, tables, targets, work.outputs, random)
                sampled = begin_window(m, random, loss)
                train_contexts(m, n_outputs, step, slots, room, tables, work, sampled, loss)
        done += n_tokens
    random_state[0] = random


@inlined
def train_contexts(m, n_outputs, alpha, slots, room, tables, work, sampled, loss):  # type: ignore[no-untyped-def]
    """Train the m items listed in `room.contexts` against the outputs."""
    row_bytes = tables.row_bytes
    tiles = -(-n_outputs // TILE)
    for first in range(0, m, INPUTS_AT_ONCE):
        count = min(INPUTS_AT_ONCE, m - first)
        for i in range(count):
            item = np.int64(load_int32(room.contexts + 4 * (first + i)))
            find_hidden(item, slots, tables, load_int64(room.hidden_list + 8 * i), shares_at(i, slots, room))
            clear_row(work.sums + row_bytes * i, row_bytes)
        find_scores(room.hidden_list, count, tiles, work.outputs, work.errors, row_bytes)
        logistic_errors(work.errors, count, tiles, work.labels, alpha)
        if sampled:
            loss[LOSS] += logistic_loss(work.errors, count, n_outputs, alpha)
            loss[ROWS] += count
        for tile in range(tiles):
            errors, outputs = work.errors + TILE_BYTES * tile, work.outputs + 8 * TILE * tile
            tile_update(room.hidden_list, work.sums_list, count, outputs, errors, row_bytes)
        for i in range(count if slots.learn else 0):  # before any row moves: contexts share rows
            item = np.int64(load_int32(room.contexts + 4 * (first + i)))
            hidden, gradient = load_int64(room.hidden_list + 8 * i), work.sums + row_bytes * i
            turn_attention(item, slots, tables, hidden, gradient, shares_at(i, slots, room))
        for i in range(count):
            item = np.int64(load_int32(room.contexts + 4 * (first + i)))
            pass_on(item, slots, tables, work.sums + row_bytes * i, shares_at(i, slots, room))


@inlined
def shares_at(i, slots, room):  # type: ignore[no-untyped-def]
    """Where the shares of the i-th context's slots stand."""
    return room.shares + 4 * slots.most * i


@inlined
def find_hidden(item, slots, tables, hidden, shares):  # type: ignore[no-untyped-def]
    """Write the item's H and the shares p of its slots."""
    first, stop = load_int64(slots.offsets + 8 * item), load_int64(slots.offsets + 8 * (item + 1))
    highest, whole = np.float32(-np.inf), np.float32(0.0)
    for slot in range(first, stop):
        highest = max(highest, load_float(slots.attention + 4 * slot))
    for slot in range(first, stop):
        power = np.exp(load_float(slots.attention + 4 * slot) - highest)
        store_float(shares + 4 * (slot - first), power)
        whole += power
    clear_row(hidden, tables.row_bytes)
    for slot in range(first, stop):
        share = load_float(shares + 4 * (slot - first)) / whole
        store_float(shares + 4 * (slot - first), share)
        start, end = load_int64(slots.value_offsets + 8 * slot), load_int64(slots.value_offsets + 8 * (slot + 1))
        scale = spread(share / np.float32(end - start))
        for value in range(start, end):
            row = input_row(tables, np.int64(load_int32(slots.values + 4 * value)))
            for k in range(0, tables.row_bytes, LANE_BYTES):
                store(hidden + k, fma(scale, load(row + k), load(hidden + k)))


@inlined
def turn_attention(item, slots, tables, hidden, gradient, shares):  # type: ignore[no-untyped-def]
    """Change the attention of an item by the gradient of H (already times the rate)."""
    first, stop = load_int64(slots.offsets + 8 * item), load_int64(slots.offsets + 8 * (item + 1))
    for slot in range(first, stop if stop - first > 1 else first):
        start, end = load_int64(slots.value_offsets + 8 * slot), load_int64(slots.value_offsets + 8 * (slot + 1))
        products = zero()
        for value in range(start, end):
            row = input_row(tables, np.int64(load_int32(slots.values + 4 * value)))
            for k in range(0, tables.row_bytes, LANE_BYTES):
                products = fma(load(row + k) - load(hidden + k), load(gradient + k), products)
        share, at = load_float(shares + 4 * (slot - first)), slots.attention + 4 * slot
        store_float(at, load_float(at) + share * total(products) / np.float32(end - start))


@inlined
def pass_on(item, slots, tables, gradient, shares):  # type: ignore[no-untyped-def]
    """Move the rows of an item's values by the gradient of H (already times the rate)."""
    first, stop = load_int64(slots.offsets + 8 * item), load_int64(slots.offsets + 8 * (item + 1))
    for slot in range(first, stop):
        start, end = load_int64(slots.value_offsets + 8 * slot), load_int64(slots.value_offsets + 8 * (slot + 1))
        scale = spread(load_float(shares + 4 * (slot - first)) / np.float32(end - start))
        for value in range(start, end):
            row = input_row(tables, np.int64(load_int32(slots.values + 4 * value)))
            for k in range(0, tables.row_bytes, LANE_BYTES):
                store(row + k, fma(scale, load(gradient + k), load(row + k)))
