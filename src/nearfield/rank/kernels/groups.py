"""Losses of pairs of rows within a group, such as the items shown to one user (Burges 2010, MSR-TR-2010-82).

For rows i, j of a group with labels y_i > y_j and scores s

    ρ_ij = 1 / (1 + exp(s_i - s_j)),    C = B · Σ_ij w_ij log(1 + exp(-(s_i - s_j))) / Σ_ij w_ij

    λ_i = ∂C/∂s_i = B / Σ w · (-Σ_{j: y_i > y_j} w_ij ρ_ij + Σ_{j: y_j > y_i} w_ji ρ_ji)

PAIRWISE     w_ij = 1 (RankNet, section 2)
LAMBDARANK   w_ij = |2^{y_i} - 2^{y_j}| · |1 / log2(1 + r_i) - 1 / log2(1 + r_j)|, the change of the NDCG if the two
             were exchanged, up to what all pairs share; r is the place of a row by its score, the first one 1, of equal
             scores by order (section 4)

B is the number of rows above the lowest label: a loss of 1 per row that is to be found, so that rates do not depend on
how large groups are. λ is computed once for a group, then its rows are learnt from one after another.
"""

from __future__ import annotations

import numpy as np

from nearfield.kernels.compilation import inlined, kernel
from nearfield.kernels.lanes import load_float, load_int64, store_float
from nearfield.rank.kernels.layout import Rows, label_of, weight_of_row
from nearfield.rank.kernels.losses import LAMBDARANK

ZERO, ONE = np.float32(0.0), np.float32(1.0)


@inlined
def rows_of_group(group, rows, groups):  # type: ignore[no-untyped-def]
    """The rows of a group, as rows of their own."""
    start = load_int64(groups.bounds + 8 * group)
    stop = load_int64(groups.bounds + 8 * (group + 1))
    return Rows(
        stop - start, rows.order + 8 * start, rows.indptr, rows.features, rows.fields, rows.values, rows.labels,
        rows.weights, rows.longest,
    )  # fmt: skip


@inlined
def with_slopes(rows, slopes):  # type: ignore[no-untyped-def]
    """The same rows, with the loss's derivative in the place of the label."""
    return Rows(
        rows.n_rows, rows.order, rows.indptr, rows.features, rows.fields, rows.values, slopes, rows.weights,
        rows.longest,
    )  # fmt: skip


@inlined
def store_discounts(rows, scores, discounts):  # type: ignore[no-untyped-def]
    """Write 1 / log2(1 + place) of each row of a group, by its score."""
    for i in range(rows.n_rows):
        row = load_int64(rows.order + 8 * i)
        score, place = load_float(scores + 4 * row), 1
        for j in range(rows.n_rows):
            other = load_float(scores + 4 * load_int64(rows.order + 8 * j))
            if other > score or (other == score and j < i):
                place += 1
        store_float(discounts + 4 * row, np.float32(1.0 / np.log2(1.0 + place)))


@inlined
def pair_weight(first, second, one, other, discounts, loss):  # type: ignore[no-untyped-def]
    """w of two rows with the labels `one` and `other`."""
    if loss != LAMBDARANK:
        return ONE
    gain = np.exp2(one) - np.exp2(other)
    return abs(gain * (load_float(discounts + 4 * first) - load_float(discounts + 4 * second)))


@inlined
def slopes_of_group(rows, scores, slopes, discounts, loss):  # type: ignore[no-untyped-def]
    """Write λ of each row at `slopes`; return whether there is a pair of different labels.

    All are addresses of one float32 for each row of the examples. Rows of weight 0 are in no pair.
    """
    if loss == LAMBDARANK:
        store_discounts(rows, scores, discounts)
    lowest = ZERO
    for i in range(rows.n_rows):
        row = load_int64(rows.order + 8 * i)
        store_float(slopes + 4 * row, ZERO)
        lowest = min(lowest, label_of(row, rows)) if i else label_of(row, rows)
    total, above = 0.0, 0
    for i in range(rows.n_rows):
        first = load_int64(rows.order + 8 * i)
        one = label_of(first, rows)
        above += one > lowest
        for j in range(i):
            second = load_int64(rows.order + 8 * j)
            other = label_of(second, rows)
            if one != other and weight_of_row(first, rows) > 0 and weight_of_row(second, rows) > 0:
                weight = pair_weight(first, second, one, other, discounts, loss)
                better, worse = (first, second) if one > other else (second, first)
                lead = load_float(scores + 4 * better) - load_float(scores + 4 * worse)
                share = weight / (ONE + np.exp(lead))
                store_float(slopes + 4 * better, load_float(slopes + 4 * better) - share)
                store_float(slopes + 4 * worse, load_float(slopes + 4 * worse) + share)
                total += weight
    if total > 0:
        factor = np.float32(above / total)
        for i in range(rows.n_rows):
            at = slopes + 4 * load_int64(rows.order + 8 * i)
            store_float(at, factor * load_float(at))
    return total > 0


@kernel
def group_slopes(rows, groups, scores, loss):  # type: ignore[no-untyped-def]
    """Write λ of all rows at `groups.slopes`, from the scores at an address; for models that PyTorch trains."""
    for group in range(groups.n_groups):
        slopes_of_group(rows_of_group(group, rows, groups), scores, groups.slopes, groups.discounts, loss)


@kernel
def pair_losses(rows, groups, scores, losses):  # type: ignore[no-untyped-def]
    """Write B and the mean of log(1 + exp(-(s_i - s_j))) over the pairs of each group; 0 and 0 where there are none.

    Parameters
    ----------
    scores : address of float32, one for each row of the examples
    losses : address of float32, shape (n_groups, 2)
    """
    for group in range(groups.n_groups):
        part = rows_of_group(group, rows, groups)
        lowest = ZERO
        for i in range(part.n_rows):
            label = label_of(load_int64(part.order + 8 * i), part)
            lowest = min(lowest, label) if i else label
        total, pairs, above = 0.0, 0, 0
        for i in range(part.n_rows):
            first = load_int64(part.order + 8 * i)
            one = label_of(first, part)
            above += one > lowest
            for j in range(i):
                second = load_int64(part.order + 8 * j)
                other = label_of(second, part)
                if one != other and weight_of_row(first, part) > 0 and weight_of_row(second, part) > 0:
                    lead = np.float64(load_float(scores + 4 * first) - load_float(scores + 4 * second))
                    lead = lead if one > other else -lead
                    total += max(-lead, 0.0) + np.log1p(np.exp(-abs(lead)))
                    pairs += 1
        store_float(losses + 8 * group, np.float32(above if pairs else 0))
        store_float(losses + 8 * group + 4, np.float32(total / pairs) if pairs else ZERO)
