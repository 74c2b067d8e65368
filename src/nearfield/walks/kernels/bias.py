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
which answers t (the "folding" of Yang et al. 2019, KnightKing, section 4.2). With d the smaller degree of t and v,
after max(16, d) rejections the step is drawn by the exact weights of three classes: t, the common neighbours of t and
v, and all others, whose α is 1/q. Only the common ones are enumerated, so that a step costs O(d log) at most: p = 10⁶
or q = 10⁶ cannot keep a walk waiting at a hub. Each try is exact or fails independently of where it would have gone, so
the mixture is exact as well.
"""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined
from nearfield.kernels.lanes import load_double
from nearfield.kernels.randomness import advance, below, bits, uniform
from nearfield.walks.kernels.edges import (
    NOWHERE,
    draw_place,
    neighbour,
    place_between,
    place_of,
    row_of,
    total_of,
    weight_of,
)

FEWEST_TRIES = 16
LEAST_SHARE = 1e-6  # of a row's weight: below it the others are summed, for a difference would be inexact


@inlined
def bias_of(before, node, place, links, bias):  # type: ignore[no-untyped-def]
    """α for the entry at `place` of the node's row."""
    to = neighbour(links, place)
    if to == before:
        return bias.back
    return bias_across(node, place, place_of(links, before, to), to, links, bias)


@inlined
def bias_across(node, place, across, to, links, bias):  # type: ignore[no-untyped-def]
    """α for the entry at `place` of the node's row, which leads to `to`; the edge t → `to` stands at `across`."""
    if bias.thresholds == 0:
        return bias.out if across == NOWHERE else 1.0
    threshold = load_double(bias.thresholds + 8 * to)
    weight = weight_of(links, across) if across != NOWHERE else 0.0
    if weight > 0 and weight >= threshold:
        return 1.0
    if weight_of(links, place) < load_double(bias.thresholds + 8 * node):
        return min(1.0, bias.out)
    return bias.out + (1.0 - bias.out) * (weight / threshold if threshold > 0 else 0.0)


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
    first, stop = row_of(links, before)
    for _ in range(max(FEWEST_TRIES, min(degree, stop - first))):
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
    if bias.thresholds != 0 and bias.out > 1:  # α of the others depends on each one's weight
        return step_by_sum(before, node, start, degree, links, bias, random)
    return step_by_class(before, node, start, degree, links, bias, random)


@inlined
def step_by_class(before, node, start, degree, links, bias, random):  # type: ignore[no-untyped-def]
    """Draw t, a common neighbour or one of the others by their exact weights; return the node and the random state."""
    total = total_of(links, node, degree)
    home = place_of(links, node, before)
    at_home = weight_of(links, home) if home != NOWHERE else 0.0
    common, plain, n_common, _ = common_neighbours(before, node, start, degree, links, bias, np.inf)
    n_others = degree - n_common - (1 if home != NOWHERE else 0)
    others = total - at_home - plain if n_others > 0 else 0.0
    if n_others > 0 and others < LEAST_SHARE * total:
        return step_by_sum(before, node, start, degree, links, bias, random)
    random = advance(random)
    level = uniform(bits(random)) * (at_home * bias.back + common + others * bias.out)
    if home != NOWHERE and (level < at_home * bias.back or (n_common == 0 and n_others == 0)):
        return before, random
    level -= at_home * bias.back
    if n_common > 0 and (level < common or n_others == 0):
        _, _, _, place = common_neighbours(before, node, start, degree, links, bias, level)
        return neighbour(links, place), random
    if links.weights == 0:
        random = advance(random)
        place = other_place(below(bits(random), n_others), before, node, start, degree, links)
        return neighbour(links, place), random
    for _ in range(max(FEWEST_TRIES, n_common)):
        random = advance(random)
        place = draw_place(links, start, degree, bits(random))
        to = neighbour(links, place)
        if to != before and place_of(links, before, to) == NOWHERE:
            return to, random
    random = advance(random)
    level = uniform(bits(random)) * others
    chosen = NOWHERE
    for place in range(start, start + degree):
        to = neighbour(links, place)
        if to != before and place_of(links, before, to) == NOWHERE:
            chosen = to
            level -= weight_of(links, place)
            if level < 0:
                break
    return chosen, random


@inlined
def common_neighbours(before, node, start, degree, links, bias, level):  # type: ignore[no-untyped-def]
    """Sum up the common neighbours of t and the node, in the order of their ids, until w · α exceeds `level`.

    Returns
    -------
    biased, plain, n, place
        The sums of w · α and of w, how many they are, and where the last one stands in the node's row. The shorter of
        both rows is gone through, and each entry sought in what is left of the longer one.
    """
    first, stop = row_of(links, before)
    by_node = degree <= stop - first
    at, end = (start, start + degree) if by_node else (first, stop)
    low, high = (first, stop) if by_node else (start, start + degree)
    biased, plain, n, last = 0.0, 0.0, np.int64(0), NOWHERE
    while at < end and low < high:
        to = neighbour(links, at)
        low = place_between(links, low, high, to)
        if low < high and neighbour(links, low) == to and to != before:
            place, across = (at, low) if by_node else (low, at)
            weight = weight_of(links, place)
            biased += weight * bias_across(node, place, across, to, links, bias)
            plain += weight
            n += 1
            last = place
            if biased > level:
                break
        at += 1
    return biased, plain, n, last


@inlined
def other_place(number, before, node, start, degree, links):  # type: ignore[no-untyped-def]
    """Where the entry with this number stands among those that are neither t nor neighbours of t; edges weigh 1.

    It is found by going over the shorter of both rows, as in `common_neighbours`.
    """
    at, stop = row_of(links, before)
    low, high = start, start + degree
    if degree <= stop - at:
        for place in range(start, start + degree):
            to = neighbour(links, place)
            at = place_between(links, at, stop, to)
            if to != before and (at == stop or neighbour(links, at) != to):
                if number == 0:
                    return place
                number -= 1
        return NOWHERE
    free, unseen = start, True  # the entries before `free` are counted; t is still to come in the order of ids
    while at < stop or unseen:
        to = neighbour(links, at) if at < stop else before
        if unseen and before <= to:
            to, unseen = before, False
        else:
            at += 1
        low = place_between(links, low, high, to)
        if low < high and neighbour(links, low) == to and low >= free:
            if free + number < low:
                break
            number -= low - free
            free = low + 1
    return free + number


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
