"""Negative sampling: tell the centre from keys drawn at random (Mikolov et al. 2013, arXiv:1310.4546, eq. 4).

    loss = - log σ(h·v_centre) - Σ_j log σ(-h·v_j),   j drawn from the noise distribution, never the centre itself

The samples are drawn once a centre and shared by its window (Ji et al. 2016, arXiv:1604.04661). A distribution may give
the centre nearly all: after MOST_DRAWS draws of it a key is drawn evenly from the others.
"""

from __future__ import annotations

import numpy as np

from nearfield.embed.kernels.layout import output_row
from nearfield.embed.kernels.rows import prefetch_row
from nearfield.kernels.compilation import inlined
from nearfield.kernels.lanes import store_int64
from nearfield.kernels.randomness import advance, below, bits, draw_alias

MOST_DRAWS = 100  # by which every key that half of all draws give has been passed over


@inlined
def gather_samples(centre, tables, targets, outputs, random):  # type: ignore[no-untyped-def]
    """List the centre's row, then those of `negative` other keys; return how many, and the random state."""
    drawn = np.int64(centre)
    for j in range(targets.negative + 1):
        row = output_row(tables, drawn)
        store_int64(outputs + 8 * j, row)
        prefetch_row(row, tables.row_bytes)
        drawn, draws = np.int64(centre), 0
        while drawn == centre and j < targets.negative:
            random = advance(random)
            drawn = draw_alias(bits(random), targets.alias, targets.n_keys)
            draws += 1
            if draws == MOST_DRAWS:
                drawn = (centre + 1 + below(bits(random), targets.n_keys - 1)) % targets.n_keys
    return targets.negative + 1, random
