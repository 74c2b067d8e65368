"""Transition probabilities of walks, straight from the formulas, and the test of counts against them."""

from __future__ import annotations

from collections import Counter

import numpy as np
from scipy.stats import chi2


def weights_of(graph):
    """{node: {neighbour: weight}}, by key."""
    return {key: dict(graph.neighbours(key)) for key in graph.keys}


def second_order(graph, before, node, p, q, *, extended=False, gamma=0.0):
    """{next: probability} at `node`, coming from `before` (None: the start of a walk)."""
    weights = weights_of(graph)

    def threshold(key):
        row = list(weights[key].values())
        return max(np.mean(row) + gamma * np.std(row), 0.0) if row else 0.0

    def alpha(to):
        if before is None:
            return 1.0
        if to == before:
            return 1 / p
        across = weights[before].get(to, 0.0)
        if not extended:
            return 1.0 if across else 1 / q
        if across and across >= threshold(to):
            return 1.0
        if weights[node][to] < threshold(node):
            return min(1.0, 1 / q)
        return 1 / q + (1 - 1 / q) * (across / threshold(to) if across else 0.0)

    raw = {to: weight * alpha(to) for to, weight in weights[node].items()}
    return {to: value / sum(raw.values()) for to, value in raw.items()}


def steps(sequences):
    """Count (before, node, next) over all walks; before is None on the first step."""
    found = Counter()
    for i in range(len(sequences)):
        keys = [None, *sequences.keys(i)]
        found.update(zip(keys, keys[1:], keys[2:], strict=False))
    return found


def p_value(found, expected):
    """Of the chi-square test that steps follow `expected(before, node)`, over all pairs that were seen."""
    totals = Counter()
    for (before, node, _), count in found.items():
        totals[before, node] += count
    statistic, freedom = 0.0, 0
    for (before, node), total in totals.items():
        probabilities = expected(before, node)
        if total * min(probabilities.values()) < 5:  # too few for the approximation
            continue
        for to, probability in probabilities.items():
            statistic += (found[before, node, to] - total * probability) ** 2 / (total * probability)
        freedom += len(probabilities) - 1
    assert freedom > 0
    return chi2.sf(statistic, freedom)
