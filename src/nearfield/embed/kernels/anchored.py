"""Negative sampling that remembers: rows that were learnt before are held back, each strategy in its way.

With u an input and v an output row, s = u·v, label y, and s′ = u′·v′ of the old rows u′ and v′, a step's loss is

    Σ H(y, σ(s)) + distil · H(σ(s′), σ(s)),    H(p, q) = - p log q - (1 - p) log(1 - q)

the second term where both keys had been learnt before (Li & Hoiem 2016, arXiv:1606.09282, equation 1, for the two
classes of negative sampling). Its derivative by s is  σ(s) - y + distil · (σ(s) - σ(s′)).  A row r with gradient g
then takes the share ρ of its step, and one that had been learnt before is pulled back by the quadratic term of elastic
weight consolidation (Kirkpatrick et al. 2017, arXiv:1612.00796, equation 3); implicitly, so that it cannot overshoot:

    r ← r - ρ · rate · g,    r ← (r + rate · c ⊙ r′) / (1 + rate · c)

Outputs are trained on in copies, which take the step in full, and move towards these at the end. Contexts are taken
INPUTS_AT_ONCE at a time.
"""

from __future__ import annotations

import numpy as np

from nearfield.embed.kernels.errors import TILE_BYTES, logistic_errors, logistic_loss
from nearfield.embed.kernels.layout import INPUTS_AT_ONCE, TILE, input_row
from nearfield.embed.kernels.negative import gather_samples
from nearfield.embed.kernels.progress import LOSS, ROWS, begin_window
from nearfield.embed.kernels.rows import clear_row, prefetch_row, sum_rows
from nearfield.embed.kernels.tile import tile_update
from nearfield.embed.kernels.training import find_scores
from nearfield.embed.kernels.windows import alpha_at, context_rows, reach_of, sequence_at, subsample
from nearfield.kernels.compilation import inlined, kernel
from nearfield.kernels.elementwise import sigmoid
from nearfield.kernels.lanes import (
    LANE_BYTES,
    load,
    load_float,
    load_int32,
    load_int64,
    spread,
    store,
    store_float,
    store_int64,
)
from nearfield.kernels.randomness import advance, bits


@kernel
def train_anchored_block(block, anchors, room, tables, windows, targets, rate, work, random_state, loss):  # type: ignore[no-untyped-def]
    """Train on a block of sequences; see `training.train_block` and `layout.Anchors`."""
    random = random_state[0]
    done = block.done
    for sequence in range(block.n_sequences):
        tokens, weights, n_tokens = sequence_at(block, sequence)
        alpha = alpha_at(rate, done)
        n, random = subsample(tokens, weights, n_tokens, windows.keep, work.sentence, work.weights, random)
        outputs, next_outputs = work.next_outputs, work.outputs
        for centre in range(-1, n):  # each centre's rows are asked for one step before their use
            if centre + 1 < n:
                key = np.int64(load_int32(work.sentence + 4 * (centre + 1)))
                _, random = gather_samples(key, tables, targets, next_outputs, random)
            if centre + 1 + windows.size < n:
                entering = np.int64(load_int32(work.sentence + 4 * (centre + 1 + windows.size)))
                prefetch_row(input_row(tables, entering), tables.row_bytes)
            if centre >= 0:
                random = advance(random)
                reach = reach_of(bits(random), windows.size)
                m = context_rows(work.sentence, n, centre, reach, windows.forward, tables, work.contexts)
                step = alpha * load_float(work.weights + 4 * centre) if weights != 0 else alpha
                if m > 0 and step > 0:
                    n_outputs, sampled = targets.negative + 1, begin_window(m, random, loss)
                    train_held(m, n_outputs, outputs, step, anchors, room, tables, windows, work, sampled, loss)
            outputs, next_outputs = next_outputs, outputs
        done += n_tokens
    random_state[0] = random


@inlined
def train_held(m, n_outputs, outputs, alpha, anchors, room, tables, windows, work, sampled, loss):  # type: ignore[no-untyped-def]
    """Train m context rows, or their mean or sum, against copies of the outputs."""
    row_bytes = tables.row_bytes
    tiles = -(-n_outputs // TILE)
    copy_outputs(n_outputs, outputs, anchors, room, tables, work)
    inputs, n_inputs = work.contexts, m
    if windows.cbow:
        scale = np.float32(1.0) / np.float32(m) if windows.mean else np.float32(1.0)
        sum_rows(work.contexts, m, scale, work.hidden, row_bytes)
        inputs, n_inputs = work.contexts + 8 * m, 1
        store_int64(inputs, work.hidden)
    for first in range(0, n_inputs, INPUTS_AT_ONCE):
        count = min(INPUTS_AT_ONCE, n_inputs - first)
        some = inputs + 8 * first
        find_scores(some, count, tiles, room.outputs, work.errors, row_bytes)
        if anchors.distil > 0:
            find_old_inputs(some, count, m, anchors, room, tables, windows, work)
            find_scores(room.old_inputs, count, tiles, room.old_outputs, room.soft, row_bytes)
            soft_errors(count, tiles, alpha * np.float32(anchors.distil), room, work)
        logistic_errors(work.errors, count, tiles, work.labels, alpha)
        if sampled:
            loss[LOSS] += logistic_loss(work.errors, count, n_outputs, alpha)
            loss[ROWS] += count
        if anchors.distil > 0:
            add_errors(count, tiles, room, work)
        for i in range(count):
            clear_row(work.sums + row_bytes * i, row_bytes)
        for tile in range(tiles):
            errors, copies = work.errors + TILE_BYTES * tile, room.outputs + 8 * TILE * tile
            tile_update(some, work.sums_list, count, copies, errors, row_bytes)
        if windows.cbow:
            for i in range(m):
                move_input(load_int64(work.contexts + 8 * i), work.sums, alpha, anchors, tables)
        else:
            for i in range(count):
                move_input(load_int64(some + 8 * i), work.sums + row_bytes * i, alpha, anchors, tables)
    for j in range(n_outputs):
        move_output(j, outputs, alpha, anchors, room, tables)


@inlined
def copy_outputs(n_outputs, outputs, anchors, room, tables, work):  # type: ignore[no-untyped-def]
    """Copy each output row once, however often it is listed, and find the old ones."""
    for j in range(n_outputs):
        row, copy = load_int64(outputs + 8 * j), room.copies + tables.row_bytes * j
        for earlier in range(j):
            if load_int64(outputs + 8 * earlier) == row:
                copy = load_int64(room.outputs + 8 * earlier)
        store_int64(room.outputs + 8 * j, copy)
        for k in range(0, tables.row_bytes, LANE_BYTES):
            store(copy + k, load(row + k))
        at = row - tables.output
        known = at < anchors.known * tables.row_bytes
        store_int64(room.old_outputs + 8 * j, anchors.output + at if known else work.idle)
        place = room.outputs_known + LANE_BYTES * (j // TILE) + 4 * (j % TILE)
        store_float(place, np.float32(1.0) if known else np.float32(0.0))


@inlined
def find_old_inputs(inputs, count, m, anchors, room, tables, windows, work):  # type: ignore[no-untyped-def]
    """List the old rows of the inputs; for CBOW the mean or sum of those contexts that had been learnt before."""
    if windows.cbow:
        n = 0
        for i in range(m):
            at = load_int64(work.contexts + 8 * i) - tables.input
            if at < anchors.known * tables.row_bytes:
                store_int64(room.old_inputs + 8 * n, anchors.input + at)
                n += 1
        scale = np.float32(1.0) / np.float32(max(n, 1)) if windows.mean else np.float32(1.0)
        sum_rows(room.old_inputs, n, scale, room.old_hidden, tables.row_bytes)
        store_int64(room.old_inputs, room.old_hidden)
        store_float(room.inputs_known, np.float32(1.0) if n > 0 else np.float32(0.0))
        return
    for i in range(count):
        at = load_int64(inputs + 8 * i) - tables.input
        known = at < anchors.known * tables.row_bytes
        store_int64(room.old_inputs + 8 * i, anchors.input + at if known else work.idle)
        store_float(room.inputs_known + 4 * i, np.float32(1.0) if known else np.float32(0.0))


@inlined
def soft_errors(count, tiles, step, room, work):  # type: ignore[no-untyped-def]
    """step · (σ(s′) - σ(s)) where both rows are known, in the place of each old score."""
    for tile in range(tiles):
        known = load(room.outputs_known + LANE_BYTES * tile)
        for i in range(count):
            at = TILE_BYTES * tile + LANE_BYTES * i
            weight = spread(step * load_float(room.inputs_known + 4 * i)) * known
            store(room.soft + at, weight * (sigmoid(load(room.soft + at)) - sigmoid(load(work.errors + at))))


@inlined
def add_errors(count, tiles, room, work):  # type: ignore[no-untyped-def]
    """Add the soft errors to the others."""
    for tile in range(tiles):
        for i in range(count):
            at = TILE_BYTES * tile + LANE_BYTES * i
            store(work.errors + at, load(work.errors + at) + load(room.soft + at))


@inlined
def move_input(row, gradient, alpha, anchors, tables):  # type: ignore[no-untyped-def]
    """Move an input row by its share of the gradient (already times the rate), and pull it back."""
    at = row - tables.input
    share = load_float(anchors.input_rates + 4 * (at // tables.row_bytes))
    if share > 0:
        factor = spread(share)
        for k in range(0, tables.row_bytes, LANE_BYTES):
            store(row + k, load(row + k) + factor * load(gradient + k))
        if anchors.input_pull != 0 and at < anchors.known * tables.row_bytes:
            pull_back(row, anchors.input + at, anchors.input_pull + at, alpha, tables.row_bytes)


@inlined
def move_output(j, outputs, alpha, anchors, room, tables):  # type: ignore[no-untyped-def]
    """Move an output row towards its copy, and pull it back; one that is listed again has moved already."""
    row, copy = load_int64(outputs + 8 * j), load_int64(room.outputs + 8 * j)
    at = row - tables.output
    share = load_float(anchors.output_rates + 4 * (at // tables.row_bytes))
    if share > 0 and copy == room.copies + tables.row_bytes * j:
        factor = spread(share)
        for k in range(0, tables.row_bytes, LANE_BYTES):
            store(row + k, load(row + k) + factor * (load(copy + k) - load(row + k)))
        if anchors.output_pull != 0 and at < anchors.known * tables.row_bytes:
            pull_back(row, anchors.output + at, anchors.output_pull + at, alpha, tables.row_bytes)


@inlined
def pull_back(row, old, pull, alpha, row_bytes):  # type: ignore[no-untyped-def]
    """r ← (r + rate · c ⊙ r′) / (1 + rate · c)."""
    rate, one = spread(alpha), spread(np.float32(1.0))
    for k in range(0, row_bytes, LANE_BYTES):
        weight = rate * load(pull + k)
        store(row + k, (load(row + k) + weight * load(old + k)) / (one + weight))
