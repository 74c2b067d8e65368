"""The training loop: sequences, centres, windows; skip-gram and CBOW under every loss.

Skip-gram: each context row is a hidden row h of its own. CBOW: h is the mean or sum of the context rows, and each of
them moves by h's gradient undivided, as in word2vec.c. The losses compare h with output rows: `negative`,
`hierarchical`, and the full softmax, -log softmax(h·V)_centre over all keys.
"""

from __future__ import annotations

import numpy as np

from nearfield.embed.kernels.errors import TILE_BYTES, logistic_errors, logistic_loss, softmax_errors
from nearfield.embed.kernels.extras import REJECTED, WINDOW, gather_extras, owner_of, steps_of
from nearfield.embed.kernels.hierarchical import gather_path, prefetch_paths
from nearfield.embed.kernels.layout import HIERARCHICAL, INPUTS_AT_ONCE, NEGATIVE, SOFTMAX, TILE, input_row
from nearfield.embed.kernels.negative import gather_samples
from nearfield.embed.kernels.progress import LOSS, PAIRS, ROWS, begin_window
from nearfield.embed.kernels.rows import add_row, add_to_rows, clear_row, prefetch_row, sum_rows
from nearfield.embed.kernels.tile import scores_of_one, scores_of_two, tile_update, tile_update_of_one
from nearfield.embed.kernels.windows import alpha_at, context_rows, reach_of, sequence_at, subsample
from nearfield.kernels.compilation import inlined, kernel
from nearfield.kernels.lanes import LANE_BYTES, load_float, load_int32, load_int64, store, store_int64
from nearfield.kernels.randomness import advance, bits


@kernel
def train_block(block, extras, tables, windows, targets, rate, work, random_state, loss):  # type: ignore[no-untyped-def]
    """Train on a block of sequences.

    Parameters
    ----------
    block, extras, tables, windows, targets, rate, work
        See `layout`.
    random_state : uint64, shape (1,)
        Read and written.
    loss : float64, shape (N_FACTS,)
        See `progress`: the sampled loss, the number of rows h behind it, and how many pairs were trained on are added.
    """
    random = random_state[0]
    done = block.done
    for sequence in range(block.n_sequences):
        tokens, weights, n_tokens = sequence_at(block, sequence)
        alpha = alpha_at(rate, done)
        n, random = subsample(tokens, weights, n_tokens, windows.keep, work.sentence, work.weights, random)
        number = block.first + sequence
        random = train_sentence(number, n, alpha, weights != 0, extras, tables, windows, targets, work, random, loss)
        done += n_tokens
    random_state[0] = random


@inlined
def train_sentence(number, n, alpha, weighted, extras, tables, windows, targets, work, random, loss):  # type: ignore[no-untyped-def]
    """Every token of the sentence once as the centre; each centre's rows are asked for one step before their use.

    A centre's weight multiplies the learning rate of all that is learnt from it.
    """
    owner, steps = owner_of(number, extras), steps_of(number, extras)
    outputs, next_outputs = work.next_outputs, work.outputs
    labels, next_labels = work.next_labels, work.labels
    n_outputs = 0
    for centre in range(-1, n):
        n_next = 0
        if centre + 1 < n:
            key = np.int64(load_int32(work.sentence + 4 * (centre + 1)))
            n_next, random = gather_outputs(key, tables, targets, next_outputs, next_labels, work.idle, random)
        if centre + 1 + windows.size < n:
            entering = np.int64(load_int32(work.sentence + 4 * (centre + 1 + windows.size)))
            prefetch_row(input_row(tables, entering), tables.row_bytes)
        if targets.loss == HIERARCHICAL:
            prefetch_paths(work.sentence, centre + 2, n, targets)
        for step in range(steps if centre >= 0 else 0):
            key = np.int64(load_int32(work.sentence + 4 * centre))
            step_alpha = alpha * load_float(work.weights + 4 * centre) if weighted else alpha
            if step == WINDOW:
                random = advance(random)
                reach = reach_of(bits(random), windows.size)
                m = context_rows(work.sentence, n, centre, reach, windows.forward, tables, work.contexts)
                if owner >= 0:
                    store_int64(work.contexts + 8 * m, input_row(tables, owner))
                    m += 1
                n_some, some, wanted = n_outputs, outputs, labels
            else:
                n_some, random = gather_extras(step, key, number, extras, tables, work, random)
                m, some, wanted = min(n_some, 1), work.extra_outputs, work.extra_labels
                if step == REJECTED:
                    step_alpha *= np.float32(extras.strength)
            if m > 0 and step_alpha > 0:
                sampled = False
                if step == WINDOW:
                    sampled = begin_window(m, random, loss)
                else:
                    loss[PAIRS] += m
                train_window(m, key, n_some, some, wanted, step_alpha, windows, targets, tables, work, sampled, loss)
        outputs, next_outputs = next_outputs, outputs
        labels, next_labels = next_labels, labels
        n_outputs = n_next
    return random


@inlined
def gather_outputs(centre, tables, targets, outputs, labels, idle, random):  # type: ignore[no-untyped-def]
    """List the rows that the centre is compared with; return how many, and the random state."""
    if targets.loss == NEGATIVE:
        return gather_samples(centre, tables, targets, outputs, random)
    if targets.loss == HIERARCHICAL:
        return gather_path(centre, tables, targets, outputs, labels, idle), random
    return targets.n_keys, random  # softmax: all keys, listed once and for all


@inlined
def train_window(m, centre, n_outputs, outputs, labels, alpha, windows, targets, tables, work, sampled, loss):  # type: ignore[no-untyped-def]
    """Train m context rows, or their mean or sum, against the outputs."""
    inputs, n_inputs = work.contexts, m
    if windows.cbow:
        scale = np.float32(1.0) / np.float32(m) if windows.mean else np.float32(1.0)
        sum_rows(work.contexts, m, scale, work.hidden, tables.row_bytes)
        inputs, n_inputs = work.contexts + 8 * m, 1
        store_int64(inputs, work.hidden)
    tiles = -(-n_outputs // TILE)
    for first in range(0, n_inputs, INPUTS_AT_ONCE):
        count = min(INPUTS_AT_ONCE, n_inputs - first)
        some = inputs + 8 * first
        find_scores(some, count, tiles, outputs, work.errors, tables.row_bytes)
        if targets.loss == SOFTMAX:
            loss[LOSS] += softmax_errors(work.errors, count, tiles, labels, centre, alpha)
            loss[ROWS] += count
        else:
            logistic_errors(work.errors, count, tiles, labels, alpha)
            if sampled:
                loss[LOSS] += logistic_loss(work.errors, count, n_outputs, alpha)
                loss[ROWS] += count
        apply_errors(some, count, m, tiles, outputs, windows.cbow, work, tables.row_bytes)


@inlined
def find_scores(inputs, count, tiles, outputs, scores, row_bytes):  # type: ignore[no-untyped-def]
    """scores[tile, input] ← h·v for each of the tile's outputs."""
    for tile in range(tiles):
        tile_outputs = outputs + 8 * TILE * tile
        at = scores + TILE_BYTES * tile
        for i in range(0, count - 1, 2):
            row, other = load_int64(inputs + 8 * i), load_int64(inputs + 8 * i + 8)
            first, second = scores_of_two(row, other, tile_outputs, row_bytes)
            store(at + LANE_BYTES * i, first)
            store(at + LANE_BYTES * (i + 1), second)
        if count % 2 == 1:
            row = load_int64(inputs + 8 * (count - 1))
            store(at + LANE_BYTES * (count - 1), scores_of_one(row, tile_outputs, row_bytes))


@inlined
def apply_errors(inputs, count, m, tiles, outputs, cbow, work, row_bytes):  # type: ignore[no-untyped-def]
    """Move outputs and inputs by the errors, all from the values before the step."""
    if cbow:
        hidden = load_int64(inputs)
        clear_row(work.sums, row_bytes)
        for tile in range(tiles):
            at = work.errors + TILE_BYTES * tile
            tile_update_of_one(hidden, work.sums, outputs + 8 * TILE * tile, at, row_bytes)
        add_to_rows(work.sums, work.contexts, m, row_bytes)
        return
    in_place = tiles == 1  # a single tile reads each input before it writes it
    sums = inputs if in_place else work.sums_list
    if not in_place:
        for i in range(count):
            clear_row(work.sums + row_bytes * i, row_bytes)
    for tile in range(tiles):
        tile_update(inputs, sums, count, outputs + 8 * TILE * tile, work.errors + TILE_BYTES * tile, row_bytes)
    if not in_place:
        for i in range(count):
            add_row(work.sums + row_bytes * i, load_int64(inputs + 8 * i), row_bytes)
