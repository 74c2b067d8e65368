"""node2vec's second-order step, exact and without a table for each edge (Grover & Leskovec 2016, arXiv:1607.00653).

Coming from t, standing at v, the next node x is drawn with probability ∝ w(v, x) · α(t, v, x); section 3.2.2:

    α = 1/p if x = t,    1 if the edge t → x is there,    1/q if not

node2vec+ (Liu, Hirn & Krishnan 2023, arXiv:2109.08031, section 3.2) minds how much edges weigh. With d(x) the threshold
that an edge of x must reach to count in full, an absent edge weighing 0 and reaching nothing:

    α = 1/p                                       if x = t
        1                                         if w(t, x) ≥ d(x)
        min(1, 1/q)                               if w(t, x) < d(x) and w(v, x) < d(v)
        1/q + (1 - 1/q) · w(t, x) / d(x)          if w(t, x) < d(x) and w(v, x) ≥ d(v)

Rejection: draw x by weight alone, keep it with probability α / M, M = max(1, 1/q), else draw again. What 1/p has above
M would make all others rare, so it is cut off from x = t and laid beside as an area of its own, w(v, t) · (1/p - M),
which answers t (the "folding" of Yang et al. 2019, KnightKing, section 4.2). After as many rejections as v has
neighbours the step is drawn from all of them by their sum: as exact, and no p, q or graph can keep a walk waiting.
"""

from __future__ import annotations

from nearfield.kernels.compilation import inlined
from nearfield.kernels.lanes import load_double
from nearfield.kernels.randomness import advance, bits, uniform
from nearfield.walks.kernels.edges import (
    NOWHERE,
    draw_place,
    neighbour,
    place_of,
    total_of,
    weight_of,
)


@inlined
def bias_of(before, node, place, links, bias):  # type: ignore[no-untyped-def]
    """α for the entry at `place` of the node's row."""
    to = neighbour(links, place)
    if to == before:
        return bias.back
    across = place_of(links, before, to)
    if bias.thresholds == 0:
        return bias.out if across == NOWHERE else 1.0
    wanted = load_double(bias.thresholds + 8 * to)
    found = weight_of(links, across) if across != NOWHERE else 0.0
    if found > 0 and found >= wanted:
        return 1.0
    if weight_of(links, place) < load_double(bias.thresholds + 8 * node):
        return min(1.0, bias.out)
    return bias.out + (1.0 - bias.out) * (found / wanted if wanted > 0 else 0.0)


@inlined
def step_from(before, node, start, degree, links, bias, random):  # type: ignore[no-untyped-def]
    """Draw the next node, coming from `before`; return it and the random state."""
    most = max(1.0, bias.out)
    least = min(1.0, min(bias.out, bias.back))
    within = total_of(links, node, degree) * most
    beside = 0.0
    if bias.back > most:
        home = place_of(links, node, before)
        beside = weight_of(links, home) * (bias.back - most) if home != NOWHERE else 0.0
    for _ in range(degree):
        if beside > 0:
            random = advance(random)
            if uniform(bits(random)) * (within + beside) >= within:
                return before, random
        random = advance(random)
        place = draw_place(links, start, degree, bits(random))
        random = advance(random)
        level = uniform(bits(random)) * most
        # what is below the least α needs no look
        if level < least or level < bias_of(before, node, place, links, bias):
            return neighbour(links, place), random
    return step_by_sum(before, node, start, degree, links, bias, random)


@inlined
def step_by_sum(before, node, start, degree, links, bias, random):  # type: ignore[no-untyped-def]
    """Draw the next node from the summed w · α of all neighbours; return it and the random state."""
    total = 0.0
    for place in range(start, start + degree):
        total += weight_of(links, place) * bias_of(before, node, place, links, bias)
    random = advance(random)
    left = uniform(bits(random)) * total
    place = start
    while place < start + degree - 1:
        left -= weight_of(links, place) * bias_of(before, node, place, links, bias)
        if left < 0:
            break
        place += 1
    return neighbour(links, place), random
