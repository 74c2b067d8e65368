"""Field-aware factorization machines (Juan et al., RecSys 2016): a vector of each feature for each field it meets.

    score = w_0 + Σ_i w_i x_i + Σ_{i<j} <v_{i, f_j}, v_{j, f_i}> x_i x_j

(equation 4, with a linear part and a bias, which the paper leaves out). With instance-wise normalisation (section 3.3)
x is x / √Σ x². With the loss's slope e, ∂/∂v_{i, f_j} = e · x_i x_j · v_{j, f_i} + λ v_{i, f_j}, and AdaGrad (algorithm
1): G ← G + g², v ← v - α · g / √G, one pair after another, so that fields of several features see changes at once.
"""

from __future__ import annotations

from nearfield.kernels.compilation import inlined, kernel
from nearfield.kernels.elementwise import inverse_root
from nearfield.kernels.lanes import (
    CACHE_LINE,
    LANE_BYTES,
    fma,
    load,
    load_int64,
    prefetch,
    spread,
    store,
    store_float,
    total,
    zero,
)
from nearfield.rank.kernels.groups import rows_of_group, slopes_of_group, with_slopes
from nearfield.rank.kernels.layout import ask_for_row, label_of, weight_of_row
from nearfield.rank.kernels.linear import linear_score, train_linear
from nearfield.rank.kernels.losses import predicted, slope
from nearfield.rank.kernels.terms import TERM, own_of, term_value, terms_of, vectors_of


@inlined
def pairs_score(terms, stop, row_bytes):  # type: ignore[no-untyped-def]
    """Σ_{i<j} <v_{i, f_j}, v_{j, f_i}> x_i x_j."""
    sums = zero()
    for i in range(terms, stop, TERM):
        vectors, own, x = vectors_of(i), own_of(i), term_value(i)
        for j in range(i + TERM, stop, TERM):
            one, other, both = vectors + own_of(j), vectors_of(j) + own, spread(x * term_value(j))
            for k in range(0, row_bytes, LANE_BYTES):
                sums = fma(both * load(one + k), load(other + k), sums)
    return total(sums)


@inlined
def train_pairs(terms, stop, coming, coming_stop, row_bytes, error, settings):  # type: ignore[no-untyped-def]
    """Change both vectors of each pair; `error` is the loss's slope. Ask for those of the coming row meanwhile."""
    rate, pull = spread(-settings.alpha), spread(settings.l2)
    for i in range(terms, stop, TERM):
        ask_for_pairs(coming, coming_stop, row_bytes)
        coming += TERM
        vectors, own, x = vectors_of(i), own_of(i), error * term_value(i)
        for j in range(i + TERM, stop, TERM):
            one, other, both = vectors + own_of(j), vectors_of(j) + own, spread(x * term_value(j))
            for k in range(0, row_bytes, LANE_BYTES):
                u, v = load(one + k), load(other + k)
                adagrad_step(one + k, u, fma(both, v, pull * u), row_bytes, rate)
                adagrad_step(other + k, v, fma(both, u, pull * v), row_bytes, rate)


@inlined
def ask_for_pairs(term, stop, row_bytes):  # type: ignore[no-untyped-def]
    """Ask for the vectors of a term's pairs with those behind it, if it is one."""
    if term < stop:
        vectors, own = vectors_of(term), own_of(term)
        for other in range(term + TERM, stop, TERM):
            for k in range(0, 2 * row_bytes, CACHE_LINE):
                prefetch(vectors + own_of(other) + k)
                prefetch(vectors_of(other) + own + k)


@inlined
def adagrad_step(at, v, gradient, row_bytes, rate):  # type: ignore[no-untyped-def]
    """Change LANES factors, `v` now, at an address; their squared gradients stand `row_bytes` behind."""
    past = fma(gradient, gradient, load(at + row_bytes))
    store(at + row_bytes, past)
    store(at, fma(rate * gradient, inverse_root(past), v))


@inlined
def train_rows(rows, linear, bias, factors, row_bytes, n_fields, terms, settings, foretold):  # type: ignore[no-untyped-def]
    """See `train_ffm`."""
    here, coming = terms, terms + TERM * rows.longest
    coming_stop = terms_of(0, rows, factors, row_bytes, n_fields, settings.normalize, coming)
    for i in range(rows.n_rows):
        ask_for_row(i, rows)
        row = load_int64(rows.order + 8 * i)
        here, coming, stop = coming, here, coming_stop
        coming_stop = terms_of(i + 1, rows, factors, row_bytes, n_fields, settings.normalize, coming)
        score = linear_score(here, stop, linear, bias) + pairs_score(here, stop, row_bytes)
        store_float(foretold + 4 * row, predicted(score, settings.loss))
        error = weight_of_row(row, rows) * slope(score, label_of(row, rows), settings.loss)
        train_pairs(here, stop, coming, coming_stop, row_bytes, error, settings)
        train_linear(here, stop, linear, bias, error, settings)


@kernel
def train_ffm(rows, linear, bias, factors, row_bytes, n_fields, terms, settings, foretold):  # type: ignore[no-untyped-def]
    """See every row once, in their order; `foretold` gets what was predicted before each was learnt from.

    Parameters
    ----------
    rows, settings
        See `layout`.
    linear : address of float32, shape (bias + 1, 2)
        See `linear`.
    bias : int
        The bias's place in `linear`.
    factors : address of float32, shape (n_features, n_fields, 2, k)
        Each vector beside its squared gradients; k a multiple of LANES, `row_bytes` its bytes.
    terms : address
        Room for the terms of two rows, each of the longest.
    foretold : address of float32, shape (n,)
    """
    if row_bytes == LANE_BYTES:  # compiled for one register a vector, without a loop over it
        train_rows(rows, linear, bias, factors, LANE_BYTES, n_fields, terms, settings, foretold)
    else:
        train_rows(rows, linear, bias, factors, row_bytes, n_fields, terms, settings, foretold)


@kernel
def predict_ffm(rows, linear, bias, factors, row_bytes, n_fields, terms, settings, foretold):  # type: ignore[no-untyped-def]
    """What each row's label should be."""
    for i in range(rows.n_rows):
        row = load_int64(rows.order + 8 * i)
        stop = terms_of(i, rows, factors, row_bytes, n_fields, settings.normalize, terms)
        score = linear_score(terms, stop, linear, bias) + pairs_score(terms, stop, row_bytes)
        store_float(foretold + 4 * row, predicted(score, settings.loss))


@kernel
def train_ffm_groups(rows, groups, linear, bias, factors, row_bytes, n_fields, terms, settings, foretold):  # type: ignore[no-untyped-def]
    """As `train_ffm`, but by a loss of groups: a group is predicted as a whole, then learnt from row by row.

    Parameters
    ----------
    rows : Rows
        The rows of each group side by side in the order.
    groups : Groups
    """
    for group in range(groups.n_groups):
        part = rows_of_group(group, rows, groups)
        predict_ffm(part, linear, bias, factors, row_bytes, n_fields, terms, settings, foretold)
        if slopes_of_group(part, foretold, groups.slopes, groups.discounts, settings.loss):
            train_ffm(
                with_slopes(part, groups.slopes),
                linear,
                bias,
                factors,
                row_bytes,
                n_fields,
                terms,
                settings,
                groups.scratch,
            )
