"""What a session brings beside its items: its booked item, its market, its rejections (Grbovic & Cheng, KDD 2018).

Beside the windows' loss, every item l of a session adds, with its input row u_l against output rows v (section 3.2,
equations 4 and 5, and the rejections of section 3.3, equation 9):

    - log σ(u_l·v_goal)              the item booked in the end, whether or not it is within the window
    - Σ_m log σ(-u_l·v_m)            m drawn from l's own group: "which of this market", and not only "which market"
    - s · Σ_r log σ(-u_l·v_r)        r drawn from what the session rejected; s is the strength

With error e = label - σ(u_l·v) every output row moves by rate · e · u_l, and u_l by rate · Σ e · v; the last line's
rate is multiplied by s.
"""

from __future__ import annotations

import numpy as np

from nearfield.embed.kernels.layout import TILE, input_row, output_row
from nearfield.kernels.compilation import inlined
from nearfield.kernels.lanes import LANE_BYTES, load_int32, load_int64, store_float, store_int64
from nearfield.kernels.randomness import advance, below, bits

WINDOW, GLOBAL, REJECTED = 0, 1, 2  # the steps of a centre


@inlined
def steps_of(sequence, extras):  # type: ignore[no-untyped-def]
    """How many steps a centre of the sequence has: 1, its window, where there is nothing beside it."""
    if extras.rejections > 0:
        n = load_int64(extras.rejected_offsets + 8 * (sequence + 1))
        if n > load_int64(extras.rejected_offsets + 8 * sequence):
            return 3
    return 2 if extras.group_negative > 0 or goal_of(sequence, extras) >= 0 else 1


@inlined
def owner_of(sequence, extras):  # type: ignore[no-untyped-def]
    """The input row that stands in each window of the sequence, or -1."""
    return np.int64(load_int32(extras.owners + 4 * sequence)) if extras.owners != 0 else np.int64(-1)


@inlined
def goal_of(sequence, extras):  # type: ignore[no-untyped-def]
    """The key that the sequence led to, or -1."""
    return np.int64(load_int32(extras.goals + 4 * sequence)) if extras.goals != 0 else np.int64(-1)


@inlined
def gather_extras(step, centre, sequence, extras, tables, work, random):  # type: ignore[no-untyped-def]
    """List the centre's own input row and the outputs of a step, with labels; return how many, and the random state."""
    store_int64(work.contexts, input_row(tables, centre))
    n = 0
    if step == GLOBAL:
        goal = goal_of(sequence, extras)
        if goal >= 0 and goal != centre:
            n = put(n, output_row(tables, goal), np.float32(1.0), work)
        n, random = gather_group(n, centre, extras, tables, work, random)
    else:
        n, random = gather_rejected(n, centre, sequence, extras, tables, work, random)
    for filler in range(n, -(-n // TILE) * TILE):  # the sigmoid of the idle row's score: an error of exactly 0
        put(filler, work.idle, np.float32(0.5), work)
    return n, random


@inlined
def gather_group(n, centre, extras, tables, work, random):  # type: ignore[no-untyped-def]
    """Add `group_negative` keys of the centre's group."""
    group = np.int64(load_int32(extras.group_of + 4 * centre)) if extras.group_negative > 0 else np.int64(-1)
    if group < 0:
        return n, random
    start = load_int64(extras.group_offsets + 8 * group)
    size = load_int64(extras.group_offsets + 8 * (group + 1)) - start
    members = extras.group_members + 4 * start
    return draw_negatives(n, extras.group_negative, members, size, centre, tables, work, random)


@inlined
def gather_rejected(n, centre, sequence, extras, tables, work, random):  # type: ignore[no-untyped-def]
    """Add `rejections` of the keys that the sequence refused, or as many draws as there are keys."""
    start = load_int64(extras.rejected_offsets + 8 * sequence)
    size = load_int64(extras.rejected_offsets + 8 * (sequence + 1)) - start
    refused = extras.rejected + 4 * start
    return draw_negatives(n, min(extras.rejections, size), refused, size, centre, tables, work, random)


@inlined
def draw_negatives(n, draws, keys, size, centre, tables, work, random):  # type: ignore[no-untyped-def]
    """Add so many of `size` keys, int32 at the address `keys`, drawn uniformly; the centre itself is passed over."""
    for _ in range(draws):
        random = advance(random)
        drawn = np.int64(load_int32(keys + 4 * below(bits(random), size)))
        if drawn != centre:
            n = put(n, output_row(tables, drawn), np.float32(0.0), work)
    return n, random


@inlined
def put(n, row, label, work):  # type: ignore[no-untyped-def]
    """Write output n of a step; return n + 1."""
    store_int64(work.extra_outputs + 8 * n, row)
    store_float(work.extra_labels + LANE_BYTES * (n // TILE) + 4 * (n % TILE), label)
    return n + 1
